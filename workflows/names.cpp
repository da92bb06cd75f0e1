// The names of states, events and effects: states and effects are stored by name.

#include "workflows/lifecycle.h"

namespace workflows {

namespace {
template <class E>
struct Named {
  E value;
  std::string_view name;
};

constexpr Named<State> states[] = {
    {State::opening, "opening"},
    {State::waiting, "waiting"},
    {State::reminded, "reminded"},
    {State::escalated, "escalated"},
    {State::writing, "writing"},
    {State::telling, "telling"},
    {State::recalling, "recalling"},
    {State::parked_opening, "parked_opening"},
    {State::parked_writing, "parked_writing"},
    {State::parked_telling, "parked_telling"},
    {State::parked_recalling, "parked_recalling"},
    {State::settled, "settled"},
};
constexpr Named<Event> events[] = {
    {Event::ticket_opened, "ticket_opened"},
    {Event::ticket_absent, "ticket_absent"},
    {Event::ticket_gone, "ticket_gone"},
    {Event::decision_reached, "decision_reached"},
    {Event::remind_due, "remind_due"},
    {Event::escalate_due, "escalate_due"},
    {Event::deadline_reached, "deadline_reached"},
    {Event::write_accepted, "write_accepted"},
    {Event::write_lost, "write_lost"},
    {Event::queue_decided, "queue_decided"},
    {Event::withdrawn, "withdrawn"},
    {Event::ticket_told, "ticket_told"},
    {Event::failed, "failed"},
    {Event::resumed, "resumed"},
};
constexpr Named<Effect> effects[] = {
    {Effect::open_ticket, "open_ticket"},
    {Effect::recall_ticket, "recall_ticket"},
    {Effect::write_back, "write_back"},
    {Effect::tell_ticket, "tell_ticket"},
    {Effect::comment_reminder, "comment_reminder"},
    {Effect::comment_escalation, "comment_escalation"},
    {Effect::start_clock, "start_clock"},
    {Effect::stop_clock, "stop_clock"},
};

template <class Table, class E>
std::string_view name_in(const Table& table, E value) noexcept {
  for (const auto& row : table)
    if (row.value == value) return row.name;
  return "?";
}
template <class E, class Table>
std::optional<E> value_in(const Table& table, std::string_view name) noexcept {
  for (const auto& row : table)
    if (row.name == name) return row.value;
  return std::nullopt;
}
template <class E, class Table>
std::vector<E> values_of(const Table& table) {
  std::vector<E> all;
  for (const auto& row : table) all.push_back(row.value);
  return all;
}
}  // namespace

std::string_view to_string(State state) noexcept {
  return name_in(states, state);
}
std::string_view to_string(Event event) noexcept {
  return name_in(events, event);
}
std::string_view to_string(Effect effect) noexcept {
  return name_in(effects, effect);
}
std::optional<State> state_from(std::string_view name) noexcept {
  return value_in<State>(states, name);
}
std::optional<Effect> effect_from(std::string_view name) noexcept {
  return value_in<Effect>(effects, name);
}

const std::vector<State>& all_states() {
  static const auto all = values_of<State>(states);
  return all;
}
const std::vector<Event>& all_events() {
  static const auto all = values_of<Event>(events);
  return all;
}
const std::vector<Effect>& all_effects() {
  static const auto all = values_of<Effect>(effects);
  return all;
}

}  // namespace workflows
