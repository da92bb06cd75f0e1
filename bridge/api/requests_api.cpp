#include "bridge/api/requests_api.h"

#include <algorithm>
#include <charconv>

#include "bridge/api/http_answer.h"
#include "bridge/api/http_target.h"
#include "bridge/ops/error.h"
#include "mappings/engine/json.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;

namespace {
using mappings::Json;

constexpr std::int64_t default_take = 50;
constexpr std::int64_t largest_take = 1000;

// What a client may ask for, and the codes that it means. `approved` covers what an approval becomes.
struct StatusFilter {
  std::string_view word;
  std::vector<int> codes;
};
const std::vector<StatusFilter>& status_filters() {
  static const std::vector<StatusFilter> filters = {
      {"pending", {4}}, {"pending approval", {4}}, {"approved", {0, 1, 2}},
      {"open", {0}},    {"running", {1}},          {"finished", {2}},
      {"denied", {3}},  {"quarantined", {5}},      {"expired", {6}},
  };
  return filters;
}

// An empty value is as good as none: clients leave their optional parameters empty.
std::string text_of(const Call& call, std::string_view name) {
  return call.request.parameter(name).value_or("");
}

std::int64_t number_of(const Call& call, std::string_view name) {
  const std::string text = text_of(call, name);
  if (text.empty()) return 0;
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || stopped != end || value < 0)
    throw Error(ErrorCode::invalid_request, std::string(name) + " must be a whole number from 0");
  return value;
}

bool flag_of(const Call& call, std::string_view name) {
  const std::string text = text_of(call, name);
  if (text.empty() || text == "0" || equal_ignoring_case(text, "false")) return false;
  if (text == "1" || equal_ignoring_case(text, "true")) return true;
  throw Error(ErrorCode::invalid_request, std::string(name) + " must be 1 or 0");
}

RequestRef ref_of(const Call& call) {
  const std::string& text = call.parts.at(0);
  RequestRef ref{call.caller.queue, 0};
  const char* end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, ref.id);
  if (problem != std::errc() || stopped != end || ref.id <= 0)
    throw Error(ErrorCode::not_found, "There is no request with this id");
  return ref;
}

// PUT approves whatever its body says; but some clients deny with it, and must not approve by that.
bool says_denied(std::string_view word) {
  for (std::string_view no : {"denied", "deny", "rejected", "reject", "declined"})
    if (equal_ignoring_case(word, no)) return true;
  return false;
}

bool body_says_denied(const std::string& body) {
  if (body.find_first_not_of(" \t\r\n") == std::string::npos) return false;
  try {
    const Json given = Json::parse(body);
    for (const std::string& key : given.keys())
      if (equal_ignoring_case(key, "status") && says_denied(given.get(key).string_or(""))) return true;
  } catch (const mappings::JsonError&) {
  }
  return false;
}

std::string idempotency_key(const Call& call) {
  std::string key;
  bool given = false;
  for (const auto& [name, value] : call.request.headers) {
    if (!equal_ignoring_case(name, "Idempotency-Key")) continue;
    const bool printable =
        std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (value.empty() || value.size() > 255 || !printable || given)
      throw Error(ErrorCode::invalid_request,
                  "Idempotency-Key must be one value of 1 to 255 printable characters");
    key = value;
    given = true;
  }
  return key;
}
}  // namespace

std::vector<Route> RequestsApi::routes() {
  const auto bound = [this](Reply (RequestsApi::*verb)(const Call&)) {
    return [this, verb](const Call& call) { return (this->*verb)(call); };
  };
  return {
      {"GET", "/requests", Right::queue_key,
       "Requests of the queue: status, startid, take, last, wantscandetails.", bound(&RequestsApi::list)},
      {"POST", "/requests", Right::queue_key, "Takes a request in. Repeatable with Idempotency-Key.",
       bound(&RequestsApi::submit)},
      {"GET", "/requests/{id}", Right::queue_key, "One request.", bound(&RequestsApi::show)},
      {"PUT", "/requests/{id}", Right::queue_key, "Approves: approvedby.", bound(&RequestsApi::approve)},
      {"DELETE", "/requests/{id}", Right::queue_key, "Denies: deniedby, reason.", bound(&RequestsApi::deny)},
  };
}

Reply RequestsApi::list(const Call& call) {
  PageQuery query;
  query.start_id = number_of(call, "startid");
  const std::int64_t take = number_of(call, "take");
  query.take = static_cast<int>(std::min(take > 0 ? take : default_take, largest_take));
  query.last = static_cast<int>(std::min(number_of(call, "last"), largest_take));
  query.scan_results = flag_of(call, "wantscandetails");
  const std::string status = text_of(call, "status");
  if (!status.empty()) {
    const auto& filters = status_filters();
    const auto found = std::find_if(filters.begin(), filters.end(), [&status](const StatusFilter& filter) {
      return equal_ignoring_case(filter.word, status);
    });
    // A word that no request has: nothing matches it.
    if (found == filters.end()) return json_reply(200, "[]");
    query.status_codes = found->codes;
  }
  std::string body = "[";
  for (const std::string& object : store_.page(call.caller.queue, query)) {
    if (body.size() > 1) body.push_back(',');
    body += object;
  }
  body.push_back(']');
  return json_reply(200, std::move(body));
}

Reply RequestsApi::show(const Call& call) {
  const RequestRef ref = ref_of(call);
  const bool scan_results = flag_of(call, "wantscandetails");
  std::optional<Record> record = store_.find(ref);
  if (!record) throw Error(ErrorCode::not_found, "There is no request " + std::to_string(ref.id));
  if (!scan_results) return json_reply(200, std::move(record->body));
  const PageQuery only{.status_codes = {}, .start_id = ref.id, .take = 1, .last = 0, .scan_results = true};
  return json_reply(200, store_.page(ref.queue, only).at(0));
}

Reply RequestsApi::submit(const Call& call) {
  const std::string key = idempotency_key(call);
  Json given;
  try {
    given = Json::parse(call.request.body);
  } catch (const mappings::JsonError& problem) {
    throw Error(ErrorCode::invalid_request, std::string("The body is not JSON: ") + problem.what());
  }
  if (!given.is_object()) throw Error(ErrorCode::invalid_request, "The body must be a JSON object");
  Submitted submitted = queue_.submit(call.caller.queue, given, key, call.caller.actor());
  if (submitted.what == Submitted::What::mismatch)
    throw Error(ErrorCode::idempotency_mismatch, "The Idempotency-Key was used for another request");
  Reply reply = json_reply(201, std::move(submitted.record.body));
  reply.headers.emplace_back("Location", "/requests/" + std::to_string(submitted.record.ref.id));
  if (submitted.what == Submitted::What::repeated) reply.headers.emplace_back("Idempotency-Replayed", "true");
  return reply;
}

Reply RequestsApi::approve(const Call& call) {
  const RequestRef ref = ref_of(call);
  if (body_says_denied(call.request.body) || says_denied(text_of(call, "status")))
    throw Error(ErrorCode::invalid_request, "PUT approves a request. To deny it, send DELETE");
  queue_.decide(ref, true, text_of(call, "approvedby"), "", call.caller.actor());
  return Reply{204, {}, {}};
}

Reply RequestsApi::deny(const Call& call) {
  const RequestRef ref = ref_of(call);
  queue_.decide(ref, false, text_of(call, "deniedby"), text_of(call, "reason"), call.caller.actor());
  return Reply{204, {}, {}};
}

}  // namespace bridge
