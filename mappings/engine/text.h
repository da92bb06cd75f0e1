#pragma once

// Words and names as protocols and files write them: capitals are those of ASCII, whatever the locale says.
// Pure.

#include <string>
#include <string_view>

namespace mappings {

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;
std::string lower_case(std::string_view text);
// Without the blanks at both ends. In HTTP a line end is no blank.
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n") noexcept;
inline constexpr std::string_view http_blanks = " \t";

}  // namespace mappings
