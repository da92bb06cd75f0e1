#pragma once

// One JSON value: the only JSON type of the house, and what expressions read and give (jq's own values are
// made of it and turned into it where jq is needed: jq_value.h).
// Copies are cheap: texts, arrays and objects are shared and copied when one of the sharers changes it.
// Numbers are doubles: integers are exact up to 2^53.
// Thread-safety: the shared count is not atomic. A Json and all its copies belong to one thread; hand a value
// to another thread as text (dump/parse), never by copy.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mappings {

// The text given to Json::parse is not one JSON document. what() says why and where.
class JsonError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Json {
 public:
  enum class Kind : unsigned char { null, boolean, number, string, array, object };
  using Member = std::pair<std::string_view, Json>;

  Json() noexcept = default;
  // A literal of JSON is to read like one: {{"id", 5}, {"reason", "x"}}.
  // NOLINTBEGIN(google-explicit-constructor)
  Json(std::nullptr_t) noexcept : Json() {}
  Json(bool value) noexcept : kind_(Kind::boolean) { value_.truth = value; }
  Json(int value) noexcept : Json(static_cast<double>(value)) {}
  Json(std::int64_t value) noexcept : Json(static_cast<double>(value)) {}
  Json(double value) noexcept : kind_(Kind::number) { value_.number = value; }
  Json(const char* value) : Json(std::string_view(value)) {}
  // What is not UTF-8 in it becomes U+FFFD.
  Json(std::string_view value);
  Json(const std::string& value) : Json(std::string_view(value)) {}
  template <class T>
  Json(const std::optional<T>& value) : Json() {
    if (value) *this = Json(*value);
  }
  // NOLINTEND(google-explicit-constructor)
  Json(const Json& other) noexcept : value_(other.value_), kind_(other.kind_) {
    if (is_shared()) ++value_.shared->count;
  }
  Json(Json&& other) noexcept : value_(other.value_), kind_(std::exchange(other.kind_, Kind::null)) {}
  Json& operator=(Json other) noexcept {
    std::swap(value_, other.value_);
    std::swap(kind_, other.kind_);
    return *this;
  }
  ~Json() {
    if (is_shared() && --value_.shared->count == 0) end();
  }

  static Json array(std::initializer_list<Json> items = {});
  // Members keep the order given.
  static Json object(std::initializer_list<Member> members = {});

  // Strict: one document, valid UTF-8, no NUL in a string, no NaN, no duplicate keys, at most `max_depth`
  // levels. Throws JsonError.
  static Json parse(std::string_view text, int max_depth = 64);

  Kind kind() const noexcept { return kind_; }
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
  // `call(name, value)` for each member in order; both are good during the call only.
  template <class F>
  void each_member(F&& call) const;

  // This must be an array (or null, which becomes one).
  void push_back(Json value);
  // This must be an object (or null, which becomes one). An existing member is replaced in place.
  void set(std::string_view key, Json value);
  // The same where there is no such member, which is not looked for.
  void add(std::string_view key, Json value);
  void erase(std::string_view key);

  // One line, members in their order. `pretty` indents by two.
  std::string dump(bool pretty = false) const;

  bool operator==(const Json& other) const noexcept;

 private:
  struct Shared {
    std::uint32_t count = 1;
  };
  struct Text;
  struct Items;
  struct Members;

  bool is_shared() const noexcept { return kind_ >= Kind::string; }
  void end() noexcept;
  // Of an array or an object.
  const Items& items() const noexcept;
  const Members& members() const noexcept;
  // What nobody else sees, for changing it.
  Items& own_items();
  Members& own_members();

  union Value {
    Shared* shared;
    bool truth;
    double number;
  };
  Value value_{};
  Kind kind_ = Kind::null;
};

struct Json::Members : Shared {
  struct Member {
    std::uint32_t name = 0;  // where it begins in `names`
    std::uint32_t size = 0;
    Json value;
  };
  std::string_view name_of(const Member& member) const noexcept {
    return {names.data() + member.name, member.size};
  }
  // Its place in `all`, or all.size().
  std::size_t find(std::string_view name) const noexcept;
  void append(std::string_view name, Json value);
  void index_all();

  std::vector<Member> all;
  std::string names;
  std::vector<std::uint32_t> index;  // places in `all` by hash, from 1; empty while there are few
};

inline const Json::Members& Json::members() const noexcept {
  return static_cast<const Members&>(*value_.shared);
}

template <class F>
void Json::each_member(F&& call) const {
  if (!is_object()) return;
  const Json held = *this;  // `call` may change this one
  for (const Members::Member& member : held.members().all) call(held.members().name_of(member), member.value);
}

// `text` as a JSON string literal, quotes included. For appending to hand-built answers.
void append_quoted(std::string& out, std::string_view text);

bool is_valid_utf8(std::string_view text) noexcept;

}  // namespace mappings
