#pragma once

// Everything that the bridge serves over HTTP: the Requests API, the desks' webhooks, the endpoints for ops.
// Give handle() to an HttpFront; tests call it without sockets. Thread-safe. Store and queue outlive this.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bridge/api/http_front.h"
#include "bridge/queue/queue_service.h"
#include "bridge/store/store.h"

namespace bridge {

// What others answer. One that is not set makes its route answer 404, but for readiness: then always ready.
struct ApiParts {
  // A desk's webhook; checks the signature itself. Quick: it only notes what is to be read.
  std::function<Reply(const std::string& desk, const HeaderList& headers, const std::string& body)> webhook;
  // Why the bridge is not ready, one sentence each; empty: it is.
  std::function<std::vector<std::string>()> not_ready;
  // Prometheus text.
  std::function<std::string()> metrics;
};

class Api {
 public:
  Api(Store& store, QueueService& queue, ApiParts parts);
  ~Api();

  Reply handle(const Incoming& request) const noexcept;
  // The routes as Markdown.
  std::string route_table() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bridge
