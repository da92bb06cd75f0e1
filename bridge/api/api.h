#pragma once

// Everything that the bridge serves over HTTP: the Admin By Request API, the desks' webhooks, the endpoints
// for ops. Give handle() to an HttpFront; tests call it without sockets. Thread-safe. Store, queue and access
// outlive this.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bridge/access/access.h"
#include "bridge/api/http_front.h"
#include "bridge/api/inventory_api.h"
#include "bridge/api/quota.h"
#include "bridge/ops/clock.h"
#include "bridge/queue/queue_service.h"
#include "bridge/store/store.h"

namespace bridge {

class Directories;
class Hooks;
class RefusedLogins;

// What others answer. One that is not set makes its route answer 404, but for readiness: then always ready.
struct ApiParts {
  // A desk's webhook; checks the signature itself. Quick: it only notes what is to be read.
  std::function<Reply(const std::string& desk, const HeaderList& headers, const std::string& body)> webhook;
  // A remote queue's webhook, with the secret that came along; the same.
  std::function<Reply(const std::string& queue, const std::string& secret, const std::string& body)>
      queue_webhook;
  // Why the bridge is not ready, one sentence each; empty: it is.
  std::function<std::vector<std::string>()> not_ready;
  // Prometheus text.
  std::function<std::string()> metrics;
  // The largest body of a bulk intake, in bytes.
  std::size_t bulk_body = 1u << 20;
  // Counts the calls that come with a key; outlives the Api. Null: no quota.
  Quota* quota = nullptr;
  // Records who was sent away; outlives the Api. Null: nobody does.
  RefusedLogins* refused_logins = nullptr;
  // Webhooks that go out; must outlive the Api.
  Hooks* hooks = nullptr;
  // The people whom SCIM keeps; outlives the Api. Null: its routes answer 404.
  Directories* directories = nullptr;
  // Whether a queue's people come from a file instead; may be empty: none do.
  std::function<bool(const std::string& queue)> people_by_file;
  // Must outlive the Api; none: the system's.
  const Clock* clock = nullptr;
  // What whoami tells: by queue, and how clients reach this API.
  std::map<std::string, Tenant> tenants;
  std::string public_url;
  // Queues whose records are a tenant's elsewhere and cannot be changed here; whether their auditlog is
  // mirrored.
  std::map<std::string, bool> remote_queues;
};

class Api {
 public:
  Api(Store& store, QueueService& queue, Access& access, ApiParts parts);
  ~Api();

  Reply handle(const Incoming& request) const noexcept;
  // The routes as Markdown.
  std::string route_table() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bridge
