#pragma once

// `when:` of a route or a subscription: one jq expression, compiled once to say what is wrong with it.

#include <string>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/yaml_tree.h"

namespace bridge {

struct Condition {
  std::string jq;  // without ${ }; empty: always
  mappings::SourceMark where;
};

// `of_request`: the input is a request, whose fields are known. False: the node is no expression, which the
// diagnostics say, and `to` is as it was.
bool read_condition(const mappings::YamlNode& node, bool of_request, Condition& to,
                    mappings::Diagnostics& diagnostics);

}  // namespace bridge
