#include "mappings/engine/jq_value.h"

namespace mappings {

namespace {

constexpr int deepest = 66;
constexpr std::size_t most_bytes = 4u << 20;

std::string_view text_of(jv text) {
  return {jv_string_value(text), static_cast<std::size_t>(jv_string_length_bytes(jv_copy(text)))};
}

class Reading {
 public:
  // Takes `value`.
  Json read(jv value, int depth) {
    Json result;
    if (depth <= deepest && spent_ <= most_bytes) result = of(value, depth);
    jv_free(value);
    return result;
  }

 private:
  Json of(jv value, int depth) {
    switch (jv_get_kind(value)) {
      case JV_KIND_TRUE:
        return true;
      case JV_KIND_FALSE:
        return false;
      case JV_KIND_NUMBER:
        spent_ += 8;
        return jv_number_value(value);
      case JV_KIND_STRING:
        return spend(text_of(value));
      case JV_KIND_ARRAY: {
        Json list = Json::array();
        const int size = jv_array_length(jv_copy(value));
        for (int i = 0; i < size && spent_ <= most_bytes; ++i) {
          spent_ += 2;
          list.push_back(read(jv_array_get(jv_copy(value), i), depth + 1));
        }
        return list;
      }
      case JV_KIND_OBJECT: {
        Json object = Json::object();
        for (int i = jv_object_iter(value); jv_object_iter_valid(value, i) && spent_ <= most_bytes;
             i = jv_object_iter_next(value, i)) {
          jv name = jv_object_iter_key(value, i);
          object.add(spend(text_of(name)), read(jv_object_iter_value(value, i), depth + 1));
          jv_free(name);
        }
        return object;
      }
      default:
        return {};
    }
  }
  std::string_view spend(std::string_view text) {
    spent_ += text.size() + 2;
    return text;
  }

  std::size_t spent_ = 0;
};

jv string_of(std::string_view text) {
  return jv_string_sized(text.data(), static_cast<int>(text.size()));
}

}  // namespace

jv to_jq(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::null:
      break;
    case Json::Kind::boolean:
      return jv_bool(*value.as_bool() ? 1 : 0);
    case Json::Kind::number:
      return jv_number(*value.as_number());
    case Json::Kind::string:
      return string_of(value.text());
    case Json::Kind::array: {
      jv list = jv_array_sized(static_cast<int>(value.size()));
      for (std::size_t i = 0; i < value.size(); ++i) list = jv_array_append(list, to_jq(value.at(i)));
      return list;
    }
    case Json::Kind::object: {
      jv object = jv_object();
      value.each_member([&](std::string_view name, const Json& member) {
        object = jv_object_set(object, string_of(name), to_jq(member));
      });
      return object;
    }
  }
  return jv_null();
}

Json from_jq(jv value) {
  return Reading().read(value, 0);
}

std::string with_replacements(std::string_view text) {
  jv replaced = string_of(text);
  std::string result(text_of(replaced));
  jv_free(replaced);
  return result;
}

}  // namespace mappings
