#pragma once

// The one way in which a lifecycle moves: takes an event, makes the change, stores it, wakes the lane that
// has work now. Thread-safe. Never calls anything outside.

#include <functional>
#include <string>

#include "bridge/drain/announcer.h"
#include "bridge/drain/lane.h"
#include "bridge/drain/rule_set.h"
#include "bridge/drain/steps.h"
#include "bridge/ops/clock.h"
#include "bridge/store/store.h"

namespace bridge {

class Ledger {
 public:
  struct Links {
    std::function<bool(const std::string& queue)> hosted;
    std::function<void(const std::string& lane)> wake;
    // Whose effects may be handed over to it where they are stored; null or empty: it claims them.
    std::function<Lane*(const std::string& lane)> lane = {};
    // After a change was stored, for metrics; may be empty.
    std::function<void(const Record& before, const Change& change)> moved = {};
  };
  Ledger(Store& store, const Rules& rules, const Clock& clock, Links links);

  // Before anything is fed; null: nobody is told. It must outlive the ledger's use.
  void announce_to(Announcer* announcer) noexcept { announcer_ = announcer; }

  // Where the people of queues without a file are looked up; before anything is fed. Empty: nowhere.
  using People = std::function<std::shared_ptr<const workflows::Directory>(const std::string& queue)>;
  void look_up_people(People people) { people_ = std::move(people); }
  // Those of a request's queue; null: there is no directory.
  std::shared_ptr<const workflows::Directory> people(const std::string& queue) const;

  // `as_of`: the request as the caller last saw it; read again when that is stale. False when the event means
  // nothing any more (the effect that led to it is then finished all the same). Throws what the store throws.
  bool feed(const Record& as_of, workflows::Event event, const Facts& facts);
  // The same without waiting for the commit, for whoever has nothing to do behind it: a worker of `lane`,
  // which counts the step until it is stored. `then` is called after that: with true, as a rule on the
  // store's thread; with what feed() says on the caller's, or on one of the lane's.
  void feed_later(const Record& as_of, workflows::Event event, const Facts& facts, Lane& lane,
                  std::function<void(bool fed)> then);

  // Stores a request that came in. Wakes its desk's lane.
  Submitted submit(NewRequest request);
  std::vector<Submitted> submit_all(const std::vector<NewRequest>& requests);
  std::vector<Record> submit_unknown(const std::vector<NewRequest>& requests);
  Reported report_use(UseReport report);
  // The first row of a request: its desk by the routes.
  NewRequest begin(const std::string& queue, const mappings::Json& request, const std::string& actor) const;
  // A person says: go on. A request that no route took is routed anew. False when it is not parked.
  bool resume(const RequestRef& ref, const Actor& actor);
  // Adds a comment for the ticket, a line of the timeline and a row of the audit log, once by `slot`.
  void note(const Record& record, const std::string& slot, std::string_view note, const Decision* decision,
            const AuditRow& audit, const TrailEntry& trail);

  Store& store() noexcept { return store_; }
  const Clock& clock() const noexcept { return clock_; }
  std::shared_ptr<const RuleSet> rules() const { return rules_.current(); }

 private:
  std::optional<Change> change_of(const Record& record, workflows::Event event, const Facts& facts) const;
  void stored(const Record& before, workflows::Event event, const Change& change, bool handed_over) const;
  // The lanes of what is due now; not of the main effect when its lane has it already.
  void wake(const std::vector<NewEffect>& effects, bool handed_over = false) const;
  // On its way past the claim: its lane keeps a place for it. Null: it waits for a claim.
  struct Handover;
  std::shared_ptr<Handover> hand_over(std::vector<NewEffect>& effects) const;

  Store& store_;
  const Rules& rules_;
  const Clock& clock_;
  const Links links_;
  Announcer* announcer_ = nullptr;
  People people_;
};

}  // namespace bridge
