#include "bridge/store/folded.h"

#include <algorithm>

#include <Poco/UTF8String.h>

#include "mappings/engine/text.h"

namespace bridge {

std::string folded(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
  return plain ? mappings::lower_case(text) : Poco::UTF8::toLower(std::string(text));
}

std::string_view without_domain(std::string_view account) noexcept {
  const auto slash = account.find('\\');
  return slash == std::string_view::npos ? account : account.substr(slash + 1);
}

}  // namespace bridge
