#include "bridge/api/routes.h"

#include <algorithm>
#include <optional>

#include "bridge/api/http_answer.h"
#include "bridge/api/http_target.h"
#include "bridge/ops/error.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;

namespace {
std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> parts;
  while (path.size() > 1) {
    path.remove_prefix(1);
    parts.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(parts.back().size());
  }
  return parts;
}

std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  const auto wanted = segments(pattern);
  const auto given = segments(path);
  if (wanted.size() != given.size()) return std::nullopt;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].front() == '{')
      parts.emplace_back(given[i]);
    else if (!equal_ignoring_case(wanted[i], given[i]))
      return std::nullopt;
  }
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
  std::string allow;  // methods that the path has
};

std::string_view to_string(Right right) noexcept {
  switch (right) {
    case Right::open:
      return "everyone";
    case Right::queue_key:
      return "key of a queue";
    case Right::signature:
      return "signed by the sender";
  }
  return "";
}

Routes::Routes(std::vector<Route> routes, Authenticate authenticate, Quota* quota)
    : routes_(std::move(routes)), authenticate_(std::move(authenticate)), quota_(quota) {}

Routes::Found Routes::find(const Incoming& request) const {
  Found found;
  for (const Route& route : routes_) {
    auto parts = match(route.pattern, request.path);
    if (!parts) continue;
    if (!found.route) found.pattern = route.pattern;
    found.allow.append(found.allow.empty() ? "" : ", ").append(route.method);
    if (route.method == "GET") found.allow += ", HEAD";
    const bool asked = route.method == request.method || (route.method == "GET" && request.method == "HEAD");
    if (!asked || found.route) continue;
    found.route = &route;
    found.parts = std::move(*parts);
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
      if (found.route->right == Right::queue_key) {
        caller = authenticate_(request);
        if (quota_) charge = quota_->charge(caller.queue);
      }
      if (charge && !charge->allowed) {
        reply = quota_reply(*charge);
      } else {
        must_fit(request, found.route->max_body);
        reply = found.route->handle({request, caller, std::move(found.parts)});
      }
    } else if (found.allow.empty()) {
      reply = message_reply(404, "There is nothing at this path");
    } else {
      reply = message_reply(405, "This path does not take " + request.method);
      reply.headers.emplace_back("Allow", found.allow);
    }
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
