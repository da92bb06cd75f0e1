// Any bytes, in any pieces: the parser ends with a request or a status, the same for every cut, and what it
// takes for a request keeps the promises that routes rely on. Built with clang++ -fsanitize=fuzzer.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "bridge/api/http_parser.h"
#include "mappings/engine/json.h"

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}

void require_well_formed(const bridge::Incoming& request) {
  require(!request.method.empty() && request.path.front() == '/' && mappings::is_valid_utf8(request.path));
  require((request.path + '/').find("/../") == std::string::npos);
  require((request.path + '/').find("/./") == std::string::npos);
  require(request.path.find("//") == std::string::npos && request.path.find('\0') == std::string::npos);
  require(request.headers.size() <= 100 && request.body.size() <= (1u << 20));
  for (const auto& [name, value] : request.headers)
    require(value.find_first_of(std::string("\r\n\0", 3)) == std::string::npos && !name.empty());
  for (const auto& [name, value] : request.query)
    require(mappings::is_valid_utf8(name) && mappings::is_valid_utf8(value));
}

// What came out, as one text.
std::string run(std::string_view bytes, std::size_t piece) {
  bridge::HttpParser parser;
  std::string trace;
  while (!bytes.empty()) {
    const std::size_t used = parser.feed(bytes.substr(0, piece));
    bytes.remove_prefix(used);
    if (parser.stage() == bridge::HttpParser::Stage::failed)
      return trace + std::to_string(parser.fault().status);
    if (parser.stage() != bridge::HttpParser::Stage::complete) continue;
    trace += parser.keep_alive() ? "+" : "-";
    const bridge::Incoming request = parser.take();
    require_well_formed(request);
    trace += request.method + ' ' + request.path + ' ' + request.body + '\n';
  }
  parser.end_of_input();
  return trace + std::to_string(parser.fault().status);
}
}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = run(bytes, std::string_view::npos);
  require(whole == run(bytes, 1));
  require(whole == run(bytes, 7));
  return 0;
}
