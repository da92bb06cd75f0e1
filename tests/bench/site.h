#pragma once

// One side that answers HTTP with JSON: a desk, a queue. A call that is not answered as it should be throws.
// Thread-safe, as its HttpClient is.

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "connectors/engine/http_exchange.h"

namespace bench {

class Site {
 public:
  Site(connectors::HttpClient& http, std::string base,
       std::vector<std::pair<std::string, std::string>> headers)
      : http_(http), base_(std::move(base)), headers_(std::move(headers)) {
    headers_.emplace_back("Accept", "application/json");
  }

  // The body of a 2xx answer.
  std::string call(const std::string& method, const std::string& path, const std::string& body = {}) const {
    connectors::HttpRequest request;
    request.method = method;
    request.url = base_ + path;
    request.headers = headers_;
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    request.body = body;
    auto result = http_.exchange(request);
    if (result.delivery != connectors::Delivery::answered)
      throw std::runtime_error(method + ' ' + path + ": " + result.reason + ' ' + result.detail);
    if (result.answer.status < 200 || result.answer.status > 299)
      throw std::runtime_error(method + ' ' + path + ": " + std::to_string(result.answer.status) + ' ' +
                               result.answer.body);
    return std::move(result.answer.body);
  }

 private:
  connectors::HttpClient& http_;
  const std::string base_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

// The practice desk's accounts, with the password that the scene gives them.
inline constexpr const char* as_bridge = "Basic YnJpZGdlOnByYWN0aWNl";
inline constexpr const char* as_approver = "Basic YXBwcm92ZXI6cHJhY3RpY2U=";

}  // namespace bench
