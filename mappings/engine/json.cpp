#include "mappings/engine/json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "mappings/engine/json_reader.h"

namespace mappings {

namespace {

jv make_string(std::string_view text) {
  return jv_string_sized(text.data(), static_cast<int>(text.size()));
}

// Names of members come again and again: each thread keeps the last ones that it made, with their hashes.
// Four places for each hash: with one, names that share it would throw each other out again and again.
constexpr std::size_t kept_sets = 128, places = 4, longest_kept_name = 40;
struct KeptName {
  std::uint64_t first = 0, last = 0;  // eight bytes of the name each; a short one is there twice
  std::size_t size = 0;               // 0: free
  jv name{};
};
struct Names {
  std::array<KeptName, kept_sets * places> all{};
  bool closed = false;
};
constinit thread_local Names names;

struct NamesEnd {
  ~NamesEnd() {
    names.closed = true;
    for (KeptName& kept : names.all) jv_free(kept.name);
  }
};

jv make_name(std::string_view name) {
  if (name.size() > longest_kept_name || name.empty() || names.closed) return make_string(name);
  KeptName wanted;
  wanted.size = name.size();
  const std::size_t part = std::min<std::size_t>(name.size(), 8);
  std::memcpy(&wanted.first, name.data(), part);
  std::memcpy(&wanted.last, name.data() + name.size() - part, part);
  const std::uint64_t mixed = wanted.first ^ (wanted.last << 7 | wanted.last >> 57) ^ wanted.size;
  KeptName* const set = names.all.data() + (mixed * 0x9E3779B97F4A7C15u >> 57) * places;
  for (std::size_t i = 0; i < places && set[i].size > 0; ++i) {
    const KeptName& kept = set[i];
    if (kept.first == wanted.first && kept.last == wanted.last && kept.size == wanted.size &&
        (wanted.size <= 16 ||
         std::memcmp(jv_string_value(kept.name) + 8, name.data() + 8, wanted.size - 16) == 0))
      return jv_copy(kept.name);
  }
  static thread_local NamesEnd end;
  static_cast<void>(end);
  // The newest comes first, the oldest goes.
  jv_free(set[places - 1].name);
  std::move_backward(set, set + places - 1, set + places);
  wanted.name = make_string(name);
  set[0] = wanted;
  return jv_copy(wanted.name);
}

}  // namespace

Json::Json() noexcept : value_(jv_null()) {}
Json::Json(bool value) noexcept : value_(jv_bool(value)) {}
Json::Json(int value) noexcept : value_(jv_number(value)) {}
Json::Json(std::int64_t value) noexcept : value_(jv_number(static_cast<double>(value))) {}
Json::Json(double value) noexcept : value_(jv_number(value)) {}
Json::Json(const char* value) : Json(std::string_view(value)) {}
Json::Json(std::string_view value) : value_(make_string(value)) {}
Json::Json(const Json& other) noexcept : value_(jv_copy(other.value_)) {}
Json::Json(Json&& other) noexcept : value_(std::exchange(other.value_, jv_null())) {}
Json& Json::operator=(Json other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}
Json::~Json() {
  jv_free(value_);
}

Json Json::array(std::initializer_list<Json> items) {
  Json result = adopt(jv_array());
  for (const Json& item : items) result.push_back(item);
  return result;
}

Json Json::object(std::initializer_list<Member> members) {
  Json result = adopt(jv_object());
  for (const auto& [key, value] : members) result.set(key, value);
  return result;
}

Json Json::parse(std::string_view text, int max_depth) {
  return read_json(text, max_depth);
}

Json::Kind Json::kind() const noexcept {
  switch (jv_get_kind(value_)) {
    case JV_KIND_TRUE:
    case JV_KIND_FALSE:
      return Kind::boolean;
    case JV_KIND_NUMBER:
      return Kind::number;
    case JV_KIND_STRING:
      return Kind::string;
    case JV_KIND_ARRAY:
      return Kind::array;
    case JV_KIND_OBJECT:
      return Kind::object;
    default:
      return Kind::null;
  }
}

bool Json::is_integer() const noexcept {
  return as_integer().has_value();
}

std::string_view Json::type_name() const noexcept {
  switch (kind()) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "boolean";
    case Kind::number:
      return "number";
    case Kind::string:
      return "string";
    case Kind::array:
      return "array";
    case Kind::object:
      return "object";
  }
  return "";
}

std::string_view Json::text() const noexcept {
  if (!is_string()) return {};
  return {jv_string_value(value_), static_cast<std::size_t>(jv_string_length_bytes(jv_copy(value_)))};
}

std::optional<std::string> Json::as_string() const {
  if (!is_string()) return std::nullopt;
  return std::string(text());
}

std::optional<std::int64_t> Json::as_integer() const {
  auto number = as_number();
  constexpr double exact = 9007199254740992.0;
  if (!number || std::floor(*number) != *number || std::fabs(*number) > exact) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::optional<double> Json::as_number() const {
  if (!is_number()) return std::nullopt;
  return jv_number_value(value_);
}

std::optional<bool> Json::as_bool() const {
  if (!is_bool()) return std::nullopt;
  return jv_get_kind(value_) == JV_KIND_TRUE;
}

std::string Json::string_or(std::string_view otherwise) const {
  return std::string(is_string() ? text() : otherwise);
}

std::size_t Json::size() const noexcept {
  if (is_array()) return static_cast<std::size_t>(jv_array_length(jv_copy(value_)));
  if (is_object()) return static_cast<std::size_t>(jv_object_length(jv_copy(value_)));
  return 0;
}

Json Json::at(std::size_t index) const {
  if (!is_array() || index >= size()) return {};
  return adopt(jv_array_get(jv_copy(value_), static_cast<int>(index)));
}

Json Json::get(std::string_view key) const {
  if (!is_object()) return {};
  jv member = jv_object_get(jv_copy(value_), make_name(key));
  if (!jv_is_valid(member)) {
    jv_free(member);
    return {};
  }
  return adopt(member);
}

bool Json::has(std::string_view key) const noexcept {
  return is_object() && jv_object_has(jv_copy(value_), make_name(key)) != 0;
}

std::vector<std::string> Json::keys() const {
  std::vector<std::string> all;
  each_member([&](std::string_view name, const Json&) { all.emplace_back(name); });
  return all;
}

void Json::push_back(Json value) {
  if (is_null()) *this = adopt(jv_array());
  value_ = jv_array_append(std::exchange(value_, jv_null()), std::move(value).release());
}

void Json::set(std::string_view key, Json value) {
  if (is_null()) *this = adopt(jv_object());
  value_ = jv_object_set(std::exchange(value_, jv_null()), make_name(key), std::move(value).release());
}

void Json::erase(std::string_view key) {
  if (is_object()) value_ = jv_object_delete(std::exchange(value_, jv_null()), make_name(key));
}

bool Json::operator==(const Json& other) const noexcept {
  return jv_equal(jv_copy(value_), jv_copy(other.value_)) != 0;
}

Json Json::adopt(jv value) noexcept {
  Json result;
  result.value_ = value;
  return result;
}

jv Json::release() && noexcept {
  return std::exchange(value_, jv_null());
}
jv Json::share() const noexcept {
  return jv_copy(value_);
}

}  // namespace mappings
