#pragma once

// Searches as Keepnet's clients send them: page, order, a text to find in any column, and conditions in
// nested groups. Null stands for what is left out, in the whole filter and in each part of it. Pure.

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/api/envelope.h"

namespace bridge {

struct SearchColumns {
  // Members of the rows that are sought in and ordered by, the first one unless the body says otherwise.
  std::vector<std::string_view> names;
  // What clients call them besides: {"CreateTime", "created"}.
  std::vector<std::pair<std::string_view, std::string_view>> aliases;
};

// {"pageNumber", "pageSize", "totalNumberOfPages", "totalNumberOfRecords", "results"}. Rows that are equal in
// what is ordered by keep their order. Throws InvalidFields that names what cannot be understood.
mappings::Json search_page(const Call& call, std::vector<mappings::Json> rows, const SearchColumns& columns);

}  // namespace bridge
