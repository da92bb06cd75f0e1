#include "bridge/api/requests_api.h"

#include <algorithm>
#include <array>

#include "bridge/api/bulk_intake.h"
#include "bridge/api/http_answer.h"
#include "bridge/api/parameters.h"
#include "bridge/api/status_words.h"
#include "bridge/ops/error.h"
#include "mappings/engine/json.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;

namespace {
using mappings::Json;

constexpr int default_take = 50;
constexpr int largest_take = 1000;
constexpr std::size_t largest_object = 1u << 20;

RequestRef ref_of(const Call& call) {
  return {call.caller.queue, id_of(call, "request")};
}

// Who decides, as the call says, else whom the key stands for.
std::string decider_of(const Call& call, std::string_view parameter) {
  std::string named = text_of(call, parameter);
  return named.empty() ? call.caller.who.on_behalf_of : named;
}

// PUT approves whatever its body says; but some clients deny with it, and must not approve by that.
constexpr std::array<std::string_view, 5> words_of_denial = {"denied", "deny", "rejected", "reject",
                                                             "declined"};

bool says_denied(std::string_view status) {
  const std::string_view word = mappings::trimmed(status);
  return std::any_of(words_of_denial.begin(), words_of_denial.end(),
                     [&](std::string_view no) { return equal_ignoring_case(word, no); });
}

bool body_says_denied(const std::string& body) {
  if (body.find_first_not_of(" \t\r\n") == std::string::npos) return false;
  try {
    if (const Json given = Json::parse(body); given.is_object()) {
      for (const std::string& key : given.keys())
        if (equal_ignoring_case(key, "status") && says_denied(given.get(key).string_or(""))) return true;
      return false;
    }
  } catch (const mappings::JsonError&) {
  }
  // Where its status stands nobody knows: a form, a text in Latin-1, a list.
  const std::string text = mappings::lower_case(body);
  return std::any_of(words_of_denial.begin(), words_of_denial.end(),
                     [&](std::string_view no) { return text.find(no) != std::string::npos; });
}
}  // namespace

std::vector<Route> RequestsApi::routes() {
  const auto bound = [this](Reply (RequestsApi::*verb)(const Call&)) {
    return [this, verb](const Call& call) { return (this->*verb)(call); };
  };
  return {
      {"GET", "/requests", Right::read,
       "Requests of the queue: status, startid, take, last, wantscandetails.", bound(&RequestsApi::list)},
      {"POST", "/requests", Right::submit,
       "Takes a request in, or one a line as application/x-ndjson. Repeatable with Idempotency-Key.",
       bound(&RequestsApi::submit), true, std::max(bulk_body_, largest_object)},
      {"GET", "/requests/{id}", Right::read, "One request.", bound(&RequestsApi::show)},
      {"PUT", "/requests/{id}", Right::decide, "Approves: approvedby.", bound(&RequestsApi::approve)},
      {"DELETE", "/requests/{id}", Right::decide, "Denies: deniedby, reason.", bound(&RequestsApi::deny)},
      {"POST", "/requests/{id}/withdraw", Right::submit,
       "Who asked takes the request back, if it is not decided yet.", bound(&RequestsApi::withdraw), true},
      {"GET", "/requests/{id}/timeline", Right::read, "What happened to the request, oldest first.",
       bound(&RequestsApi::timeline), true},
  };
}

Reply RequestsApi::list(const Call& call) {
  PageQuery query;
  query.start_id = number_of(call, "startid");
  query.take = count_of(call, "take", default_take, largest_take);
  query.last = count_of(call, "last", 0, largest_take);
  query.scan_results = flag_of(call, "wantscandetails");
  const auto status_codes = status_codes_of(call);
  if (!status_codes) return json_reply(200, "[]");
  query.status_codes = *status_codes;
  return json_reply(200, store_.page(call.caller.queue, query));
}

Reply RequestsApi::show(const Call& call) {
  const RequestRef ref = ref_of(call);
  const bool scan_results = flag_of(call, "wantscandetails");
  std::optional<Record> record = store_.find(ref);
  if (!record) throw Error(ErrorCode::not_found, "There is no request " + std::to_string(ref.id));
  if (!scan_results) return json_reply(200, std::move(record->body));
  const PageQuery only{.status_codes = {}, .start_id = ref.id, .take = 1, .last = 0, .scan_results = true};
  const std::string list = store_.page(ref.queue, only);
  return json_reply(200, list.substr(1, list.size() - 2));
}

Reply RequestsApi::submit(const Call& call) {
  const std::string key = idempotency_key_of(call);
  const bool bulk = is_ndjson(call.request);
  if (const std::size_t most = bulk ? bulk_body_ : largest_object; call.request.body.size() > most)
    throw Error(ErrorCode::too_large, std::string(bulk ? "A bulk intake" : "A request") + " may have " +
                                          std::to_string(most) + " bytes, this one has " +
                                          std::to_string(call.request.body.size()));
  if (bulk) return take_in_bulk(queue_, call.caller.queue, call.request.body, key, call.caller.actor());
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
  queue_.decide(ref, true, decider_of(call, "approvedby"), "", call.caller.who);
  return Reply{204, {}, {}};
}

Reply RequestsApi::deny(const Call& call) {
  const RequestRef ref = ref_of(call);
  queue_.decide(ref, false, decider_of(call, "deniedby"), text_of(call, "reason"), call.caller.who);
  return Reply{204, {}, {}};
}

Reply RequestsApi::withdraw(const Call& call) {
  queue_.withdraw(ref_of(call), call.caller.who);
  return Reply{204, {}, {}};
}

Reply RequestsApi::timeline(const Call& call) {
  const RequestRef ref = ref_of(call);
  const auto rows = store_.timeline(ref);
  // Each request has at least the row of its coming in.
  if (rows.empty()) throw Error(ErrorCode::not_found, "There is no request " + std::to_string(ref.id));
  std::string body = "[";
  for (const AuditRow& row : rows) {
    if (body.size() > 1) body.push_back(',');
    body.append("{\"at\":\"").append(to_iso(row.at));
    for (const auto& [key, text] : {std::pair("\",\"what\":", &row.what), std::pair(",\"text\":", &row.text),
                                    std::pair(",\"actor\":", &row.actor)}) {
      body.append(key);
      mappings::append_quoted(body, *text);
    }
    body.append(",\"data\":").append(row.data.empty() ? "null" : row.data).append("}");
  }
  body.push_back(']');
  return json_reply(200, std::move(body));
}

}  // namespace bridge
