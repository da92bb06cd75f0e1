#pragma once

// An http:// or https:// address taken apart, strictly: no user in it, no control characters, no spaces.
// Plain data; never looks anything up.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace connectors {

struct HttpUrl {
  bool tls = false;
  std::string host;  // lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;
  std::string target;  // path and query, at least "/"; the fragment is left out

  // "https://host:port": what connections are shared by.
  std::string origin() const;
  // For the Host header: the port only when it is not the scheme's own.
  std::string authority() const;
};

// Nothing when it is none; `problem` then says why, without repeating the text.
std::optional<HttpUrl> parse_http_url(std::string_view text, std::string& problem);

}  // namespace connectors
