#include "bridge/practice/encoded_query.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "mappings/engine/text.h"

namespace bridge {

namespace {

struct Spelling {
  std::string_view text;
  QueryOperator op;
};
// A longer spelling stands before the one that it starts with.
constexpr Spelling spellings[] = {{"!=", QueryOperator::not_equal},
                                  {"<=", QueryOperator::at_most},
                                  {">=", QueryOperator::at_least},
                                  {"=", QueryOperator::equal},
                                  {"<", QueryOperator::less},
                                  {">", QueryOperator::greater},
                                  {"NOT IN", QueryOperator::not_in},
                                  {"NOT LIKE", QueryOperator::not_like},
                                  {"IN", QueryOperator::in},
                                  {"LIKE", QueryOperator::like},
                                  {"STARTSWITH", QueryOperator::starts_with},
                                  {"ENDSWITH", QueryOperator::ends_with},
                                  {"ISEMPTY", QueryOperator::is_empty},
                                  {"ISNOTEMPTY", QueryOperator::is_not_empty}};

// Single carets separate, doubled ones are a caret in a value.
std::vector<std::string> split_terms(std::string_view text) {
  std::vector<std::string> terms(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '^') {
      terms.back().push_back(text[i]);
    } else if (i + 1 < text.size() && text[i + 1] == '^') {
      terms.back().push_back('^');
      ++i;
    } else {
      terms.emplace_back();
    }
  }
  return terms;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_field_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

std::optional<QueryTerm> parse_term(std::string_view text, const EncodedQuery::FieldTest& is_number) {
  std::size_t end = 0;
  while (end < text.size() && is_field_char(text[end])) ++end;
  QueryTerm term;
  term.field = text.substr(0, end);
  const auto number = term.field.empty() ? std::nullopt : is_number(term.field);
  if (!number) return std::nullopt;
  term.number = *number;
  text.remove_prefix(end);
  for (const auto& [spelling, op] : spellings) {
    if (!take_prefix(text, spelling)) continue;
    term.op = op;
    term.value = text;
    if (op == QueryOperator::in || op == QueryOperator::not_in) {
      for (std::size_t from = 0; from <= text.size();) {
        const std::size_t comma = std::min(text.find(',', from), text.size());
        term.values.emplace_back(text.substr(from, comma - from));
        from = comma + 1;
      }
    }
    return term;
  }
  return std::nullopt;
}

std::optional<double> as_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

int compare_values(std::string_view a, std::string_view b, bool number) noexcept {
  if (number) {
    const auto x = as_number(a), y = as_number(b);
    if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
    if (x || y) return x ? 1 : -1;  // what is no number sorts before all numbers
  }
  const int order = a.compare(b);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

bool QueryTerm::holds(std::string_view actual) const {
  const auto listed = [&] { return std::find(values.begin(), values.end(), actual) != values.end(); };
  const auto contains = [&] {
    return mappings::lower_case(actual).find(mappings::lower_case(value)) != std::string::npos;
  };
  // An empty field is neither less nor greater than anything.
  const auto compared = [&](auto test) {
    return !actual.empty() && test(compare_values(actual, value, number));
  };
  switch (op) {
    case QueryOperator::equal:
      return actual == value;
    case QueryOperator::not_equal:
      return actual != value;
    case QueryOperator::less:
      return compared([](int order) { return order < 0; });
    case QueryOperator::at_most:
      return compared([](int order) { return order <= 0; });
    case QueryOperator::greater:
      return compared([](int order) { return order > 0; });
    case QueryOperator::at_least:
      return compared([](int order) { return order >= 0; });
    case QueryOperator::in:
      return listed();
    case QueryOperator::not_in:
      return !listed();
    case QueryOperator::like:
      return contains();
    case QueryOperator::not_like:
      return !contains();
    case QueryOperator::starts_with:
      return mappings::lower_case(actual.substr(0, value.size())) == mappings::lower_case(value);
    case QueryOperator::ends_with:
      return actual.size() >= value.size() &&
             mappings::lower_case(actual.substr(actual.size() - value.size())) == mappings::lower_case(value);
    case QueryOperator::is_empty:
      return actual.empty();
    case QueryOperator::is_not_empty:
      return !actual.empty();
  }
  return false;
}

EncodedQuery EncodedQuery::parse(std::string_view text, const FieldTest& is_number) {
  EncodedQuery query;
  query.groups.emplace_back();
  bool joins_previous = false;  // whether the condition before an ^OR is still there to attach to
  for (const std::string& part : split_terms(text)) {
    std::string_view rest = part;
    if (rest.empty() || rest == "EQ") continue;
    const bool descending = rest.substr(0, 11) == "ORDERBYDESC";
    if (descending || rest.substr(0, 7) == "ORDERBY") {
      rest.remove_prefix(descending ? 11 : 7);
      if (const auto number = is_number(rest)) {
        query.orders.push_back({std::string(rest), descending, *number});
      } else {
        query.dropped.push_back(part);
      }
      continue;
    }
    bool alternative = false;
    if (take_prefix(rest, "NQ")) {
      query.groups.emplace_back();
      joins_previous = false;
    } else {
      alternative = take_prefix(rest, "OR");
    }
    if (rest.empty()) continue;
    auto term = parse_term(rest, is_number);
    if (!term) {
      query.dropped.push_back(part);
      if (!alternative) joins_previous = false;
      continue;
    }
    AllOf& all = query.groups.back();
    if (alternative && joins_previous) {
      all.back().push_back(std::move(*term));
    } else {
      all.push_back({std::move(*term)});
    }
    joins_previous = true;
  }
  return query;
}

bool EncodedQuery::matches(const FieldValue& value_of) const {
  return std::any_of(groups.begin(), groups.end(), [&](const AllOf& all) {
    return std::all_of(all.begin(), all.end(), [&](const AnyOf& any) {
      return std::any_of(any.begin(), any.end(),
                         [&](const QueryTerm& term) { return term.holds(value_of(term.field)); });
    });
  });
}

}  // namespace bridge
