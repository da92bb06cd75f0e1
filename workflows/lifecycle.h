#pragma once

// Where one request stands on its way from queue to ticket to decision and back, as a pure function.
// advance() is the only thing that decides the next state. Effects are data: the caller performs them after
// it has stored the state. Retrying is not a state: an effect that failed for now stays due. Thread-safe: no
// state is kept between calls.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace workflows {

// Stored by name (to_string): a name is a storage format and never changes.
enum class State {
  opening,         // its ticket is to be found or created
  waiting,         // the ticket is open, the desk has not decided
  reminded,        // the same, after the reminder
  escalated,       // the same, after the escalation
  writing,         // the desk has decided, the queue is to be told
  telling,         // the queue is final, the ticket is to be told
  recalling,       // the queue was final before a ticket was known: find one that may exist, and tell it
  parked_opening,  // a person must look; the rest say where it goes on
  parked_writing,
  parked_telling,
  parked_recalling,
  settled,  // both sides know; final
};

enum class Event {
  ticket_opened,     // found or created, or the answer to recalling: there is one
  ticket_absent,     // the answer to recalling: there is none
  ticket_gone,       // the desk no longer has it
  decision_reached,  // read from the desk and allowed by the workflow
  remind_due,
  escalate_due,
  deadline_reached,  // the workflow decides: expired
  write_accepted,    // the queue took our decision, or had the same already
  write_lost,        // the queue holds another decision: that one stands
  queue_decided,     // decided in the queue, not by us
  withdrawn,         // the queue no longer offers it
  ticket_told,
  failed,   // this effect will not succeed without a person
  resumed,  // a person says: go on
};

enum class Effect {
  open_ticket,
  recall_ticket,
  write_back,
  tell_ticket,
  comment_reminder,
  comment_escalation,
  start_clock,  // arm reminder, escalation and deadline as the workflow file says
  stop_clock,
};

struct Step {
  bool accepted = false;  // false: the event means nothing here; next is the state as it was, no effects
  State next = State::opening;
  std::vector<Effect> effects;
  bool operator==(const Step&) const = default;
};

Step advance(State state, Event event);

// What a new request starts with: opening, and open_ticket.
Step begin();

bool is_final(State state) noexcept;
bool is_parked(State state) noexcept;
bool is_awaiting(State state) noexcept;  // waiting, reminded, escalated

const std::vector<State>& all_states();
const std::vector<Event>& all_events();
const std::vector<Effect>& all_effects();
std::string_view to_string(State state) noexcept;
std::string_view to_string(Event event) noexcept;
std::string_view to_string(Effect effect) noexcept;
std::optional<State> state_from(std::string_view name) noexcept;
std::optional<Effect> effect_from(std::string_view name) noexcept;

// The lifecycle as documents, made by running advance() over every pair.
std::string lifecycle_table();  // Markdown
std::string lifecycle_mermaid();
std::string lifecycle_dot();

}  // namespace workflows
