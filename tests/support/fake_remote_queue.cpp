#include "tests/support/fake_remote_queue.h"

namespace tests {

using bridge::RemoteRequest;
using connectors::Outcome;
using connectors::Verdict;

namespace {

constexpr int pending_status = 4;

Outcome ends(Verdict verdict, const char* reason, int status) {
  Outcome outcome;
  outcome.verdict = verdict;
  outcome.reason = reason;
  outcome.calls.push_back({"GET", "/requests", status, {}});
  return outcome;
}

}  // namespace

void FakeRemoteQueue::add(std::int64_t id, int status_code) {
  RemoteRequest request;
  request.id = id;
  request.status_code = status_code;
  request.body = "{\"id\":" + std::to_string(id) + '}';
  requests[id] = request;
  touch(id);
}

void FakeRemoteQueue::decide(std::int64_t id, bool approve, const std::string& by, const std::string& email,
                             const std::string& reason) {
  RemoteRequest& request = requests.at(id);
  request.status_code = approve ? 0 : 3;
  (approve ? request.approved_by : request.denied_by) = by;
  (approve ? request.approved_by_email : request.denied_by_email) = email;
  request.denied_reason = reason;
  touch(id);
}

connectors::Result<std::vector<RemoteRequest>> FakeRemoteQueue::pending(std::int64_t start_id, int take) {
  calls.push_back("pending " + std::to_string(start_id));
  connectors::Result<std::vector<RemoteRequest>> result;
  if (list_fault) {
    result.outcome = *list_fault;
    return result;
  }
  if (fail_list_after && (*fail_list_after)-- <= 0) {
    fail_list_after = 0;
    result.outcome = ends(Verdict::retry, "server", 500);
    result.outcome.after = ask_to_wait;
    return result;
  }
  result.outcome = ends(Verdict::done, "ok", 200);
  result.value.emplace();
  for (auto row = requests.lower_bound(start_id); row != requests.end(); ++row) {
    if (static_cast<int>(result.value->size()) == std::min(take, most_rows)) break;
    if (row->second.status_code == pending_status) result.value->push_back(row->second);
  }
  return result;
}

connectors::Result<RemoteRequest> FakeRemoteQueue::read(std::int64_t id) {
  calls.push_back("read " + std::to_string(id));
  connectors::Result<RemoteRequest> result;
  const auto found = requests.find(id);
  if (unreadable.contains(id)) {
    result.outcome = ends(Verdict::retry, "server", 500);
  } else if (found == requests.end()) {
    result.outcome = ends(Verdict::rejected, "not_found", 404);
  } else {
    result.outcome = ends(Verdict::done, "ok", 200);
    result.value = found->second;
  }
  return result;
}

connectors::Result<bridge::RemoteChanges> FakeRemoteQueue::changes(std::optional<std::int64_t> since) {
  calls.push_back(since ? "changes " + std::to_string(*since) : "changes");
  connectors::Result<bridge::RemoteChanges> result;
  result.outcome = !has_changes   ? ends(Verdict::rejected, "not_found", 404)
                   : changes_fail ? ends(Verdict::retry, "server", 500)
                                  : ends(Verdict::done, "ok", 200);
  if (!result.outcome.done()) return result;
  result.value.emplace();
  result.value->as_of = mark;
  for (const auto& [id, at] : changed)
    if (since && at > *since && requests.contains(id)) result.value->entries.push_back(requests.at(id));
  return result;
}

connectors::Result<mappings::Json> FakeRemoteQueue::get(const std::string& path, const std::string& query) {
  calls.push_back("get " + path + (query.empty() ? "" : '?' + query));
  if (lists) return lists(path, query);
  connectors::Result<mappings::Json> result;
  result.outcome = ends(Verdict::rejected, "not_found", 404);
  return result;
}

connectors::Result<std::string> FakeRemoteQueue::tenant_name() {
  calls.emplace_back("whoami");
  connectors::Result<std::string> result;
  result.outcome = tenant_fault ? *tenant_fault
                   : tenant     ? ends(Verdict::done, "ok", 200)
                                : ends(Verdict::rejected, "not_found", 404);
  if (result.outcome.done()) result.value = tenant;
  return result;
}

Outcome FakeRemoteQueue::approve(std::int64_t id, const std::string& email) {
  calls.push_back("approve " + std::to_string(id));
  return write(id, true, email, "");
}

Outcome FakeRemoteQueue::deny(std::int64_t id, const std::string& email, const std::string& reason) {
  calls.push_back("deny " + std::to_string(id));
  return write(id, false, email, reason);
}

Outcome FakeRemoteQueue::write(std::int64_t id, bool approve, const std::string& email,
                               const std::string& reason) {
  if (write_fault == WriteFault::refused_connection) {
    Outcome refused = ends(Verdict::retry, "refused_connection", 0);
    refused.whole_desk = true;
    return refused;
  }
  const auto found = requests.find(id);
  if (found == requests.end()) return ends(Verdict::rejected, "not_found", 404);
  const bool taken = write_fault == WriteFault::none || write_fault == WriteFault::answer_lost;
  if (taken && found->second.status_code == pending_status)
    decide(id, approve, "", knows_nobody ? "" : email, reason);
  if (write_fault == WriteFault::answer_lost || write_fault == WriteFault::request_lost)
    return ends(Verdict::unknown, "timeout", 0);
  return ends(Verdict::done, "ok", 204);
}

}  // namespace tests
