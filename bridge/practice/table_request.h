#pragma once

// The parts of a Table API request: path, parameters, media types, fields of a body, and the links of a page.
// Free functions without state; they throw TableRefusal where ServiceNow answers an error.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/api/http_front.h"
#include "bridge/practice/desk_rules.h"

namespace bridge {

std::vector<std::string> split_list(std::string_view text);  // at commas, without the spaces around
// First of that name, by its exact spelling: the API's parameters are case-sensitive.
std::optional<std::string> query_parameter(const Incoming& request, std::string_view name);
// False when the path is none of the Table API's.
bool split_table_path(std::string_view path, bool& v1, std::string& table, std::string& sys_id);
void check_accept(const Incoming& request);
// The fields of a JSON body, scalars as text. Checks the Content-Type.
FieldValues read_fields(const Incoming& request);
// "http://" and the host that the caller used.
std::string base_url(const Incoming& request);
// The Link header of a list.
std::string page_links(const Incoming& request, std::size_t total, std::size_t limit, std::size_t offset);

}  // namespace bridge
