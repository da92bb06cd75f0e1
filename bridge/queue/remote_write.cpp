#include "bridge/queue/remote_write.h"

#include <utility>

namespace bridge {

namespace {

using connectors::Outcome;
using connectors::Verdict;

constexpr int expired_status = 6;

class Writer {
 public:
  Writer(RemoteQueueApi& api, const RequestRef& ref, const Decision& decision, std::string email, Time now)
      : api_(api), ref_(ref), decision_(decision), email_(std::move(email)), now_(now) {}

  WriteBack run(bool may_have_happened) {
    if (may_have_happened) {
      look();
      if (result_.what != WriteBack::What::open || !seen_open_) return finish();
    }
    Outcome written =
        decision_.approve ? api_.approve(ref_.id, email_) : api_.deny(ref_.id, email_, decision_.reason);
    keep_calls(written);
    result_.outcome = written;
    if (written.verdict == Verdict::retry || written.whole_desk) return finish();
    // Also after a refusal: some answer so when the request is decided already.
    look();
    if (result_.what != WriteBack::What::open) return finish();
    if (seen_open_ && !written.done()) {
      result_.outcome = written;
    } else if (seen_open_) {
      result_.outcome.verdict = Verdict::unknown;
      result_.outcome.reason = "not_verified";
      result_.outcome.detail = "the queue took the decision, but does not show it";
    } else if (written.verdict == Verdict::rejected) {
      result_.outcome.verdict = Verdict::retry;
    } else {
      result_.outcome.verdict = Verdict::unknown;
    }
    return finish();
  }

 private:
  void look() {
    seen_open_ = false;
    auto seen = api_.read(ref_.id);
    keep_calls(seen.outcome);
    result_.outcome = seen.outcome;
    if (seen.value) return judge(*seen.value);
    if (seen.outcome.verdict == Verdict::rejected && seen.outcome.reason == "not_found") confirm_gone();
  }

  // A proxy, too, can say 404: the request is gone when the queue's list works and does not have it.
  void confirm_gone() {
    auto list = api_.pending(ref_.id, 1);
    keep_calls(list.outcome);
    result_.outcome = list.outcome;
    if (!list.value) return;
    if (list.value->empty() || list.value->front().id != ref_.id)
      result_.what = WriteBack::What::withdrawn;
    else
      seen_open_ = true;
  }

  void judge(const RemoteRequest& seen) {
    result_.stands = decision_of(seen, ref_.queue, now_);
    if (result_.stands) {
      const Decision& stands = *result_.stands;
      const bool same = stands.approve == decision_.approve;
      result_.what = same ? WriteBack::What::accepted : WriteBack::What::lost;
      result_.name_not_taken = same && !email_.empty() && stands.by.empty() && stands.by_email.empty();
    } else if (seen.status_code == expired_status) {
      result_.what = WriteBack::What::expired;
    } else {
      seen_open_ = true;
    }
  }

  void keep_calls(const Outcome& outcome) {
    calls_.insert(calls_.end(), outcome.calls.begin(), outcome.calls.end());
  }

  WriteBack finish() {
    if (result_.what != WriteBack::What::open) {
      result_.outcome = {};
      result_.outcome.reason = "ok";
    }
    result_.outcome.calls = calls_;
    return std::move(result_);
  }

  RemoteQueueApi& api_;
  const RequestRef& ref_;
  const Decision& decision_;
  const std::string email_;
  const Time now_;
  bool seen_open_ = false;
  std::vector<connectors::Call> calls_;
  WriteBack result_;
};

}  // namespace

std::optional<Decision> decision_of(const RemoteRequest& request, const std::string& queue, Time now) {
  constexpr int last_approved = 2;
  constexpr int denied = 3;
  if (request.status_code < 0 || request.status_code > denied) return std::nullopt;
  Decision decision;
  decision.approve = request.status_code <= last_approved;
  decision.by = decision.approve ? request.approved_by : request.denied_by;
  decision.by_email = decision.approve ? request.approved_by_email : request.denied_by_email;
  if (!decision.approve) decision.reason = request.denied_reason;
  decision.at = now;  // the API does not say when
  decision.from = "queue " + queue;
  decision.record = "requests/" + std::to_string(request.id);
  return decision;
}

WriteBack write_back(RemoteQueueApi& api, const RequestRef& ref, const Decision& decision,
                     const std::string& fallback_email, bool may_have_happened, Time now) {
  const std::string& email = decision.by_email.empty() ? fallback_email : decision.by_email;
  return Writer(api, ref, decision, email, now).run(may_have_happened);
}

}  // namespace bridge
