#include "bridge/drain/desk_watch.h"

#include <atomic>

#include "bridge/ops/fault_point.h"
#include "bridge/ops/log.h"
#include "mappings/engine/json_splice.h"

namespace bridge {

using mappings::Json;
using workflows::Event;
using workflows::State;

namespace {

constexpr std::size_t most_seen = 20'000;
constexpr int most_pages = 200;
constexpr int reconcile_page = 200;

// The desk may have decided although we do not know yet that there is a ticket.
bool may_decide_in(State state) {
  return workflows::is_awaiting(state) || state == State::opening || state == State::parked_opening;
}

Decision to_decision(const connectors::DeskDecision& seen, const std::string& desk, Time now) {
  Decision decision;
  decision.approve = seen.approve;
  decision.by = seen.by;
  decision.by_email = seen.by_email;
  decision.reason = seen.reason;
  decision.at = from_iso(seen.at).value_or(now);
  decision.from = "desk " + desk;
  decision.record = seen.record;
  return decision;
}

// As much of a request as a workflow looks at.
Json who_asked(const std::string& body) {
  return mappings::with_only(body, {"user"});
}

std::string who(const Decision& decision) {
  const std::string& name = decision.by.empty() ? decision.by_email : decision.by;
  return name.empty() ? "somebody" : name;
}

}  // namespace

// Reads in flight: the poll waits for all of them before it moves the watermark.
class DeskWatch::Batch {
 public:
  void begin() {
    std::lock_guard lock(mutex_);
    ++open_;
  }
  void end(bool answered) {
    std::lock_guard lock(mutex_);
    --open_;
    answered_ = answered_ && answered;
    changed_.notify_all();
  }
  // False when a read was not answered, or `stop` came first.
  bool wait(const std::function<bool()>& stop) {
    std::unique_lock lock(mutex_);
    while (open_ > 0)
      if (!changed_.wait_for(lock, std::chrono::milliseconds(100), [&] { return open_ == 0; }) && stop())
        return false;
    return answered_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int open_ = 0;
  bool answered_ = true;
};

DeskWatch::DeskWatch(std::string desk, Settings settings, Ledger& ledger, Lane& lane, Observe observe,
                     Polled polled)
    : desk_(std::move(desk)),
      settings_(settings),
      ledger_(ledger),
      lane_(lane),
      observe_(std::move(observe)),
      polled_(std::move(polled)) {}

DeskWatch::~DeskWatch() {
  stop();
}

void DeskWatch::start() {
  thread_ = std::thread([this] { work(); });
}

void DeskWatch::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void DeskWatch::hint(const connectors::Hint& hint) {
  auto ref = ref_from_key(hint.key);
  if (!ref && !hint.ticket_id.empty())
    if (auto record = ledger_.store().find_by_ticket(desk_, hint.ticket_id)) ref = record->ref;
  if (ref) {
    lane_.post([this, ref = *ref, id = hint.ticket_id] { look(ref, id, "webhook", Stored::later); });
    return;
  }
  {
    std::lock_guard lock(mutex_);
    poll_now_ = true;
  }
  changed_.notify_all();
}

void DeskWatch::work() {
  Time next_reconcile = ledger_.clock().now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    poll_now_ = false;
    lock.unlock();
    std::chrono::milliseconds wait{1000};
    try {
      const auto rules = ledger_.rules();
      const Desk* desk = rules->desk(desk_);
      if (desk != nullptr && desk->client) wait = settings_.poll.value_or(desk->client->poll_interval());
      if (!lane_.paused()) {
        poll_once();
        if (ledger_.clock().now() >= next_reconcile) {
          reconcile_once();
          next_reconcile = ledger_.clock().now() + settings_.reconcile;
        }
      }
    } catch (const std::exception& e) {
      log(Level::error, "poll_failed", {{"desk", desk_}, {"why", e.what()}});
    }
    lock.lock();
    changed_.wait_for(lock, wait, [this] { return stopping_ || poll_now_; });
  }
}

bool DeskWatch::poll_once() {
  const std::string name = "watermark:desk:" + desk_;
  for (int page = 0; page < most_pages; ++page) {
    const auto rules = ledger_.rules();
    const Desk* desk = rules->desk(desk_);
    if (desk == nullptr || !desk->client) return false;
    const std::string watermark = ledger_.store().value(name).value_or("");
    auto result = desk->client->changes(watermark);
    if (result.outcome.reason != "stopped") lane_.report(result.outcome);
    if (observe_) observe_(desk_, result.outcome);
    if (!result.outcome.done() || !result.value) {
      log(Level::warning, "poll_unanswered",
          {{"desk", desk_}, {"reason", result.outcome.reason}, {"detail", result.outcome.detail}});
      return false;
    }
    if (polled_) polled_(desk_, ledger_.clock().now());
    if (!handle_page(result.value->rows)) return false;
    fault_point("page_handled");
    if (!result.value->watermark.empty() && result.value->watermark != watermark)
      ledger_.store().set_value(name, result.value->watermark, ledger_.clock().now());
    fault_point("watermark_moved");
    if (!result.value->more) return true;
    std::lock_guard lock(mutex_);
    if (stopping_) return true;
  }
  log(Level::warning, "poll_long", {{"desk", desk_}, {"pages", most_pages}});
  return true;
}

bool DeskWatch::handle_page(const std::vector<connectors::Changes::Row>& rows) {
  auto batch = std::make_shared<Batch>();
  for (const auto& row : rows) {
    if (!row.seen.empty() && !is_new(row.seen)) continue;
    auto ref = ref_from_key(row.key);
    if (!ref)
      if (auto record = ledger_.store().find_by_ticket(desk_, row.ticket_id)) ref = record->ref;
    // Of nobody, or of a ticket whose opening is not recorded yet: the overlap of the polls shows it again.
    if (!ref) continue;
    batch->begin();
    lane_.post([this, batch, ref = *ref, id = row.ticket_id, seen = row.seen] {
      bool answered = false;
      try {
        answered = look(ref, id, "poll", Stored::waited_for);
      } catch (const std::exception& e) {
        log(Level::error, "read_failed", {{"desk", desk_}, {"request", ref.key()}, {"why", e.what()}});
      }
      if (answered) remember(seen);
      batch->end(answered);
    });
  }
  return batch->wait([this] {
    std::lock_guard lock(mutex_);
    return stopping_;
  });
}

void DeskWatch::reconcile_once() {
  LifecycleQuery query;
  query.desk = desk_;
  query.states = {State::waiting, State::reminded, State::escalated};
  query.limit = reconcile_page;
  for (;;) {
    const auto records = ledger_.store().list(query);
    auto batch = std::make_shared<Batch>();
    for (const Record& record : records) {
      batch->begin();
      lane_.post([this, batch, ref = record.ref, id = record.lifecycle.ticket.id] {
        bool answered = false;
        try {
          answered = look(ref, id, "reconcile", Stored::waited_for);
        } catch (const std::exception& e) {
          log(Level::error, "read_failed", {{"desk", desk_}, {"request", ref.key()}, {"why", e.what()}});
        }
        batch->end(answered);
      });
    }
    const bool answered = batch->wait([this] {
      std::lock_guard lock(mutex_);
      return stopping_;
    });
    if (!answered || static_cast<int>(records.size()) < reconcile_page) return;
    query.after = records.back().ref;
  }
}

bool DeskWatch::look(const RequestRef& ref, const std::string& ticket_id, const char* via, Stored stored) {
  auto record = ledger_.store().find(ref);
  if (!record || record->lifecycle.desk != desk_) return true;
  const auto rules = ledger_.rules();
  const Desk* desk = rules->desk(desk_);
  if (desk == nullptr || !desk->client) return false;
  const std::string& id = record->lifecycle.ticket.id.empty() ? ticket_id : record->lifecycle.ticket.id;
  if (id.empty()) return true;
  // Another ticket that carries our key is not ours to read from.
  if (!ticket_id.empty() && ticket_id != id) return true;

  auto result = desk->client->read(id, ref.key());
  if (result.outcome.reason != "stopped") lane_.report(result.outcome);
  if (observe_) observe_(desk_, result.outcome);
  if (!result.outcome.done() || !result.value) {
    log(Level::warning, "read_unanswered",
        {{"desk", desk_},
         {"request", ref.key()},
         {"reason", result.outcome.reason},
         {"detail", result.outcome.detail}});
    // A ticket that will never answer must not hold the watermark; the reconcile comes back to it.
    return result.outcome.verdict == connectors::Verdict::rejected && !result.outcome.whole_desk;
  }
  fault_point("ticket_read");
  judge(*record, *desk, *result.value, std::string(via) + "; " + describe(result.outcome.calls), stored);
  return true;
}

void DeskWatch::judge(const Record& record, const Desk& desk, const connectors::TicketState& state,
                      const std::string& evidence, Stored stored) {
  if (state.gone) {
    Facts facts;
    facts.park_reason = "ticket_gone";
    facts.park_detail = "ticket " + record.lifecycle.ticket.number + " is no longer there";
    if (workflows::is_awaiting(record.lifecycle.state)) ledger_.feed(record, Event::ticket_gone, facts);
    return;
  }
  if (!state.decision) return;
  const Decision decision = to_decision(*state.decision, desk_, ledger_.clock().now());
  if (!may_decide_in(record.lifecycle.state)) return came_late(record, decision);
  const auto people = ledger_.people(record.ref.queue);
  const auto ruling = desk.workflow->may_decide(who_asked(record.body), decision.by, decision.by_email,
                                                people.get(), ledger_.clock().now());
  if (!ruling.allowed) {
    refuse(record, decision, "decision_refused", "refused_decision", ruling.why);
    return;
  }
  Facts facts;
  facts.ticket = state.ticket;
  facts.decision = decision;
  facts.actor = actor_named(who(decision) + " at " + decision.from);
  AuditRow seen;
  seen.at = ledger_.clock().now();
  seen.what = "decision_seen";
  seen.text = state.status + " by " + who(decision) + " (" + evidence + ")";
  seen.actor = "desk " + desk_;
  facts.audit.push_back(std::move(seen));
  const auto recorded = [this, ref = record.ref, decision](bool fed) {
    if (fed) return fault_point("decision_recorded");
    // Somebody else decided while the ticket was read.
    if (const auto fresh = ledger_.store().find(ref)) came_late(*fresh, decision);
  };
  if (stored == Stored::later)
    return ledger_.feed_later(record, Event::decision_reached, facts, lane_, recorded);
  recorded(ledger_.feed(record, Event::decision_reached, facts));
}

void DeskWatch::came_late(const Record& record, const Decision& decision) {
  const Lifecycle& now = record.lifecycle;
  std::string outcome = now.outcome;
  // While a decision waits to be written it is none yet, but it was the first.
  if (outcome.empty() && now.decision) outcome = now.decision->approve ? "approved" : "denied";
  const bool same = decision.approve ? outcome == "approved" : outcome == "denied" || outcome == "expired";
  if (!same && !outcome.empty())
    refuse(record, decision, "decision_late", "late_decision", "the request was already " + outcome);
}

void DeskWatch::refuse(const Record& record, const Decision& decision, const char* what, const char* note,
                       const std::string& why) {
  // Polls overlap and reads repeat: say it once.
  const std::string identity =
      decision.record + (decision.approve ? " approved" : " denied") + " by " + who(decision);
  for (const AuditRow& row : ledger_.store().timeline(record.ref))
    if (row.what == what && row.text.rfind(identity, 0) == 0) return;
  AuditRow row;
  row.at = ledger_.clock().now();
  row.what = what;
  row.text = identity + ": " + why;
  row.actor = who(decision) + " at " + decision.from;
  row.data = to_json(decision).dump();
  Decision told = decision;
  told.reason = why;
  ledger_.note(record, "note:" + std::string(note) + ':' + identity, note, &told, row,
               trail_of_refused(record.ref, what, decision, actor_named(row.actor), why, row.at));
  log(Level::warning, what, {{"request", record.ref.key()}, {"by", who(decision)}, {"why", why}});
}

bool DeskWatch::is_new(const std::string& seen) {
  std::lock_guard lock(mutex_);
  return !seen_.contains(seen);
}

void DeskWatch::remember(const std::string& seen) {
  if (seen.empty()) return;
  std::lock_guard lock(mutex_);
  if (!seen_.insert(seen).second) return;
  seen_order_.push_back(seen);
  while (seen_order_.size() > most_seen) {
    seen_.erase(seen_order_.front());
    seen_order_.pop_front();
  }
}

}  // namespace bridge
