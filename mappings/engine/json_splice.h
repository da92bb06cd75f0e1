#pragma once

// Changes or reads a few members of a large object without reading the rest into values. Pure.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/engine/json.h"

namespace mappings {

// The text of an object with these members replaced in place, or put at the end in their order; all else
// stays as it is written. Nothing when a key of `object` is written with escapes, or it is no whole object as
// far as can be seen without reading values: then parse it.
std::optional<std::string> with_members(std::string_view object, const Json& members);

// The text of one member's value, for Json::parse. Nothing when there is none by that name, or for the same
// reasons: then parse the whole.
std::optional<std::string_view> member_text(std::string_view object, std::string_view name);

// An object of these members alone, as they are in `object`; the whole of it when one of them is not there or
// cannot be seen. Throws JsonError.
Json with_only(std::string_view object, const std::vector<std::string>& names);

// The text of each element of an array, in order, for Json::parse: so that a long list is never held as
// values whole. False when it is no whole array as far as can be seen without reading values; `each` may have
// been called before that is seen. Ends early, with true, when `each` returns false.
bool each_element(std::string_view array, const std::function<bool(std::string_view element)>& each);

}  // namespace mappings
