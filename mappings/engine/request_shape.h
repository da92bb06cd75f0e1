#pragma once

// The request object of the Admin By Request public API: every key, its type and its order, in one table.
// Source: the Requests API pages and captured answers. What is absent is null, except that scanResultCode is
// 0, isAdmin and preapproved are false, settingsName is "Global"; objects and scanResults are always there.

#include <string>
#include <string_view>
#include <vector>

#include "mappings/engine/object_shape.h"

namespace mappings {

struct RequestField {
  std::string_view path;  // ".user.fullName"
  using Type = FieldType;
  Type type;
};

// In the order in which the real service returns them.
const std::vector<RequestField>& request_fields();

// Codes of `status` and of `type`; the words are what the API answers.
struct CodedWord {
  int code;
  std::string_view word;
};
const std::vector<CodedWord>& request_statuses();  // 0 Open ... 4 Pending approval ... 6 Expired
const std::vector<CodedWord>& request_types();     // 0 Run As Admin, 1 Admin Session, 2 Server Session

// The whole object from a partial one: every key present and in order, type/typeCode and status/statusCode
// made consistent (either may be given), unknown keys left out. `problems` gets one sentence per wrong type
// or contradiction ("user.isAdmin must be true or false"), and the result is then not to be used.
Json complete_request(const Json& given, std::vector<std::string>& problems);

}  // namespace mappings
