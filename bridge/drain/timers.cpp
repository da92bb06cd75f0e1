#include "bridge/drain/timers.h"

#include "bridge/ops/fault_point.h"
#include "bridge/ops/log.h"

namespace bridge {

using workflows::Event;

void Timers::perform(const DueEffect& effect) {
  try {
    Facts facts;
    facts.finished = effect.id;
    Event event = Event::remind_due;
    if (effect.kind == "escalate") {
      event = Event::escalate_due;
    } else if (effect.kind == "deadline") {
      event = Event::deadline_reached;
      const auto rules = ledger_.rules();
      const Desk* desk = rules->desk(effect.record.lifecycle.desk);
      Decision decision;
      decision.at = ledger_.clock().now();
      if (desk != nullptr && desk->workflow) {
        decision.reason = desk->workflow->deadline_reason();
        decision.by = "workflow " + desk->workflow->name();
      }
      decision.from = decision.by;
      facts.decision = decision;
    }
    ledger_.feed(effect.record, event, facts);
    fault_point("timer_recorded");
  } catch (const std::exception& e) {
    log(Level::error, "timer_failed",
        {{"request", effect.record.ref.key()}, {"kind", effect.kind}, {"why", e.what()}});
  }
}

}  // namespace bridge
