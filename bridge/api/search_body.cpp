#include "bridge/api/search_body.h"

#include <algorithm>
#include <array>

#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;
using mappings::Json;

namespace {

constexpr std::int64_t usual_page = 10, largest_page = 1000, last_page = 1'000'000'000;

enum class Operator { contains, lacks, equals, differs, starts, ends, among, above, from, below, up_to };
constexpr std::array<std::pair<std::string_view, Operator>, 15> operators = {
    {{"Contains", Operator::contains},
     {"NotContains", Operator::lacks},
     {"Equal", Operator::equals},
     {"Equals", Operator::equals},
     {"=", Operator::equals},
     {"NotEqual", Operator::differs},
     {"!=", Operator::differs},
     {"StartsWith", Operator::starts},
     {"EndsWith", Operator::ends},
     {"Include", Operator::among},
     {"In", Operator::among},
     {">", Operator::above},
     {">=", Operator::from},
     {"<", Operator::below},
     {"<=", Operator::up_to}}};

struct Item {
  std::string_view column;
  Operator how = Operator::equals;
  std::string value;  // in small letters
};

struct Group {
  bool any = false;  // one is enough
  std::vector<Item> items;
  std::vector<Group> groups;  // none of them empty
  bool is_empty() const { return items.empty() && groups.empty(); }
};

std::string_view column_of(const SearchColumns& columns, std::string_view name) {
  for (const std::string_view one : columns.names)
    if (equal_ignoring_case(one, name)) return one;
  for (const auto& [alias, one] : columns.aliases)
    if (equal_ignoring_case(alias, name)) return one;
  return {};
}

std::string names_of(const SearchColumns& columns) {
  std::string text;
  for (const std::string_view one : columns.names) text.append(text.empty() ? "" : ", ").append(one);
  return text;
}

bool any_is_enough(Fields& group) {
  const std::string condition = group.text("Condition", 0, 10).value_or("");
  if (equal_ignoring_case(condition, "OR")) return true;
  if (!condition.empty() && !equal_ignoring_case(condition, "AND"))
    group.complain("Condition", "is AND or OR");
  return false;
}

std::vector<Fields> objects_in(Fields& of, std::string_view name) {
  std::vector<Fields> found;
  const Json list = of.get(name);
  if (!list.is_null() && !list.is_array()) of.complain(name, "must be a list");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Json one = list.at(i);
    const std::string place = std::string(name) + '[' + std::to_string(i) + ']';
    if (one.is_object())
      found.emplace_back(one, of, place);
    else if (!one.is_null())
      of.complain(place, "must be an object");
  }
  return found;
}

Item item_of(Fields& given, const SearchColumns& columns) {
  Item item;
  item.column = column_of(columns, given.text("FieldName", 0, 200).value_or(""));
  if (item.column.empty()) given.complain("FieldName", "is one of " + names_of(columns));
  const std::string how = given.text("Operator", 0, 20).value_or("Equal");
  const auto found = std::find_if(operators.begin(), operators.end(),
                                  [&](const auto& one) { return equal_ignoring_case(one.first, how); });
  if (found == operators.end())
    given.complain("Operator",
                   "is Contains, NotContains, Equal, NotEqual, StartsWith, EndsWith, Include or a "
                   "comparison such as >=");
  else
    item.how = found->second;
  const Json value = given.get("Value");
  item.value =
      mappings::lower_case(value.is_string() || value.is_null() ? value.string_or("") : value.dump());
  return item;
}

Group group_of(Fields& given, const SearchColumns& columns) {
  Group group;
  group.any = any_is_enough(given);
  for (Fields& item : objects_in(given, "FilterItems")) group.items.push_back(item_of(item, columns));
  for (Fields& inner : objects_in(given, "FilterGroups"))
    if (Group one = group_of(inner, columns); !one.is_empty()) group.groups.push_back(std::move(one));
  return group;
}

// As it is compared: in small letters.
std::string text_in(const Json& row, std::string_view column) {
  const Json value = row.get(column);
  return mappings::lower_case(value.is_string() || value.is_null() ? value.text() : value.dump());
}

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 16 && text.find_first_not_of("0123456789") == std::string::npos;
}

// Numbers by their value, all else by its letters. No order of many: 20 < 100 < 1a < 20.
int compare(const std::string& a, const std::string& b) {
  if (is_number(a) && is_number(b)) {
    const auto x = std::stoll(a), y = std::stoll(b);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  return a.compare(b);
}

bool comes_before(const std::string& a, const std::string& b) {
  return is_number(a) != is_number(b) ? is_number(a) : compare(a, b) < 0;
}

bool among(const std::string& text, std::string_view list) {
  for (;;) {
    const auto comma = list.find(',');
    if (mappings::trimmed(list.substr(0, comma)) == text) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

bool holds(const Item& item, const Json& row) {
  const std::string text = text_in(row, item.column);
  switch (item.how) {
    case Operator::contains:
      return text.find(item.value) != std::string::npos;
    case Operator::lacks:
      return text.find(item.value) == std::string::npos;
    case Operator::equals:
      return text == item.value;
    case Operator::differs:
      return text != item.value;
    case Operator::starts:
      return text.starts_with(item.value);
    case Operator::ends:
      return text.ends_with(item.value);
    case Operator::among:
      return among(text, item.value);
    case Operator::above:
      return compare(text, item.value) > 0;
    case Operator::from:
      return compare(text, item.value) >= 0;
    case Operator::below:
      return compare(text, item.value) < 0;
    case Operator::up_to:
      return compare(text, item.value) <= 0;
  }
  return false;
}

bool holds(const Group& group, const Json& row) {
  if (group.is_empty()) return true;
  const auto wanted = [&](const auto& one) { return holds(one, row) == group.any; };
  const bool found = std::any_of(group.items.begin(), group.items.end(), wanted) ||
                     std::any_of(group.groups.begin(), group.groups.end(), wanted);
  return found == group.any;
}

}  // namespace

Json search_page(const Call& call, std::vector<Json> rows, const SearchColumns& columns) {
  Fields body(call);
  const std::int64_t number = body.number("pageNumber", 1, last_page).value_or(1);
  const std::int64_t size = body.number("pageSize", 1, largest_page).value_or(usual_page);
  const bool ascending = body.flag("ascending").value_or(true);
  std::string_view order = columns.names.front();
  if (const auto by = body.text("orderBy", 0, 100); by && !by->empty()) {
    order = column_of(columns, *by);
    if (order.empty()) body.complain("orderBy", "is one of " + names_of(columns));
  }
  Group filter;
  std::string sought;
  if (const Json given = body.get("filter"); given.is_object()) {
    Fields fields(given, body, "filter");
    sought = mappings::lower_case(fields.text("SearchInputTextValue", 0, 1000).value_or(""));
    filter = group_of(fields, columns);
  } else if (!given.is_null()) {
    body.complain("filter", "must be an object");
  }
  body.must_be_good();

  std::erase_if(rows, [&](const Json& row) {
    const bool found =
        sought.empty() || std::any_of(columns.names.begin(), columns.names.end(), [&](auto name) {
          return text_in(row, name).find(sought) != std::string::npos;
        });
    return !found || !holds(filter, row);
  });
  std::stable_sort(rows.begin(), rows.end(), [&](const Json& a, const Json& b) {
    return ascending ? comes_before(text_in(a, order), text_in(b, order))
                     : comes_before(text_in(b, order), text_in(a, order));
  });
  const auto all = static_cast<std::int64_t>(rows.size());
  Json results = Json::array();
  for (std::int64_t i = (number - 1) * size; i < std::min(all, number * size); ++i)
    results.push_back(rows[static_cast<std::size_t>(i)]);
  return Json::object({{"pageNumber", number},
                       {"pageSize", size},
                       {"totalNumberOfPages", (all + size - 1) / size},
                       {"totalNumberOfRecords", all},
                       {"results", std::move(results)}});
}

}  // namespace bridge
