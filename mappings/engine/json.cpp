#include "mappings/engine/json.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>

#include "mappings/engine/jq_value.h"
#include "mappings/engine/json_reader.h"
#include "mappings/engine/keyed_hash.h"

namespace mappings {

namespace {
constexpr std::size_t few = 16;  // members that are compared one by one
constexpr std::size_t longest_text = 1u << 31;
}  // namespace

// With its letters behind it.
struct Json::Text : Shared {
  std::uint32_t size = 0;

  static Text* make(std::string_view text) {
    if (text.size() > longest_text) throw std::length_error("a text of more than 2 GB");
    void* const room = std::malloc(sizeof(Text) + text.size());
    if (room == nullptr) throw std::bad_alloc();
    Text* const made = new (room) Text;
    made->size = static_cast<std::uint32_t>(text.size());
    if (!text.empty()) std::memcpy(made + 1, text.data(), text.size());
    return made;
  }
  std::string_view view() const noexcept { return {reinterpret_cast<const char*>(this + 1), size}; }
};

struct Json::Items : Shared {
  std::vector<Json> all;
};

std::size_t Json::Members::find(std::string_view name) const noexcept {
  if (index.empty()) {
    std::size_t at = 0;
    while (at < all.size() && name_of(all[at]) != name) ++at;
    return at;
  }
  const std::size_t mask = index.size() - 1;
  for (std::size_t place = keyed_hash(name) & mask; index[place] != 0; place = (place + 1) & mask)
    if (name_of(all[index[place] - 1]) == name) return index[place] - 1;
  return all.size();
}

void Json::Members::append(std::string_view name, Json value) {
  if (names.size() + name.size() > longest_text) throw std::length_error("names of more than 2 GB");
  // Room first: what throws behind the name would leave it there. `name` may be one of `names`.
  if (all.size() == all.capacity()) all.reserve(std::max<std::size_t>(8, 2 * all.size()));
  const auto begin = static_cast<std::uint32_t>(names.size());
  const auto size = static_cast<std::uint32_t>(name.size());
  if (names.empty()) names.reserve(88);
  names.append(name);
  all.push_back({begin, size, std::move(value)});
  if (all.size() <= few) return;
  if (all.size() * 2 > index.size()) return index_all();
  const std::size_t mask = index.size() - 1;
  std::size_t place = keyed_hash(name_of(all.back())) & mask;
  while (index[place] != 0) place = (place + 1) & mask;
  index[place] = static_cast<std::uint32_t>(all.size());
}

void Json::Members::index_all() {
  index.clear();
  if (all.size() <= few) return;
  std::size_t size = 4 * few;
  while (size < all.size() * 4) size *= 2;
  index.resize(size);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::size_t place = keyed_hash(name_of(all[i])) & (size - 1);
    while (index[place] != 0) place = (place + 1) & (size - 1);
    index[place] = static_cast<std::uint32_t>(i + 1);
  }
}

void Json::end() noexcept {
  if (kind_ == Kind::string) std::free(value_.shared);
  if (kind_ == Kind::array) delete static_cast<Items*>(value_.shared);
  if (kind_ == Kind::object) delete static_cast<Members*>(value_.shared);
}

const Json::Items& Json::items() const noexcept {
  return static_cast<const Items&>(*value_.shared);
}

Json::Items& Json::own_items() {
  if (!is_array()) throw std::logic_error("a value that is no array is used as one");
  if (value_.shared->count > 1) {
    auto* const copy = new Items(items());
    copy->count = 1;
    --value_.shared->count;
    value_.shared = copy;
  }
  return static_cast<Items&>(*value_.shared);
}

Json::Members& Json::own_members() {
  if (!is_object()) throw std::logic_error("a value that is no object is used as one");
  if (value_.shared->count > 1) {
    auto* const copy = new Members(members());
    copy->count = 1;
    --value_.shared->count;
    value_.shared = copy;
  }
  return static_cast<Members&>(*value_.shared);
}

Json::Json(std::string_view value) {
  value_.shared = Text::make(is_valid_utf8(value) ? value : std::string_view(with_replacements(value)));
  kind_ = Kind::string;
}

Json Json::array(std::initializer_list<Json> items) {
  Json result;
  auto* const made = new Items;
  result.value_.shared = made;
  result.kind_ = Kind::array;
  made->all = items;
  return result;
}

Json Json::object(std::initializer_list<Member> members) {
  Json result;
  result.value_.shared = new Members;
  result.kind_ = Kind::object;
  for (const auto& [key, value] : members) result.set(key, value);
  return result;
}

Json Json::parse(std::string_view text, int max_depth) {
  return read_json(text, max_depth);
}

bool Json::is_integer() const noexcept {
  return as_integer().has_value();
}

std::string_view Json::type_name() const noexcept {
  switch (kind_) {
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
  return is_string() ? static_cast<const Text&>(*value_.shared).view() : std::string_view();
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
  return value_.number;
}

std::optional<bool> Json::as_bool() const {
  if (!is_bool()) return std::nullopt;
  return value_.truth;
}

std::string Json::string_or(std::string_view otherwise) const {
  return std::string(is_string() ? text() : otherwise);
}

std::size_t Json::size() const noexcept {
  if (is_array()) return items().all.size();
  if (is_object()) return members().all.size();
  return 0;
}

Json Json::at(std::size_t index) const {
  if (index >= size() || !is_array()) return {};
  return items().all[index];
}

Json Json::get(std::string_view key) const {
  if (!is_object()) return {};
  const std::size_t place = members().find(key);
  return place < members().all.size() ? members().all[place].value : Json();
}

bool Json::has(std::string_view key) const noexcept {
  return is_object() && members().find(key) < members().all.size();
}

std::vector<std::string> Json::keys() const {
  std::vector<std::string> all;
  each_member([&](std::string_view name, const Json&) { all.emplace_back(name); });
  return all;
}

void Json::push_back(Json value) {
  if (is_null()) *this = array();
  own_items().all.push_back(std::move(value));
}

void Json::set(std::string_view key, Json value) {
  if (is_null()) *this = object();
  Members& members = own_members();
  if (const std::size_t place = members.find(key); place < members.all.size())
    members.all[place].value = std::move(value);
  else
    add(key, std::move(value));
}

void Json::add(std::string_view key, Json value) {
  if (is_null()) *this = object();
  Members& members = own_members();
  if (is_valid_utf8(key))
    members.append(key, std::move(value));
  else
    members.append(with_replacements(key), std::move(value));
}

void Json::erase(std::string_view key) {
  if (!has(key)) return;
  Members& members = own_members();
  members.all.erase(members.all.begin() + static_cast<std::ptrdiff_t>(members.find(key)));
  members.index_all();
  if (members.all.empty()) members.names.clear();
}

bool Json::operator==(const Json& other) const noexcept {
  if (kind_ != other.kind_) return false;
  switch (kind_) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return value_.truth == other.value_.truth;
    case Kind::number:
      return value_.number == other.value_.number;
    case Kind::string:
      return text() == other.text();
    case Kind::array:
      return value_.shared == other.value_.shared || items().all == other.items().all;
    case Kind::object:
      break;
  }
  if (value_.shared == other.value_.shared) return true;
  if (size() != other.size()) return false;
  for (const Members::Member& member : members().all) {
    const std::string_view name = members().name_of(member);
    if (!other.has(name) || !(other.get(name) == member.value)) return false;
  }
  return true;
}

}  // namespace mappings
