#include "bridge/access/doors.h"

#include <algorithm>

#include "bridge/access/basic_auth.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;

namespace {
constexpr std::string_view rest_scheme = "rest_api_key=", bearer_scheme = "Bearer";

bool begins_with(std::string_view text, std::string_view word) noexcept {
  return equal_ignoring_case(text.substr(0, word.size()), word);
}

// What stands in an Authorization header: the bytes as they came, what is encoded in some way is no key.
Presented authorized(std::string_view value) {
  if (begins_with(value, rest_scheme)) {
    value.remove_prefix(rest_scheme.size());
    if (value.size() >= 2 && value.front() == '{' && value.back() == '}')
      value = value.substr(1, value.size() - 2);
    return {Door::rest_key, std::string(value), 1};
  }
  if (begins_with(value, bearer_scheme) &&
      (value.size() == bearer_scheme.size() || value[bearer_scheme.size()] == ' ')) {
    value.remove_prefix(bearer_scheme.size());
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    return {Door::bearer, std::string(value), 1};
  }
  return {Door::api_key, basic_credentials(value).value_or(BasicCredentials{}).password, 1};
}
}  // namespace

std::string_view to_string(Door door) noexcept {
  switch (door) {
    case Door::none:
      return "none";
    case Door::api_key:
      return "apikey";
    case Door::rest_key:
      return "rest_api_key";
    case Door::bearer:
      return "bearer";
    case Door::token:
      return "/connect/token";
  }
  return "";
}

Presented presented(const RequestHeaders& headers) {
  Presented found;
  for (const auto& [name, value] : headers) {
    Presented one;
    if (equal_ignoring_case(name, "apikey"))
      one = {Door::api_key, value, 1};
    else if (equal_ignoring_case(name, "Authorization"))
      one = authorized(value);
    else
      continue;
    if (found.credentials > 0)
      found = {one.door == found.door ? found.door : Door::none, {}, found.credentials + 1};
    else
      found = std::move(one);
  }
  return found;
}

}  // namespace bridge
