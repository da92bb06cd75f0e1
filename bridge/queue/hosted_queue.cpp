#include "bridge/queue/hosted_queue.h"

#include <algorithm>

#include "bridge/ops/error.h"
#include "bridge/ops/fault_point.h"
#include "bridge/ops/sha256.h"
#include "bridge/queue/use_report.h"
#include "mappings/engine/request_shape.h"
#include "workflows/engine/people.h"

namespace bridge {

using mappings::Json;

namespace {

// What a client cannot know or may not say about itself.
constexpr std::string_view ours[] = {"id",           "traceNo",         "status",   "statusCode",
                                     "approvedBy",   "approvedByEmail", "deniedBy", "deniedByEmail",
                                     "deniedReason", "auditlogLink"};

std::string joined(const std::vector<std::string>& problems) {
  std::string text;
  for (const auto& problem : problems) text += (text.empty() ? "" : "; ") + problem;
  return text;
}

bool same_mail(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    // A "+" in a query may have become a space on the way.
    return lower(x) == lower(y) || (x == '+' && y == ' ') || (x == ' ' && y == '+');
  });
}

// The recorded mail, or nothing: an unknown one is left out and the decision is taken all the same, as the
// original does.
std::string known_approver(const QueueConfig& queue, const std::string& email) {
  if (queue.approvers.empty()) return email;
  for (const auto& approver : queue.approvers)
    if (same_mail(approver, email)) return approver;
  return {};
}

// The mail or login as the directory knows it. Throws when nobody there may decide by it.
std::string approver_in(const QueueConfig& queue, const workflows::Directory* people, const std::string& by,
                        bool approve, Time now) {
  const std::string parameter = approve ? "approvedby" : "deniedby";
  if (by.empty())
    throw Error(ErrorCode::invalid_request, parameter + " is missing: this queue must know who decides");
  std::string other = by;  // a "+" in a query may have become a space on the way
  std::replace(other.begin(), other.end(), ' ', '+');
  for (const std::string& shown : {by, other}) {
    const auto* person = people == nullptr ? nullptr : people->find(workflows::Decider(shown, ""));
    if (person == nullptr) continue;
    if (person->active && person->away_at(now) == nullptr &&
        (queue.approver_group.empty() || person->is_in(queue.approver_group)))
      return shown;
    break;
  }
  throw Error(ErrorCode::forbidden, by + " is not somebody who may decide requests of this queue now");
}

// The object with its numbers; mappings::complete_request() puts their places first.
std::string with_id(const std::string& text, std::int64_t id) {
  constexpr std::string_view head = R"({"scanResults":[],"id":)", between = R"(null,"traceNo":)",
                             empty = "null";
  const std::string number = std::to_string(id);
  return std::string(head) + number + R"(,"traceNo":")" + number + '"' +
         text.substr(head.size() + between.size() + empty.size());
}

void refuse_mismatch(const Submitted& result) {
  if (result.what == Submitted::What::mismatch)
    throw Error(ErrorCode::idempotency_mismatch, "this Idempotency-Key was used for another request");
}

}  // namespace

NewRequest HostedQueue::prepare(const std::string& queue, const Json& given,
                                const std::string& idempotency_key, const std::string& actor) const {
  must_be_ours(queue);
  if (!given.is_object()) throw Error(ErrorCode::invalid_request, "the body must be one request object");
  Json wanted = given;
  for (auto key : ours) wanted.erase(key);
  std::vector<std::string> problems;
  Json request = mappings::complete_request(wanted, problems);
  if (!problems.empty()) throw Error(ErrorCode::invalid_request, joined(problems));
  const Time now = ledger_.clock().now();
  if (request.get("requestTime").is_null()) request.set("requestTime", to_api_time(now));

  NewRequest row = ledger_.begin(queue, request, actor);
  row.listed.requested = from_iso(given.get("requestTimeUTC").string_or(""));
  row.scan_results = request.get("scanResults").dump();
  request.set("scanResults", Json::array());
  row.idempotency_key = idempotency_key;
  if (!idempotency_key.empty()) row.idempotency_hash = sha256_hex(given.dump());
  request.set("id", nullptr);
  request.set("traceNo", nullptr);
  // Quick: the store calls this on its own thread, while everybody waits for the commit.
  row.body = [text = request.dump()](std::int64_t id) { return with_id(text, id); };
  return row;
}

Submitted HostedQueue::submit(const std::string& queue, const Json& given, const std::string& idempotency_key,
                              const std::string& actor) {
  Submitted result = ledger_.submit(prepare(queue, given, idempotency_key, actor));
  fault_point("request_stored");
  refuse_mismatch(result);
  return result;
}

std::vector<QueueService::Answered> HostedQueue::submit_all(const std::string& queue,
                                                            const std::vector<Wanted>& wanted,
                                                            const std::string& actor) {
  std::vector<Answered> answers(wanted.size());
  std::vector<NewRequest> rows;
  std::vector<std::size_t> places;  // of the answer to each row
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    try {
      rows.push_back(prepare(queue, wanted[i].given, wanted[i].idempotency_key, actor));
      places.push_back(i);
    } catch (const Error& problem) {
      answers[i].refused = problem;
    }
  }
  try {
    auto results = ledger_.submit_all(rows);
    fault_point("request_stored");
    for (std::size_t i = 0; i < results.size(); ++i) {
      Answered& answer = answers[places[i]];
      try {
        refuse_mismatch(results[i]);
        answer.submitted = std::move(results[i]);
      } catch (const Error& problem) {
        answer.refused = problem;
      }
    }
  } catch (const Error& problem) {
    for (const std::size_t place : places) answers[place] = {std::nullopt, problem};
  }
  return answers;
}

bool HostedQueue::decide(const RequestRef& ref, bool approve, const std::string& email,
                         const std::string& reason, const Actor& actor) {
  const QueueConfig* queue = config_.queue(ref.queue);
  auto record = ledger_.store().find(ref);
  if (!record || queue == nullptr)
    throw Error(ErrorCode::not_found, "no request " + std::to_string(ref.id) + " in this queue");
  const std::string by = queue->approvers_of_directory ? approver_in(*queue, ledger_.people(ref.queue).get(),
                                                                     email, approve, ledger_.clock().now())
                                                       : email;
  Facts facts;
  facts.actor = actor;
  Decision decision;
  decision.approve = approve;
  decision.by_email = known_approver(*queue, by);
  decision.reason = reason;
  decision.at = ledger_.clock().now();
  decision.from = "queue " + ref.queue;
  facts.decision = decision;
  const bool decided = ledger_.feed(*record, workflows::Event::queue_decided, facts);
  fault_point("queue_decided");
  return decided;
}

bool HostedQueue::withdraw(const RequestRef& ref, const Actor& actor) {
  must_be_ours(ref.queue);
  const auto record = ledger_.store().find(ref);
  if (!record) throw Error(ErrorCode::not_found, "no request " + std::to_string(ref.id) + " in this queue");
  Facts facts;
  facts.actor = actor;
  return ledger_.feed(*record, workflows::Event::withdrawn, facts);
}

void HostedQueue::report_use(const RequestRef& ref, const Json& given, const std::string& actor) {
  must_be_ours(ref.queue);
  switch (ledger_.report_use(use_report_of(ref, given, ledger_.clock().now(), actor))) {
    case Reported::unknown:
      throw Error(ErrorCode::not_found, "no request " + std::to_string(ref.id) + " in this queue");
    case Reported::not_approved:
      throw Error(ErrorCode::conflict,
                  "request " + std::to_string(ref.id) + " is not approved: there is no use to report");
    case Reported::changed:
    case Reported::unchanged:
      return;
  }
}

void HostedQueue::must_be_ours(const std::string& queue) const {
  const QueueConfig* found = config_.queue(queue);
  if (found == nullptr) throw Error(ErrorCode::not_found, "there is no queue " + queue);
  if (found->remote) throw Error(ErrorCode::conflict, "queue " + queue + " is elsewhere: do this there");
}

}  // namespace bridge
