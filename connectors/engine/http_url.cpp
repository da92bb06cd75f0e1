#include "connectors/engine/http_url.h"

#include <algorithm>
#include <cctype>

#include "connectors/engine/http_exchange.h"
#include "mappings/engine/text.h"

namespace connectors {

namespace {

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : '[' + host + ']';
}

bool takes_scheme(std::string_view& text, std::string_view scheme) {
  const bool same = mappings::equal_ignoring_case(text.substr(0, scheme.size()), scheme);
  if (same) text.remove_prefix(scheme.size());
  return same;
}

bool is_host_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
}

bool is_ipv6_character(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.';
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  if (digits.empty() || digits.size() > 5) return std::nullopt;
  unsigned value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value == 0 || value > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

}  // namespace

std::string HttpUrl::origin() const {
  return (tls ? "https://" : "http://") + bracketed(host) + ':' + std::to_string(port);
}

std::string HttpUrl::authority() const {
  const bool usual = port == (tls ? 443 : 80);
  return usual ? bracketed(host) : bracketed(host) + ':' + std::to_string(port);
}

std::optional<HttpUrl> parse_http_url(std::string_view text, std::string& problem) {
  HttpUrl url;
  const auto fails = [&](const char* why) {
    problem = why;
    return std::nullopt;
  };
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f)
      return fails("the address holds a space or a character that must be percent-encoded");
  if (takes_scheme(text, "https://"))
    url.tls = true;
  else if (!takes_scheme(text, "http://"))
    return fails("the address does not start with http:// or https://");
  text = text.substr(0, text.find('#'));

  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  std::string_view place = text.substr(0, end);
  std::string_view target = text.substr(end);
  if (place.find('@') != std::string_view::npos) return fails("the address must not hold a user or password");

  std::string_view host = place;
  std::string_view port;
  bool has_port = false;
  if (!place.empty() && place.front() == '[') {
    const std::size_t close = place.find(']');
    if (close == std::string_view::npos) return fails("the address has a [ without its ]");
    host = place.substr(1, close - 1);
    place.remove_prefix(close + 1);
    if (!std::all_of(host.begin(), host.end(), is_ipv6_character)) return fails("the host name is not valid");
    has_port = !place.empty();
    if (has_port && place.front() != ':') return fails("the host name is not valid");
    if (has_port) port = place.substr(1);
  } else {
    const std::size_t colon = place.find(':');
    has_port = colon != std::string_view::npos;
    host = place.substr(0, colon);
    if (has_port) port = place.substr(colon + 1);
    if (!std::all_of(host.begin(), host.end(), is_host_character)) return fails("the host name is not valid");
  }
  if (host.empty() || host.size() > 253) return fails("the address has no host name");
  url.port = url.tls ? 443 : 80;
  if (has_port) {
    const auto number = parse_port(port);
    if (!number) return fails("the port is not a number from 1 to 65535");
    url.port = *number;
  }
  url.host = mappings::lower_case(host);
  url.target.assign(target);
  if (url.target.empty() || url.target.front() != '/') url.target.insert(0, 1, '/');
  return url;
}

std::string percent_encode(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

}  // namespace connectors
