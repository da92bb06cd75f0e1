#pragma once

// One JSON value: the only JSON type of the house, and what jq expressions read and give.
// Owns a libjq value; copies are cheap (they share it). Numbers are doubles: integers are exact up to 2^53.
// Thread-safety: the shared count is not atomic. A Json and all its copies belong to one thread; hand a value
// to another thread as text (dump/parse), never by copy.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

extern "C" {
#include <jv.h>
}

namespace mappings {

// The text given to Json::parse is not one JSON document. what() says why and where.
class JsonError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Json {
 public:
  enum class Kind { null, boolean, number, string, array, object };
  using Member = std::pair<std::string_view, Json>;

  Json() noexcept;
  // A literal of JSON is to read like one: {{"id", 5}, {"reason", "x"}}.
  // NOLINTBEGIN(google-explicit-constructor)
  Json(std::nullptr_t) noexcept : Json() {}
  Json(bool value) noexcept;
  Json(int value) noexcept;
  Json(std::int64_t value) noexcept;
  Json(double value) noexcept;
  Json(const char* value);
  Json(std::string_view value);
  Json(const std::string& value) : Json(std::string_view(value)) {}
  template <class T>
  Json(const std::optional<T>& value) : Json() {
    if (value) *this = Json(*value);
  }
  // NOLINTEND(google-explicit-constructor)
  Json(const Json& other) noexcept;
  Json(Json&& other) noexcept;
  Json& operator=(Json other) noexcept;
  ~Json();

  static Json array(std::initializer_list<Json> items = {});
  // Members keep the order given.
  static Json object(std::initializer_list<Member> members = {});

  // Strict: one document, valid UTF-8, no NUL in a string, no NaN, no duplicate keys, at most `max_depth`
  // levels. Throws JsonError.
  static Json parse(std::string_view text, int max_depth = 64);

  Kind kind() const noexcept;
  bool is_null() const noexcept { return kind() == Kind::null; }
  bool is_bool() const noexcept { return kind() == Kind::boolean; }
  bool is_number() const noexcept { return kind() == Kind::number; }
  bool is_integer() const noexcept;
  bool is_string() const noexcept { return kind() == Kind::string; }
  bool is_array() const noexcept { return kind() == Kind::array; }
  bool is_object() const noexcept { return kind() == Kind::object; }
  // "null", "boolean", "number", "string", "array" or "object", as jq's `type`.
  std::string_view type_name() const noexcept;

  // Typed reads: nothing when the value is of another type (a number is never read as text, nor text as a
  // number).
  std::optional<std::string> as_string() const;
  std::optional<std::int64_t> as_integer() const;
  std::optional<double> as_number() const;
  std::optional<bool> as_bool() const;
  std::string string_or(std::string_view otherwise) const;
  // A string's text without a copy, as long as this value lives and stays; empty for anything else.
  std::string_view text() const noexcept;

  // Elements of an array or members of an object; 0 for anything else.
  std::size_t size() const noexcept;
  // Null when there is no such element, or this is no array.
  Json at(std::size_t index) const;
  // Null when there is no such member, or this is no object.
  Json get(std::string_view key) const;
  bool has(std::string_view key) const noexcept;
  std::vector<std::string> keys() const;
  // `call(name, value)` for each member in order; the name is good during the call only.
  template <class F>
  void each_member(F&& call) const {
    if (!is_object()) return;
    for (int i = jv_object_iter(value_); jv_object_iter_valid(value_, i);
         i = jv_object_iter_next(value_, i)) {
      const Json name = adopt(jv_object_iter_key(value_, i));
      call(name.text(), adopt(jv_object_iter_value(value_, i)));
    }
  }

  // This must be an array (or null, which becomes one).
  void push_back(Json value);
  // This must be an object (or null, which becomes one). An existing member is replaced in place.
  void set(std::string_view key, Json value);
  void erase(std::string_view key);

  // One line, members in their order. `pretty` indents by two.
  std::string dump(bool pretty = false) const;

  bool operator==(const Json& other) const noexcept;

  // For the expression engine only: hand over, or take, the library's own value.
  static Json adopt(jv value) noexcept;
  jv release() && noexcept;
  jv share() const noexcept;

 private:
  jv value_;
};

// `text` as a JSON string literal, quotes included. For appending to hand-built answers.
void append_quoted(std::string& out, std::string_view text);

bool is_valid_utf8(std::string_view text) noexcept;

}  // namespace mappings
