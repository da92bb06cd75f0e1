#pragma once

// From an event to a change of the store: runs advance(), turns its effects into rows of the outbox and
// writes the timeline. Pure: nothing outside is touched, the same input gives the same change.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/drain/rule_set.h"
#include "bridge/drain/step_trail.h"
#include "bridge/store/store.h"
#include "workflows/engine/workflow.h"
#include "workflows/lifecycle.h"

namespace bridge {

// What came with an event.
struct Facts {
  std::optional<connectors::Ticket> ticket;
  std::optional<Decision> decision;  // the desk's (decision_reached), ours (deadline_reached) or the queue's
  std::string park_reason;           // for failed
  std::string park_detail;
  std::optional<std::int64_t> finished;  // the effect that led to it
  std::vector<AuditRow> audit;           // before the row of the step itself
  std::vector<NewEffect> effects;        // beside those of the step: notes
  Actor actor = actor_named("countersign");
};

struct StepContext {
  bool hosted = true;  // the queue's record is in the same store: deciding is one step
  const workflows::Workflow* workflow = nullptr;  // for the clock; null: no timers
  Time now{};
};

// Nothing when the event means nothing in this state.
std::optional<Change> make_change(const Record& record, workflows::Event event, const Facts& facts,
                                  const StepContext& context);

// The first row of a request. `desk` empty: no route took it, `trouble` says why, and it is parked in sight;
// unless the queue has no routes at all: then whoever uses the API decides, and the request waits for that.
NewRequest first_step(const std::string& queue, const std::string& desk, const std::string& trouble, Time now,
                      const std::string& actor);

// The API's object with the decision written in.
std::string decided_body(const std::string& body, const Decision& decision);
int decided_status(const Decision& decision) noexcept;

std::string desk_lane(const std::string& desk);
std::string queue_lane(const std::string& queue);
inline constexpr const char* clock_lane = "clock";

// A comment for the ticket, to be performed once. `slot` makes it unique: "note:late:transaction/47".
NewEffect make_note(const std::string& desk, const std::string& slot, std::string_view note,
                    const Decision* decision, Time now);

// {verdict, by, byEmail, reason, at, from}: what mappings see as $decision.
mappings::Json to_json(const Decision& decision);
std::optional<Decision> decision_from(const mappings::Json& json);

}  // namespace bridge
