#include "mappings/engine/object_shape.h"

namespace mappings {

namespace {
std::string_view in_words(FieldType type) {
  switch (type) {
    case FieldType::string:
      return "text";
    case FieldType::integer:
      return "a whole number";
    case FieldType::number:
      return "a number";
    case FieldType::boolean:
      return "true or false";
    case FieldType::object:
      return "an object";
    case FieldType::array:
      break;
  }
  return "a list";
}

Json otherwise(const ObjectField& field) {
  switch (field.absent) {
    case Absent::zero:
      return 0;
    case Absent::no:
      return false;
    case Absent::empty:
      return field.type == FieldType::array ? Json::array() : Json::object();
    case Absent::null:
      break;
  }
  return nullptr;
}

Json complete_list(const Json& given, const ObjectField& field, const std::string& place,
                   std::vector<std::string>& problems) {
  Json list = Json::array();
  for (std::size_t i = 0; i < given.size(); ++i) {
    Json item = given.at(i);
    const std::string item_place = place + '[' + std::to_string(i) + ']';
    if (!is_of(item, field.item))
      problems.push_back(wrong_type(item_place, field.item));
    else if (!field.inner.empty())
      item = complete_object(item, field.inner, item_place + '.', problems);
    list.push_back(std::move(item));
  }
  return list;
}
}  // namespace

bool is_of(const Json& value, FieldType type) {
  switch (type) {
    case FieldType::string:
      return value.is_string();
    case FieldType::integer:
      return value.is_integer();
    case FieldType::number:
      return value.is_number();
    case FieldType::boolean:
      return value.is_bool();
    case FieldType::object:
      return value.is_object();
    case FieldType::array:
      break;
  }
  return value.is_array();
}

std::string wrong_type(std::string_view place, FieldType type) {
  return std::string(place) + " must be " + std::string(in_words(type));
}

Json complete_field(const Json& given, const ObjectField& field, std::string_view place,
                    std::vector<std::string>& problems) {
  Json value = given.get(field.key);
  if (value.is_null()) {
    value = otherwise(field);
    if (value.is_null()) return value;
  }
  if (!is_of(value, field.type)) {
    problems.push_back(wrong_type(std::string(place) + std::string(field.key), field.type));
    return value;
  }
  if (field.type != FieldType::object && field.type != FieldType::array) return value;
  const std::string inner_place = std::string(place) + std::string(field.key);
  if (field.type == FieldType::array) return complete_list(value, field, inner_place, problems);
  return field.inner.empty() ? value : complete_object(value, field.inner, inner_place + '.', problems);
}

Json complete_object(const Json& given, ObjectShape shape, std::string_view place,
                     std::vector<std::string>& problems) {
  Json result = Json::object();
  for (const ObjectField& field : shape) result.add(field.key, complete_field(given, field, place, problems));
  return result;
}

}  // namespace mappings
