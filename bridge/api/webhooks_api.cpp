#include "bridge/api/webhooks_api.h"

#include "bridge/access/role.h"
#include "bridge/api/http_answer.h"
#include "bridge/hooks/hooks.h"
#include "bridge/ops/error.h"

namespace bridge {

using mappings::Json;

namespace {
Json body_of(const Call& call) {
  try {
    return Json::parse(call.request.body);
  } catch (const mappings::JsonError& problem) {
    throw Error(ErrorCode::invalid_request, std::string("The body is not JSON: ") + problem.what());
  }
}

const std::string& queue_of(const Call& call) {
  return call.caller.queue;
}

Route route(const char* method, const char* pattern, const char* about, Hooks* hooks,
            std::function<Reply(Hooks&, const Call&)> handle) {
  return {method, pattern,
          // Who could subscribe before there were scopes can go on.
          std::string_view(method) == "GET" ? Right::read : Right::submit, about,
          [hooks, handle = std::move(handle)](const Call& call) {
            // Who is told of requests has to be allowed to read them.
            const Caller& caller = call.caller;
            if (!caller.scopes.has(Scope::read) ||
                (caller.role && !caller.role->allows(Scope::read, call.request.method, call.request.path)))
              throw Refused(ErrorCode::forbidden, caller.door);
            if (hooks == nullptr) throw Error(ErrorCode::not_found, "There are no webhooks here");
            return handle(*hooks, call);
          },
          true};
}
}  // namespace

std::vector<Route> webhook_routes(Hooks* hooks) {
  return {
      route("GET", "/webhooks", "Subscriptions of the queue and how they do.", hooks,
            [](Hooks& all, const Call& call) { return json_reply(200, all.list(queue_of(call)).dump()); }),
      route("POST", "/webhooks",
            "Subscribes: url, events, settingsNames, secrets. A secret made here is shown once.", hooks,
            [](Hooks& all, const Call& call) {
              const Json made = all.create(queue_of(call), body_of(call), call.caller.who);
              Reply reply = json_reply(201, made.dump());
              reply.headers.emplace_back("Cache-Control", "no-store");
              reply.headers.emplace_back("Location", "/webhooks/" + made.get("id").string_or(""));
              return reply;
            }),
      route("GET", "/webhooks/{id}", "One subscription.", hooks,
            [](Hooks& all, const Call& call) {
              return json_reply(200, all.show(queue_of(call), call.parts.at(0)).dump());
            }),
      route("PUT", "/webhooks/{id}",
            "Changes what is given; rotateSecret makes a new secret beside the old one.", hooks,
            [](Hooks& all, const Call& call) {
              Reply reply = json_reply(
                  200, all.change(queue_of(call), call.parts.at(0), body_of(call), call.caller.who).dump());
              reply.headers.emplace_back("Cache-Control", "no-store");
              return reply;
            }),
      route("DELETE", "/webhooks/{id}", "Ends a subscription, with what is pending.", hooks,
            [](Hooks& all, const Call& call) {
              all.remove(queue_of(call), call.parts.at(0), call.caller.who);
              return Reply{204, {}, {}};
            }),
      route("POST", "/webhooks/{id}/test", "Sends one delivery now and says what came of it.", hooks,
            [](Hooks& all, const Call& call) {
              return json_reply(200, all.test(queue_of(call), call.parts.at(0)).dump());
            }),
      route("POST", "/webhooks/{id}/resume", "Lets a paused subscription go on.", hooks,
            [](Hooks& all, const Call& call) {
              return json_reply(200, all.resume(queue_of(call), call.parts.at(0), call.caller.who).dump());
            }),
      route("GET", "/webhooks/{id}/deliveries", "What is pending, and the last attempts.", hooks,
            [](Hooks& all, const Call& call) {
              return json_reply(200, all.deliveries(queue_of(call), call.parts.at(0)).dump());
            }),
  };
}

}  // namespace bridge
