#include "bridge/api/api.h"

#include "bridge/api/http_answer.h"
#include "bridge/api/keys.h"
#include "bridge/api/requests_api.h"
#include "bridge/api/routes.h"
#include "bridge/ops/error.h"
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
        keys(store),
        requests(store, queue),
        routes(table(), [this](const Incoming& request) { return keys.authenticate(request); }) {}

  std::vector<Route> table() {
    std::vector<Route> all = requests.routes();
    all.push_back({"POST", "/hooks/{desk}", Right::signature, "A desk says that something changed.",
                   [this](const Call& call) {
                     if (!parts.webhook) throw Error(ErrorCode::not_found, "There are no webhooks here");
                     return parts.webhook(call.parts.at(0), call.request.headers, call.request.body);
                   }});
    all.push_back({"GET", "/healthz", Right::open, "200 while the process lives.",
                   [](const Call&) { return json_reply(200, R"({"status":"ok"})"); }});
    all.push_back({"GET", "/readyz", Right::open, "200, or 503 with the reasons.", [this](const Call&) {
                     return ready_reply(parts.not_ready ? parts.not_ready() : std::vector<std::string>());
                   }});
    all.push_back(
        {"GET", "/metrics", Right::open, "Prometheus text.", [this](const Call&) {
           if (!parts.metrics) throw Error(ErrorCode::not_found, "There are no metrics here");
           return Reply{200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, parts.metrics()};
         }});
    return all;
  }

  ApiParts parts;
  Keys keys;
  RequestsApi requests;
  Routes routes;
};

Api::Api(Store& store, QueueService& queue, ApiParts parts)
    : state_(std::make_unique<State>(store, queue, std::move(parts))) {}

Api::~Api() = default;

Reply Api::handle(const Incoming& request) const noexcept {
  return state_->routes.handle(request);
}

std::string Api::route_table() const {
  return state_->routes.table();
}

}  // namespace bridge
