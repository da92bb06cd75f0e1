#pragma once

// A ServiceNow encoded query, with its vice: a term that names an unknown field or operator is dropped in
// silence, so the query finds more than was asked for. Plain data after parse(); knows no tables.
// Operators: = != < <= > >= IN NOT IN LIKE NOT LIKE STARTSWITH ENDSWITH ISEMPTY ISNOTEMPTY, joined by
// ^ ^OR ^NQ, and ORDERBY ORDERBYDESC. Names are case-sensitive; a caret inside a value is written twice.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridge {

enum class QueryOperator {
  equal,
  not_equal,
  less,
  at_most,
  greater,
  at_least,
  in,
  not_in,
  like,
  not_like,
  starts_with,
  ends_with,
  is_empty,
  is_not_empty
};

struct QueryTerm {
  std::string field;  // dots walk references
  QueryOperator op = QueryOperator::equal;
  std::string value;
  std::vector<std::string> values;  // in and not_in
  bool number = false;              // compare as numbers

  bool holds(std::string_view actual) const;
};

struct EncodedQuery {
  struct Order {
    std::string field;
    bool descending = false;
    bool number = false;
  };
  using AnyOf = std::vector<QueryTerm>;  // joined by ^OR
  using AllOf = std::vector<AnyOf>;      // joined by ^

  std::vector<AllOf> groups;  // joined by ^NQ; a group without terms holds for every row
  std::vector<Order> orders;
  std::vector<std::string> dropped;  // as they stood in the text

  // Whether a field's values are numbers; nothing when there is no such field.
  using FieldTest = std::function<std::optional<bool>(std::string_view field)>;
  using FieldValue = std::function<std::string(std::string_view field)>;

  static EncodedQuery parse(std::string_view text, const FieldTest& is_number);
  bool matches(const FieldValue& value_of) const;
};

// Less, equal or greater as a table sorts: by number where both are numbers and `number` is set.
int compare_values(std::string_view a, std::string_view b, bool number) noexcept;

}  // namespace bridge
