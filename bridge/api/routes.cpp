#include "bridge/api/routes.h"

#include <algorithm>
#include <optional>

#include "bridge/api/http_answer.h"
#include "bridge/api/http_target.h"
#include "bridge/api/refusal.h"
#include "bridge/ops/error.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;

namespace {
// The first segment of a path that has one more, taken off it.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

// Side by side, for every route of every call: most differ in their first segment.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> parts;
  while (pattern.size() > 1 && path.size() > 1) {
    const std::string_view wanted = take_segment(pattern), given = take_segment(path);
    if (wanted.front() == '{')
      parts.emplace_back(given);
    else if (!equal_ignoring_case(wanted, given))
      return std::nullopt;
  }
  if (pattern.size() > 1 || path.size() > 1) return std::nullopt;
  return parts;
}

Reply error_reply(const Error& error) {
  const int status = info(error.code()).http_status;
  Reply reply = message_reply(status, status == 500 ? "General error" : error.what());
  if (status == 401) reply.headers.emplace_back("WWW-Authenticate", "Basic realm=\"countersign\"");
  if (status == 503) reply.headers.emplace_back("Retry-After", "1");
  return reply;
}

void must_fit(const Incoming& request, std::size_t most) {
  if (request.body.size() > most)
    throw Error(ErrorCode::too_large, "The body has " + std::to_string(request.body.size()) +
                                          " bytes, this path takes at most " + std::to_string(most));
}

void log_failure(const Incoming& request, std::string_view code, std::string_view why) {
  log(Level::error, "request_failed", {{"request_id", request.id}, {"code", code}, {"error", why}});
}
}  // namespace

struct Routes::Found {
  const Route* route = nullptr;  // null: no such path, or not with this method
  std::string pattern = "none";
  std::vector<std::string> parts;
  std::string allow;  // methods that the path has, when there is no route
};

std::optional<Scope> scope_of(Right right) noexcept {
  switch (right) {
    case Right::open:
    case Right::signature:
      return std::nullopt;
    case Right::read:
      return Scope::read;
    case Right::submit:
      return Scope::submit;
    case Right::decide:
      return Scope::decide;
    case Right::manage:
      return Scope::manage;
  }
  return Scope::manage;
}

std::string_view to_string(Right right) noexcept {
  switch (right) {
    case Right::open:
      return "everyone";
    case Right::signature:
      return "signed by the sender";
    case Right::read:
      return "key with read";
    case Right::submit:
      return "key with submit";
    case Right::decide:
      return "key with decide";
    case Right::manage:
      return "key with manage";
  }
  return "";
}

Access::Visit visit_of(const Incoming& request) {
  return {request.method, request.path, request.headers, request.peer, request.id};
}

Routes::Routes(std::vector<Route> routes, Access* access, Quota* quota, RefusedLogins* refused)
    : routes_(std::move(routes)), access_(access), quota_(quota), refused_(refused) {}

Routes::Found Routes::find(const Incoming& request) const {
  Found found;
  for (const Route& route : routes_) {
    const bool asked = route.method == request.method || (route.method == "GET" && request.method == "HEAD");
    if (!asked) continue;
    auto parts = match(route.pattern, request.path);
    if (!parts) continue;
    found.route = &route;
    found.pattern = route.pattern;
    found.parts = std::move(*parts);
    return found;
  }
  for (const Route& route : routes_) {
    if (!match(route.pattern, request.path)) continue;
    found.pattern = route.pattern;
    found.allow.append(found.allow.empty() ? "" : ", ").append(route.method);
    if (route.method == "GET") found.allow += ", HEAD";
  }
  return found;
}

Reply Routes::handle(const Incoming& request) const noexcept {
  const auto begin = std::chrono::steady_clock::now();
  Caller caller;
  Reply reply;
  Found found;
  std::optional<Quota::Charge> charge;
  try {
    found = find(request);
    if (found.route) {
      const auto scope = scope_of(found.route->right);
      if (scope) {
        if (access_ == nullptr) throw Refused(ErrorCode::unauthorized, Door::none);
        caller = access_->authenticate(visit_of(request));
        if (quota_) charge = quota_->charge(caller.queue);
      }
      if (charge && !charge->allowed) {
        reply = quota_reply(*charge);
      } else {
        if (scope) access_->must_allow(caller, *scope, visit_of(request));
        must_fit(request, found.route->max_body);
        reply = found.route->handle({request, caller, std::move(found.parts)});
      }
    } else if (found.allow.empty()) {
      reply = message_reply(404, "There is nothing at this path");
    } else {
      reply = message_reply(405, "This path does not take " + request.method);
      reply.headers.emplace_back("Allow", found.allow);
    }
  } catch (const Refused& refused) {
    reply = refusal_reply(refused.door(), info(refused.code()).http_status);
    const Refused::Facts& facts = refused.facts();
    if (refused_ && reply.status == 401)
      refused_->note({std::string(to_string(refused.door())), facts.id,
                      facts.ip.empty() ? request.peer : facts.ip, user_agent(request.headers), facts.queue,
                      facts.name, facts.cause});
  } catch (const Error& error) {
    reply = error_reply(error);
    if (reply.status >= 500) log_failure(request, info(error.code()).name, error.what());
  } catch (const std::exception& error) {
    reply = message_reply(500, "General error");
    log_failure(request, "internal", error.what());
  } catch (...) {
    reply = message_reply(500, "General error");
    log_failure(request, "internal", "not an exception of the standard library");
  }
  if (refused_ && reply.status == 401 && found.route && found.route->right == Right::signature)
    refused_->note({found.route->method + ' ' + found.route->pattern, "",
                    access_ ? access_->address_of(visit_of(request)) : request.peer,
                    user_agent(request.headers), "", "", "wrong signature or secret"});
  if (charge) append_quota(reply.headers, *charge);
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  metrics().http_requests_total.at(found.pattern, std::to_string(reply.status)).add();
  metrics().http_request_seconds.at(found.pattern).observe(took);
  const bool probe = found.route && found.route->right == Right::open && reply.status < 400;
  log(probe ? Level::debug : Level::info, "request",
      {{"request_id", request.id},
       {"method", request.method},
       {"path", request.path},
       {"status", reply.status},
       {"ms", static_cast<double>(took.count()) / 1000.0},
       {"key", caller.key_id},
       {"peer", request.peer}});
  return reply;
}

std::string Routes::table() const {
  std::string text = "| method | path | who | whose | what |\n|---|---|---|---|---|\n";
  for (const Route& route : routes_)
    text += "| " + route.method + " | `" + route.pattern + "` | " + std::string(to_string(route.right)) +
            (route.extension ? " | ours" : " | original") + " | " + route.about + " |\n";
  return text;
}

}  // namespace bridge
