#pragma once

// Objects of the Admin By Request public API as tables: every key, its type and what it holds when nobody
// gave it, in the order of the real service; and the one completion of a partial object by such a table.
// Tables are constants and may nest. Pure.

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/engine/json.h"

namespace mappings {

enum class FieldType { string, integer, number, boolean, object, array };

// Clients index every key, so null stands for what is unknown, unless the service is known to write another
// thing. `empty`: an object with every key of its own table, or a list without items.
enum class Absent { null, zero, no, empty };

struct ObjectField {
  std::string_view key;
  FieldType type;
  Absent absent = Absent::null;
  std::span<const ObjectField> inner = {};  // of the object, or of each item of the list
  FieldType item = FieldType::object;       // of a list
};
using ObjectShape = std::span<const ObjectField>;

bool is_of(const Json& value, FieldType type);
// "user.isAdmin must be true or false"
std::string wrong_type(std::string_view place, FieldType type);

// The keys of one table, then those of another.
template <std::size_t A, std::size_t B>
constexpr std::array<ObjectField, A + B> joined(const std::array<ObjectField, A>& first,
                                                const std::array<ObjectField, B>& rest) {
  std::array<ObjectField, A + B> all{};
  std::copy(rest.begin(), rest.end(), std::copy(first.begin(), first.end(), all.begin()));
  return all;
}

// A user, as requests and the inventory both begin.
inline constexpr std::array person_fields{
    ObjectField{"account", FieldType::string},
    ObjectField{"fullName", FieldType::string},
    ObjectField{"email", FieldType::string},
    ObjectField{"phone", FieldType::string},
    ObjectField{"isAdmin", FieldType::boolean, Absent::no},
};

// Every key of the shape in its order, unknown keys left out. `problems` gets one sentence for each wrong
// type ("user.isAdmin must be true or false"), and the result is then not to be used. `place` is what stands
// before the keys in those: "user.". A list without an inner shape is taken as it is, its items tried for
// their type.
Json complete_object(const Json& given, ObjectShape shape, std::string_view place,
                     std::vector<std::string>& problems);
// The same for one member of `given`.
Json complete_field(const Json& given, const ObjectField& field, std::string_view place,
                    std::vector<std::string>& problems);

}  // namespace mappings
