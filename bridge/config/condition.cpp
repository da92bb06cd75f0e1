#include "bridge/config/condition.h"

#include <vector>

#include "mappings/engine/path_check.h"
#include "mappings/engine/program.h"
#include "mappings/engine/template_tree.h"

namespace bridge {

using mappings::Diagnostics;
using mappings::YamlNode;

bool read_condition(const YamlNode& node, bool of_request, Condition& to, Diagnostics& diagnostics) {
  std::vector<mappings::Expression> expressions;
  const auto before = diagnostics.errors();
  const auto parsed = mappings::parse_template(node, expressions, diagnostics);
  if (diagnostics.errors() != before) return false;
  if (parsed.kind != mappings::TemplateNode::Kind::expression) {
    diagnostics.error(node.where, "not-an-expression", "`when` is one jq expression in ${ }",
                      "write '${ .settingsName == \"Developers\" }'");
    return false;
  }
  const std::string& jq = expressions.at(0).jq;
  const auto first = jq.find_first_not_of(" \t\r\n");
  to.jq = jq.substr(first, jq.find_last_not_of(" \t\r\n") + 1 - first);
  to.where = expressions.at(0).start();
  for (const mappings::PathProblem& problem :
       of_request ? mappings::check_paths(jq, false) : std::vector<mappings::PathProblem>())
    diagnostics.error(expressions.at(0).place(problem.offset), problem.code, problem.message, problem.hint);
  mappings::Program::Builder program({});
  program.add_expression(to.jq, to.where);
  (void)program.build(diagnostics);
  return true;
}

}  // namespace bridge
