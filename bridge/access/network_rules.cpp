#include "bridge/access/network_rules.h"

#include <algorithm>
#include <charconv>

#include "bridge/ops/error.h"
#include "mappings/engine/text.h"

namespace bridge {

namespace {

using mappings::trimmed;

struct Entry {
  IpAddress first, last;
  std::string text;     // in its one spelling
  std::string problem;  // empty: there is none
};

Entry wrong(std::string problem) {
  Entry entry;
  entry.problem = std::move(problem);
  return entry;
}

std::string everyone(const IpAddress& address) {
  return address.is_v4() ? "0.0.0.0/0" : "::/0";
}

bool has_port(std::string_view text) {
  const auto colon = text.find(':');
  return text.front() == '[' ||
         (colon != std::string_view::npos && IpAddress::parse(text.substr(0, colon)).has_value());
}

Entry single(std::string_view text) {
  const auto address = IpAddress::parse(text);
  if (!address) {
    if (text == "*" || text == "any" || text == "all")
      return wrong("write 0.0.0.0/0 and ::/0 to allow every address");
    if (text.find('%') != std::string_view::npos)
      return wrong("an address with a zone means something on one host only; write it without");
    if (text.find('*') != std::string_view::npos)
      return wrong("there are no wildcards; write a network, such as 192.0.2.0/24");
    if (has_port(text)) return wrong("leave out the brackets and the port");
    return wrong("not an address; write one such as 192.0.2.7, 2001:db8::1 or 192.0.2.0/24");
  }
  if (*address == *IpAddress::parse("0.0.0.0") || *address == IpAddress())
    return wrong("nobody calls from this address; write " + everyone(*address) +
                 " if everyone may, and leave it out otherwise");
  return {*address, *address, address->text(), {}};
}

Entry network(std::string_view base, std::string_view length) {
  const auto address = IpAddress::parse(base);
  if (!address) return wrong("what stands before the slash is not an address");
  const bool written_v4 = base.find(':') == std::string_view::npos;
  const int most = written_v4 ? 32 : 128;
  int bits = -1;
  const auto [end, failed] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (failed != std::errc() || end != length.data() + length.size() || bits < 0 || bits > most ||
      (length.size() > 1 && length.front() == '0'))
    return wrong("what stands behind the slash must be a number from 0 to " + std::to_string(most));
  if (!written_v4 && address->is_v4() && bits < 96)
    return wrong("an IPv6 network that holds all of IPv4 is not taken; write the IPv4 network");
  const int whole = written_v4 ? bits + 96 : bits;
  // As the address's own family counts them.
  const int own = address->is_v4() ? whole - 96 : whole;
  if (own == 0 && (base != "0.0.0.0" && base != "::"))
    return wrong("a network of length 0 is every address; write " + everyone(*address) +
                 " if that is what you mean");
  const IpAddress first = address->first_of(whole);
  const std::string text = first.text() + '/' + std::to_string(own);
  if (first != *address)
    return wrong("bits are set behind the length of the network; write " + text + " for the network or " +
                 address->text() + " for the one address");
  const int all = address->is_v4() ? 32 : 128;
  return {first, address->last_of(whole), own == all ? first.text() : text, {}};
}

Entry range(std::string_view from, std::string_view to) {
  const auto first = IpAddress::parse(from), last = IpAddress::parse(to);
  if (!first || !last) return wrong("a range is two addresses with a - between them");
  if (first->is_v4() != last->is_v4()) return wrong("a range cannot begin in IPv4 and end in IPv6");
  if (*last < *first) return wrong("the range ends before it begins; write the lower address first");
  const int family_bits = first->is_v4() ? 96 : 0;
  if (*first == first->first_of(family_bits) && *last == first->last_of(family_bits))
    return wrong("this range is every address; write " + everyone(*first) + " if that is what you mean");
  if (*first == *last) return {*first, *last, first->text(), {}};
  return {*first, *last, first->text() + '-' + last->text(), {}};
}

Entry read(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return wrong("empty; write an address or leave the entry out");
  if (const auto slash = text.find('/'); slash != std::string_view::npos)
    return network(text.substr(0, slash), text.substr(slash + 1));
  if (const auto dash = text.find('-'); dash != std::string_view::npos)
    return range(trimmed(text.substr(0, dash)), trimmed(text.substr(dash + 1)));
  return single(text);
}

// The address after `address`. Not to be asked of the last one there is.
IpAddress next(const IpAddress& address) {
  IpAddress::Bytes bytes = address.bytes();
  for (std::size_t i = bytes.size(); i-- > 0;)
    if (++bytes[i] != 0) break;
  return IpAddress(bytes);
}

// What a proxy writes of whom it had a call from: an address, which may have a port.
std::optional<IpAddress> hop(std::string_view text) noexcept {
  std::string_view port;
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    port = text.substr(end + 1);
    text = text.substr(1, end - 1);
    if (text.find(':') == std::string_view::npos) return std::nullopt;
  } else if (const auto colon = text.find(':');
             colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    port = text.substr(colon);
    text = text.substr(0, colon);
  }
  if (!port.empty()) {
    unsigned number = 0;
    const char* const end = port.data() + port.size();
    const auto [stop, failed] = std::from_chars(port.data() + 1, end, number);
    if (port.front() != ':' || failed != std::errc() || stop != end || number > 65'535) return std::nullopt;
  }
  return IpAddress::parse(text);
}

}  // namespace

NetworkRules NetworkRules::parse(const std::vector<std::string>& entries, std::vector<Problem>& problems) {
  NetworkRules rules;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Entry entry = read(entries[i]);
    if (!entry.problem.empty()) {
      problems.push_back({i, std::move(entry.problem)});
      continue;
    }
    (entry.first.is_v4() ? rules.v4_ : rules.v6_).push_back({entry.first, entry.last});
    if (std::find(rules.entries_.begin(), rules.entries_.end(), entry.text) == rules.entries_.end())
      rules.entries_.push_back(std::move(entry.text));
  }
  join(rules.v4_);
  join(rules.v6_);
  return rules;
}

void NetworkRules::join(std::vector<Range>& ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<Range> joined;
  for (const Range& one : ranges) {
    if (!joined.empty() && (one.first <= joined.back().last || one.first == next(joined.back().last)))
      joined.back().last = std::max(joined.back().last, one.last);
    else
      joined.push_back(one);
  }
  ranges = std::move(joined);
}

NetworkRules NetworkRules::parse(const std::vector<std::string>& entries, std::string_view where) {
  std::vector<Problem> problems;
  NetworkRules rules = parse(entries, problems);
  if (problems.empty()) return rules;
  std::string message;
  for (const Problem& problem : problems) {
    if (!message.empty()) message += "; ";
    message += std::string(where) + ": entry " + std::to_string(problem.entry + 1) + " (" +
               entries[problem.entry] + "): " + problem.text;
  }
  throw Error(ErrorCode::config_invalid, message);
}

bool NetworkRules::contains(const IpAddress& address) const noexcept {
  const std::vector<Range>& ranges = address.is_v4() ? v4_ : v6_;
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), address,
                       [](const IpAddress& one, const Range& range) { return one < range.first; });
  return after != ranges.begin() && address <= std::prev(after)->last;
}

std::optional<IpAddress> client_address(std::string_view peer,
                                        const std::vector<std::pair<std::string, std::string>>& headers,
                                        const NetworkRules& trusted_proxies) noexcept {
  std::optional<IpAddress> caller = IpAddress::parse_peer(peer);
  if (trusted_proxies.empty()) return caller;
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (!mappings::equal_ignoring_case(header->first, "X-Forwarded-For")) continue;
    std::string_view left = header->second;
    for (bool more = true; more;) {
      if (!caller || !trusted_proxies.contains(*caller)) return caller;
      const auto comma = left.rfind(',');
      more = comma != std::string_view::npos;
      caller = hop(trimmed(more ? left.substr(comma + 1) : left, mappings::http_blanks));
      left = left.substr(0, more ? comma : 0);
    }
  }
  return caller;
}

}  // namespace bridge
