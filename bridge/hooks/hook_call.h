#pragma once

// One delivery on its way: the HTTP requests that make it, and what their answers mean. Slack's own API is
// spoken here too: post a message, later update it. Stateless; thread-safe where `exchange` is.

#include <chrono>
#include <functional>
#include <string>

#include "bridge/hooks/delivery.h"
#include "connectors/engine/http_exchange.h"
#include "connectors/engine/outcome.h"

namespace bridge {

using Exchange = std::function<connectors::HttpResult(const connectors::HttpRequest&)>;

struct HookCall {
  std::string event;
  std::string id;
  int attempt = 1;
  Time now{};
  std::string body;
};

// POSTs the body, signed. Done: 2xx. `gone`: the receiver says 410 and wants no more.
struct HookAnswer {
  connectors::Outcome outcome;
  bool gone = false;
};
HookAnswer post_to_url(const HookConfig& hook, const HookCall& call, const Exchange& exchange);

// chat.postMessage, or chat.update of `message` ("channel ts") when there is one; `message` is then that of
// the message as it stands. The body is what a mapping made.
HookAnswer post_to_slack(const HookConfig& hook, const HookCall& call, std::string& message,
                         const Exchange& exchange);

// "200 in 84 ms", "refused_connection: ...".
std::string answer_text(const connectors::Outcome& outcome);

// How long to wait before a call is tried again; `attempts` counts the one that just failed.
std::chrono::milliseconds wait_before_next(int attempts, const HookAnswer& answer);

// "https://host": what logs and answers show of a URL, which may be a secret.
std::string shown_url(const std::string& url);

}  // namespace bridge
