#pragma once

// A desk played from recorded exchanges: holds each request against the next one recorded and hands out its
// answer. Keeps what went wrong. Not thread-safe.

#include <string>
#include <vector>

#include "connectors/engine/http_exchange.h"
#include "mappings/engine/json.h"

namespace connectors {

class RecordedDesk {
 public:
  explicit RecordedDesk(mappings::Json exchanges) : exchanges_(std::move(exchanges)) {}

  HttpResult exchange(const HttpRequest& request);
  // Also when fewer requests came than were recorded. Empty: all as recorded.
  std::string problem() const;

 private:
  mappings::Json exchanges_;
  std::size_t next_ = 0;
  std::string problem_;
};

// Why `actual` is not what is wanted, or empty. Objects may hold more than is wanted; {contains: "text"} and
// {absent: true} stand for what they say.
std::string difference(const mappings::Json& wanted, const mappings::Json& actual, const std::string& path);

}  // namespace connectors
