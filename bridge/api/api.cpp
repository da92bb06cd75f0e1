#include "bridge/api/api.h"

#include "bridge/api/api_docs.h"
#include "bridge/api/auditlog_api.h"
#include "bridge/api/events_api.h"
#include "bridge/api/http_answer.h"
#include "bridge/api/keys.h"
#include "bridge/api/requests_api.h"
#include "bridge/api/routes.h"
#include "bridge/api/webhooks_api.h"
#include "bridge/ops/error.h"
#include "bridge/ops/fault_point.h"
#include "mappings/engine/json.h"

namespace bridge {

namespace {
Reply ready_reply(const std::vector<std::string>& reasons) {
  if (reasons.empty()) return json_reply(200, R"({"status":"ready"})");
  std::string body = R"({"status":"not ready","reasons":[)";
  for (const std::string& reason : reasons) {
    if (body.back() != '[') body.push_back(',');
    mappings::append_quoted(body, reason);
  }
  Reply reply = json_reply(503, body + "]}");
  reply.headers.emplace_back("Retry-After", "1");
  return reply;
}
}  // namespace

struct Api::State {
  State(Store& store, QueueService& queue, ApiParts given)
      : parts(std::move(given)),
        clock(parts.clock == nullptr ? system_clock : *parts.clock),
        keys(store),
        requests(store, queue, parts.bulk_body),
        events(store, clock, parts.remote_queues),
        inventory(store, clock, parts.tenants, parts.public_url, parts.remote_queues),
        auditlog(store, queue, clock, parts.remote_queues),
        routes(
            table(), [this](const Incoming& request) { return keys.authenticate(request); }, parts.quota) {}

  std::vector<Route> table() {
    std::vector<Route> all = requests.routes();
    // An id of ours would stand in the way of the tenant's.
    for (Route& route : all)
      if (route.method == "POST" && route.pattern == "/requests")
        route.handle = [this, take_in = route.handle](const Call& call) {
          if (parts.remote_queues.contains(call.caller.queue))
            throw Error(ErrorCode::conflict, "This queue is a tenant's elsewhere: requests are made there");
          return take_in(call);
        };
    for (Route& route : events.routes()) all.push_back(std::move(route));
    for (Route& route : inventory.routes()) all.push_back(std::move(route));
    for (Route& route : auditlog.routes()) all.push_back(std::move(route));
    for (Route& route : webhook_routes(parts.hooks)) all.push_back(std::move(route));
    all.push_back({"POST", "/hooks/{desk}", Right::signature, "A desk says that something changed.",
                   [this](const Call& call) {
                     if (!parts.webhook) throw Error(ErrorCode::not_found, "There are no webhooks here");
                     return parts.webhook(call.parts.at(0), call.request.headers, call.request.body);
                   },
                   true});
    all.push_back({"POST", "/hooks/queues/{queue}", Right::signature,
                   "A remote queue's WebHook: poll now. Its secret comes as `?secret=` or X-Webhook-Secret.",
                   [this](const Call& call) {
                     if (!parts.queue_webhook)
                       throw Error(ErrorCode::not_found, "There are no webhooks here");
                     auto secret = call.request.header("X-Webhook-Secret");
                     if (!secret) secret = call.request.parameter("secret");
                     return parts.queue_webhook(call.parts.at(0), secret.value_or(""), call.request.body);
                   },
                   true});
    all.push_back({"GET", "/healthz", Right::open, "200 while the process lives.",
                   [](const Call&) { return json_reply(200, R"({"status":"ok"})"); }, true});
    all.push_back({"GET", "/readyz", Right::open, "200, or 503 with the reasons.",
                   [this](const Call&) {
                     return ready_reply(parts.not_ready ? parts.not_ready() : std::vector<std::string>());
                   },
                   true});
    all.push_back(
        {"GET", "/metrics", Right::open, "Prometheus text.",
         [this](const Call&) {
           if (!parts.metrics) throw Error(ErrorCode::not_found, "There are no metrics here");
           return Reply{200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, parts.metrics()};
         },
         true});
    for (Route& route : docs.routes()) all.push_back(std::move(route));
    return all;
  }

  ApiParts parts;
  const SystemClock system_clock{};
  const Clock& clock;
  Keys keys;
  RequestsApi requests;
  EventsApi events;
  InventoryApi inventory;
  AuditlogApi auditlog;
  ApiDocs docs;
  Routes routes;
};

Api::Api(Store& store, QueueService& queue, ApiParts parts)
    : state_(std::make_unique<State>(store, queue, std::move(parts))) {}

Api::~Api() = default;

Reply Api::handle(const Incoming& request) const noexcept {
  Reply reply = state_->routes.handle(request);
  if (request.header("apikey")) frequent_fault_point("call_answered");
  return reply;
}

std::string Api::route_table() const {
  return state_->routes.table();
}

}  // namespace bridge
