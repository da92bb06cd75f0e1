#include "bridge/directory/scim_verbs.h"

#include <algorithm>
#include <sys/random.h>

#include "bridge/directory/scim_error.h"
#include "bridge/directory/scim_filter.h"
#include "bridge/directory/scim_shown.h"
#include "bridge/ops/error.h"
#include "bridge/store/folded.h"
#include "mappings/engine/json_names.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::Json;
using mappings::member_of;

std::string new_scim_id() {
  std::string bytes(16, '\0');
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw Error(ErrorCode::internal, "the system gives no random numbers");
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string id = mappings::hex(bytes);
  for (const std::size_t hyphen : {20u, 16u, 12u, 8u}) id.insert(hyphen, 1, '-');
  return id;
}

void must_match(const ScimCall& call, std::int64_t version) {
  if (call.if_match.empty()) return;
  const std::string wanted = '"' + std::to_string(version) + '"';
  std::string_view rest = call.if_match;
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    std::string_view tag = mappings::trimmed(rest.substr(0, comma));
    if (tag == "*") return;
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == wanted) return;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  throw ScimError(412, "", "it is version " + scim_etag(version) + " now: read it again");
}

bool mentions(const ScimQuery& query, std::string_view attribute) {
  return mappings::lower_case(query.filter + ' ' + query.sort_by).find(attribute) != std::string::npos;
}

DirectoryQuery narrowed(const std::string& filter, const char* name) {
  DirectoryQuery part;
  if (filter.empty()) return part;
  const ScimFilter parsed = ScimFilter::parse(filter);
  for (const auto& [attribute, text] :
       {std::pair("id", &part.id), std::pair(name, &part.name), std::pair("externalId", &part.external_id)}) {
    *text = parsed.required_text(attribute).value_or("");
    if (!text->empty()) break;
  }
  return part;
}

namespace {
// Of a list, the primary element alone where there is one.
Json preferred(const Json& resource, const ScimPath& path) {
  const Json list = path.schema.empty() ? member_of(resource, path.name) : Json();
  if (list.is_array())
    for (std::size_t i = 0; i < list.size(); ++i)
      if (list.at(i).get("primary") == Json(true)) return Json::object({{path.name, list.at(i)}});
  return resource;
}

// What rows are ordered by: texts without their case, and those without a value last.
std::string sort_key(const Json& resource, const ScimPath& path) {
  const auto values = scim_values(preferred(resource, path), path);
  if (values.empty()) return "\xff";
  if (values.front().is_number()) {
    std::string digits = std::to_string(*values.front().as_number());
    return std::string(digits.size() < 32 ? 32 - digits.size() : 0, '0') + digits;
  }
  return folded(values.front().is_string() ? std::string(values.front().text()) : values.front().dump());
}
}  // namespace

ScimPage page_of(std::vector<Json> all, const ScimQuery& query, const ScimSelection& selection) {
  if (!query.filter.empty()) {
    const ScimFilter filter = ScimFilter::parse(query.filter);
    std::erase_if(all, [&](const Json& resource) { return !filter.matches(resource); });
  }
  if (!query.sort_by.empty()) {
    const ScimPath path = parse_attribute_path(query.sort_by, "invalidPath");
    std::vector<std::pair<std::string, std::size_t>> order;
    for (std::size_t i = 0; i < all.size(); ++i) order.emplace_back(sort_key(all[i], path), i);
    std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
      return query.descending ? b.first < a.first : a.first < b.first;
    });
    std::vector<Json> sorted;
    for (const auto& [key, i] : order) sorted.push_back(all[i]);
    all = std::move(sorted);
  }
  ScimPage page;
  page.total = static_cast<std::int64_t>(all.size());
  for (std::int64_t i = query.start - 1; i < page.total && i < query.start - 1 + query.count; ++i)
    page.resources.push_back(selected(all[static_cast<std::size_t>(i)], selection));
  return page;
}

}  // namespace bridge
