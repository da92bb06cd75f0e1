#include "bridge/api/api.h"

#include "bridge/api/api_docs.h"
#include "bridge/api/auditlog_api.h"
#include "bridge/api/clients_api.h"
#include "bridge/api/companies_api.h"
#include "bridge/api/credential_editor.h"
#include "bridge/api/events_api.h"
#include "bridge/api/http_answer.h"
#include "bridge/api/key_groups_api.h"
#include "bridge/api/requests_api.h"
#include "bridge/api/roles_api.h"
#include "bridge/api/routes.h"
#include "bridge/api/scim_api.h"
#include "bridge/api/token_api.h"
#include "bridge/api/trail_api.h"
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
  State(Store& all, QueueService& queue, Access& given_access, ApiParts given)
      : store(all),
        parts(std::move(given)),
        clock(parts.clock == nullptr ? system_clock : *parts.clock),
        access(given_access),
        requests(store, queue, parts.bulk_body),
        events(store, clock, parts.remote_queues),
        inventory(store, clock, parts.tenants, parts.public_url, parts.remote_queues),
        auditlog(store, queue, clock, parts.remote_queues),
        scim(store, parts.directories, clock, parts.public_url, parts.people_by_file),
        editor(store, access, clock),
        companies(parts.tenants),
        clients(editor, companies),
        key_groups(editor, companies),
        roles(editor, companies, [this]() -> const std::vector<Route>& { return routes.all(); }),
        routes(table(), &access, parts.quota, parts.refused_logins) {}

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
    for (Route& route : trail_routes(store, clock)) all.push_back(std::move(route));
    for (Route& route : webhook_routes(parts.hooks)) all.push_back(std::move(route));
    for (Route& route : scim.routes()) all.push_back(std::move(route));
    all.push_back(token_route(access));
    // Before what has a {name} in the same place: the first route that fits is taken.
    for (Route& route : clients.routes()) all.push_back(std::move(route));
    for (Route& route : companies.routes()) all.push_back(std::move(route));
    for (Route& route : key_groups.routes()) all.push_back(std::move(route));
    for (Route& route : roles.routes()) all.push_back(std::move(route));
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

  Store& store;
  ApiParts parts;
  const SystemClock system_clock{};
  const Clock& clock;
  Access& access;
  RequestsApi requests;
  EventsApi events;
  InventoryApi inventory;
  AuditlogApi auditlog;
  ScimApi scim;
  ApiDocs docs;
  CredentialEditor editor;
  const CompaniesApi companies;
  ClientsApi clients;
  KeyGroupsApi key_groups;
  RolesApi roles;
  Routes routes;
};

Api::Api(Store& store, QueueService& queue, Access& access, ApiParts parts)
    : state_(std::make_unique<State>(store, queue, access, std::move(parts))) {}

Api::~Api() = default;

Reply Api::handle(const Incoming& request) const noexcept {
  Reply reply = state_->routes.handle(request);
  if (is_scim_path(request.path)) reply = scim_failure(std::move(reply));
  if (request.header("apikey")) frequent_fault_point("call_answered");
  return reply;
}

std::string Api::route_table() const {
  return state_->routes.table();
}

}  // namespace bridge
