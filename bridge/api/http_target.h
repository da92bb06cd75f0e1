#pragma once

// A request target (path and query) decoded, once, into what routes may trust. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "bridge/api/http_front.h"

namespace bridge {

struct Target {
  std::string path;  // "/" or "/a/b"
  HeaderList query;  // UTF-8; '+' stays '+', as clients send mail addresses unescaped
};

// Nothing when it is not acceptable: no leading slash, a broken escape, a "." or ".." segment, an escaped
// slash or a control character in the path, NUL in the query, a path that is not UTF-8.
std::optional<Target> parse_target(std::string_view target);

// As it is when it is UTF-8, else read as latin-1: how header values and queries arrive from real clients.
std::string to_utf8(std::string_view bytes);

}  // namespace bridge
