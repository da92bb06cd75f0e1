#pragma once

// Words and names as protocols and files write them: capitals are those of ASCII, whatever the locale says.
// Pure.

#include <optional>
#include <string>
#include <string_view>

namespace mappings {

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;
std::string lower_case(std::string_view text);
// Without the blanks at both ends. In HTTP a line end is no blank.
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n") noexcept;
inline constexpr std::string_view http_blanks = " \t";

// Where, from `at` on, the first letter stands that JSON does not hold as it is (a control character, a
// quote, a backslash, DEL), or the end.
std::size_t end_of_plain(std::string_view text, std::size_t at) noexcept;

// At most `most` bytes of it, cut between letters, as valid UTF-8: what is none becomes U+FFFD.
std::string cut_text(std::string_view text, std::size_t most);

// Bytes in small hexadecimal digits, and back: nothing when it is not that.
std::string hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view digits);

}  // namespace mappings
