#include "bridge/drain/ledger.h"

#include <algorithm>
#include <set>

#include "bridge/ops/error.h"
#include "bridge/ops/log.h"

namespace bridge {

using workflows::Event;

namespace {
std::string what_of(const std::exception_ptr& trouble) {
  try {
    std::rethrow_exception(trouble);
  } catch (const std::exception& e) {
    return e.what();
  }
}

// As a claim would read it once the step is stored.
Record record_after(const Record& before, const Change& change) {
  Record after = before;
  if (change.body) after.body = *change.body;
  if (change.status_code) after.status_code = *change.status_code;
  after.changed = change.at;
  after.lifecycle = change.lifecycle;
  after.lifecycle.version = change.from_version + 1;
  return after;
}
}  // namespace

struct Ledger::Handover {
  Lane& lane;
  const Time lease_until;
  DueEffect effect;
  bool given = false;

  Handover(Lane& to, Time until, const NewEffect& from) : lane(to), lease_until(until) {
    effect.slot = from.slot;
    effect.kind = from.kind;
    effect.lane = from.lane;
    effect.attempts = from.attempts;
    effect.payload = from.payload;
  }
  ~Handover() {
    if (!given) lane.free_place();
  }
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;

  // True when the store leased it. The record is as the step left it.
  bool give(std::int64_t leased) {
    if (leased == 0) return false;
    effect.id = leased;
    given = true;
    lane.take_over(std::move(effect), lease_until);
    return true;
  }
};

Ledger::Ledger(Store& store, const Rules& rules, const Clock& clock, Links links)
    : store_(store), rules_(rules), clock_(clock), links_(std::move(links)) {}

std::shared_ptr<const workflows::Directory> Ledger::people(const std::string& queue) const {
  if (auto from_file = rules_.current()->people(queue)) return from_file;
  return people_ ? people_(queue) : nullptr;
}

bool Ledger::feed(const Record& as_of, Event event, const Facts& facts) {
  Record record = as_of;
  for (;;) {
    const auto change = change_of(record, event, facts);
    if (!change) {
      if (facts.finished) store_.finish(*facts.finished, record.ref, facts.audit);
      return false;
    }
    if (store_.apply(std::span(&*change, 1)).front() == Applied::yes) {
      stored(record, event, *change, false);
      return true;
    }
    auto fresh = store_.find(record.ref);
    if (!fresh) throw Error(ErrorCode::not_found, "request " + record.ref.key() + " is not in the store");
    record = std::move(*fresh);
  }
}

void Ledger::feed_later(const Record& as_of, Event event, const Facts& facts, Lane& lane,
                        std::function<void(bool fed)> then) {
  auto change = change_of(as_of, event, facts);
  if (!change) {
    if (facts.finished) store_.finish(*facts.finished, as_of.ref, facts.audit);
    return then(false);
  }
  Record before;  // without its texts
  before.ref = as_of.ref;
  before.lifecycle = as_of.lifecycle;
  const auto next = hand_over(change->effects);
  if (next) next->effect.record = record_after(as_of, *change);
  Store::Then when_stored = [this, before = std::move(before), event, facts, &lane, next,
                             then = std::move(then)](const Change& made, Step step,
                                                     const std::exception_ptr& trouble) {
    if (trouble) {
      // As after a crash: the effect's lease ends by itself, what was seen is seen again.
      log(Level::error, "step_not_stored", {{"request", before.ref.key()}, {"why", what_of(trouble)}});
    } else if (step.applied == Applied::yes) {
      stored(before, event, made, next && next->give(step.leased));
      then(true);
    } else {
      lane.post([this, ref = before.ref, event, facts, then] {
        const auto fresh = store_.find(ref);
        then(fresh && feed(*fresh, event, facts));
      });
    }
    lane.end_step();
  };
  lane.begin_step();
  try {
    store_.apply_later(std::move(*change), std::move(when_stored));
  } catch (...) {
    lane.end_step();  // else the lane would wait for it for ever
    throw;
  }
}

std::optional<Change> Ledger::change_of(const Record& record, Event event, const Facts& facts) const {
  const auto rules = rules_.current();
  const Desk* desk = rules->desk(record.lifecycle.desk);
  StepContext context;
  context.hosted = links_.hosted(record.ref.queue);
  context.workflow = desk == nullptr ? nullptr : desk->workflow.get();
  context.now = clock_.now();
  auto change = make_change(record, event, facts, context);
  if (change && announcer_ != nullptr) announcer_->tell_of(record, *change);
  return change;
}

std::shared_ptr<Ledger::Handover> Ledger::hand_over(std::vector<NewEffect>& effects) const {
  if (!links_.lane) return nullptr;
  const auto main = std::find_if(effects.begin(), effects.end(), [&](const NewEffect& effect) {
    return effect.slot == "main" && !effect.with_body && effect.not_before <= clock_.now();
  });
  Lane* const lane = main == effects.end() ? nullptr : links_.lane(main->lane);
  if (lane == nullptr) return nullptr;
  main->lease_until = lane->keep_place();
  return main->lease_until ? std::make_shared<Handover>(*lane, *main->lease_until, *main) : nullptr;
}

void Ledger::stored(const Record& before, Event event, const Change& change, bool handed_over) const {
  wake(change.effects, handed_over);
  if (links_.moved) links_.moved(before, change);
  log(Level::info, "moved",
      {{"request", before.ref.key()},
       {"event", workflows::to_string(event)},
       {"from", workflows::to_string(before.lifecycle.state)},
       {"to", workflows::to_string(change.lifecycle.state)},
       {"ticket", change.lifecycle.ticket.number}});
}

Submitted Ledger::submit(NewRequest request) {
  const auto next = hand_over(request.effects);
  Submitted result = store_.submit(request);
  if (result.what != Submitted::What::created) return result;
  if (next) next->effect.record = result.record;
  wake(request.effects, next && next->give(result.leased));
  return result;
}

std::vector<Submitted> Ledger::submit_all(const std::vector<NewRequest>& requests) {
  auto results = store_.submit_all(requests);
  for (std::size_t i = 0; i < results.size(); ++i)
    if (results[i].what == Submitted::What::created) wake(requests[i].effects);
  return results;
}

std::vector<Record> Ledger::submit_unknown(const std::vector<NewRequest>& requests) {
  auto stored = store_.submit_unknown(requests);
  if (!stored.empty())
    for (const NewRequest& request : requests) wake(request.effects);
  return stored;
}

Reported Ledger::report_use(UseReport report) {
  if (announcer_ != nullptr) announcer_->tell_of(report);
  const Reported result = store_.report_use(report);
  if (announcer_ != nullptr && report.effects && result == Reported::changed) announcer_->wake("");
  return result;
}

NewRequest Ledger::begin(const std::string& queue, const mappings::Json& request,
                         const std::string& actor) const {
  std::string trouble;
  const std::string desk = rules_.current()->route(queue, request, trouble);
  NewRequest row = first_step(queue, desk, trouble, clock_.now(), actor);
  row.listed.type_code = static_cast<int>(request.get("typeCode").as_integer().value_or(0));
  row.listed.computer = request.get("computer").get("name").string_or("");
  row.listed.account = request.get("user").get("account").string_or("");
  row.listed.full_name = request.get("user").get("fullName").string_or("");
  if (announcer_ != nullptr) announcer_->tell_of(row);
  return row;
}

bool Ledger::resume(const RequestRef& ref, const Actor& actor) {
  auto record = store_.find(ref);
  if (!record) throw Error(ErrorCode::not_found, "no request " + ref.key());
  if (!workflows::is_parked(record->lifecycle.state)) return false;
  if (record->lifecycle.desk.empty()) {
    std::string trouble;
    record->lifecycle.desk = rules_.current()->route(ref.queue, mappings::Json::parse(record->body), trouble);
    if (record->lifecycle.desk.empty())
      throw Error(ErrorCode::conflict, trouble.empty() ? "still no route takes it" : trouble);
  }
  Facts facts;
  facts.actor = actor;
  return feed(*record, Event::resumed, facts);
}

void Ledger::note(const Record& record, const std::string& slot, std::string_view note,
                  const Decision* decision, const AuditRow& audit, const TrailEntry& trail) {
  std::vector<NewEffect> effects;
  if (!record.lifecycle.ticket.id.empty())
    effects.push_back(make_note(record.lifecycle.desk, slot, note, decision, clock_.now()));
  store_.append(record.ref, effects, {audit}, {trail});
  wake(effects);
}

void Ledger::wake(const std::vector<NewEffect>& effects, bool handed_over) const {
  std::set<std::string_view> lanes;
  const Time now = clock_.now();
  for (const NewEffect& effect : effects)
    if (effect.not_before <= now && !(handed_over && effect.slot == "main") &&
        lanes.insert(effect.lane).second) {
      links_.wake(effect.lane);
      if (announcer_ != nullptr) announcer_->wake(effect.lane);
    }
}

}  // namespace bridge
