#include "workflows/lifecycle.h"

#include <algorithm>
#include <map>
#include <set>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/generated_block.h"

using workflows::advance;
using workflows::Effect;
using workflows::Event;
using workflows::State;
using workflows::Step;

namespace {
const std::vector<State>& states() {
  return workflows::all_states();
}
const std::vector<Event>& events() {
  return workflows::all_events();
}
bool has(const Step& step, Effect effect) {
  return std::find(step.effects.begin(), step.effects.end(), effect) != step.effects.end();
}
std::string pair_name(State state, Event event) {
  return std::string(to_string(state)) + " x " + std::string(to_string(event));
}
std::string text(const Step& step) {
  std::string result =
      std::string(step.accepted ? "" : "refused ") + std::string(to_string(step.next)) + " [";
  for (Effect effect : step.effects) result += std::string(to_string(effect)) + ' ';
  return result + ']';
}

// Every (state, memory) that can be reached from begin(), where `next` gives the memory after a step or
// nothing to cut the walk there.
template <class Memory, class Next>
std::set<std::pair<State, Memory>> walk(std::set<std::pair<State, Memory>> starts, Next next) {
  std::vector<std::pair<State, Memory>> open(starts.begin(), starts.end());
  while (!open.empty()) {
    const auto [state, memory] = open.back();
    open.pop_back();
    for (Event event : events()) {
      const Step step = advance(state, event);
      if (!step.accepted) continue;
      const std::optional<Memory> then = next(memory, state, event, step);
      if (then && starts.emplace(step.next, *then).second) open.emplace_back(step.next, *then);
    }
  }
  return starts;
}
}  // namespace

class LifecycleTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LifecycleTest);
  CPPUNIT_TEST(begins_by_opening_a_ticket);
  CPPUNIT_TEST(takes_the_straight_way_from_queue_to_settled);
  CPPUNIT_TEST(does_what_the_design_says_for_each_step);
  CPPUNIT_TEST(resuming_a_stored_state_has_no_effects);
  CPPUNIT_TEST(refused_events_change_nothing);
  CPPUNIT_TEST(finals_accept_nothing);
  CPPUNIT_TEST(every_state_can_be_reached);
  CPPUNIT_TEST(every_state_can_reach_a_final);
  CPPUNIT_TEST(every_parked_state_can_be_resumed_and_asks_for_its_effect_again);
  CPPUNIT_TEST(no_path_opens_two_tickets_unless_a_person_resumes);
  CPPUNIT_TEST(no_decision_that_was_reached_is_dropped);
  CPPUNIT_TEST(no_ticket_that_was_opened_is_left_untold);
  CPPUNIT_TEST(the_clock_runs_exactly_while_awaiting);
  CPPUNIT_TEST(a_final_queue_is_believed_in_every_state_that_still_asks);
  CPPUNIT_TEST(every_name_reads_back);
  CPPUNIT_TEST(page_shows_the_lifecycle_as_it_is);
  CPPUNIT_TEST(dot_names_every_state);
  CPPUNIT_TEST_SUITE_END();

 public:
  void begins_by_opening_a_ticket() {
    CPPUNIT_ASSERT(workflows::begin() == (Step{true, State::opening, {Effect::open_ticket}}));
  }

  void takes_the_straight_way_from_queue_to_settled() {
    State state = workflows::begin().next;
    for (Event event :
         {Event::ticket_opened, Event::decision_reached, Event::write_accepted, Event::ticket_told}) {
      const Step step = advance(state, event);
      CPPUNIT_ASSERT_MESSAGE(pair_name(state, event), step.accepted);
      state = step.next;
    }
    CPPUNIT_ASSERT(state == State::settled);
  }

  void does_what_the_design_says_for_each_step() {
    using S = State;
    using V = Event;
    using F = Effect;
    std::map<std::pair<S, V>, Step> design;
    auto row = [&](const std::vector<S>& from, const std::vector<V>& on, std::optional<S> to,
                   const std::vector<F>& effects) {
      for (S state : from)
        for (V event : on) design[{state, event}] = Step{true, to.value_or(state), effects};
    };
    const std::vector<S> awaiting{S::waiting, S::reminded, S::escalated};
    const std::vector<V> final_queue{V::queue_decided, V::withdrawn};

    row({S::opening, S::parked_opening}, {V::ticket_opened}, S::waiting, {F::start_clock});
    row({S::opening, S::parked_opening}, {V::decision_reached}, S::writing, {F::write_back});
    row({S::opening, S::parked_opening}, final_queue, S::recalling, {F::recall_ticket});
    row({S::opening}, {V::failed, V::ticket_gone}, S::parked_opening, {});

    row(awaiting, {V::decision_reached, V::deadline_reached}, S::writing, {F::stop_clock, F::write_back});
    row(awaiting, final_queue, S::telling, {F::stop_clock, F::tell_ticket});
    row(awaiting, {V::ticket_gone}, S::parked_opening, {F::stop_clock});
    row(awaiting, {V::ticket_opened}, std::nullopt, {});
    row({S::waiting}, {V::remind_due}, S::reminded, {F::comment_reminder});
    row({S::waiting, S::reminded}, {V::escalate_due}, S::escalated, {F::comment_escalation});

    row({S::writing}, {V::write_accepted, V::write_lost}, S::telling, {F::tell_ticket});
    row({S::writing, S::parked_writing}, final_queue, S::telling, {F::tell_ticket});
    row({S::writing}, {V::failed}, S::parked_writing, {});
    row({S::writing, S::telling}, {V::ticket_opened}, std::nullopt, {});

    row({S::telling}, {V::ticket_told}, S::settled, {});
    row({S::telling, S::parked_telling}, {V::ticket_gone}, S::settled, {});
    row({S::telling}, {V::failed}, S::parked_telling, {});

    row({S::recalling, S::parked_recalling}, {V::ticket_opened}, S::telling, {F::tell_ticket});
    row({S::recalling, S::parked_recalling}, {V::ticket_absent}, S::settled, {});
    row({S::recalling}, {V::failed}, S::parked_recalling, {});

    row({S::parked_opening}, {V::resumed}, S::opening, {F::open_ticket});
    row({S::parked_writing}, {V::resumed}, S::writing, {F::write_back});
    row({S::parked_telling}, {V::resumed}, S::telling, {F::tell_ticket});
    row({S::parked_recalling}, {V::resumed}, S::recalling, {F::recall_ticket});

    for (S state : states())
      for (V event : events()) {
        const auto found = design.find({state, event});
        const Step expected = found == design.end() ? Step{false, state, {}} : found->second;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(pair_name(state, event), text(expected), text(advance(state, event)));
      }
  }

  // An event that a state refuses shows what putting the machine into that state did: nothing may be left.
  void resuming_a_stored_state_has_no_effects() {
    std::set<State> shown;
    for (State state : states())
      for (Event event : events()) {
        const Step step = advance(state, event);
        if (step.accepted) continue;
        shown.insert(state);
        CPPUNIT_ASSERT_MESSAGE(pair_name(state, event), step.effects.empty());
      }
    CPPUNIT_ASSERT_EQUAL(states().size(), shown.size());
  }

  void refused_events_change_nothing() {
    for (State state : states())
      for (Event event : events()) {
        const Step step = advance(state, event);
        if (step.accepted) continue;
        CPPUNIT_ASSERT_MESSAGE(pair_name(state, event), step == (Step{false, state, {}}));
      }
  }

  void finals_accept_nothing() {
    int finals = 0;
    for (State state : states()) {
      if (!is_final(state)) continue;
      ++finals;
      for (Event event : events())
        CPPUNIT_ASSERT_MESSAGE(pair_name(state, event), !advance(state, event).accepted);
    }
    CPPUNIT_ASSERT_EQUAL(1, finals);
  }

  void every_state_can_be_reached() {
    CPPUNIT_ASSERT_EQUAL(states().size(), reached_from(workflows::begin().next).size());
  }

  void every_state_can_reach_a_final() {
    for (State state : states()) {
      const auto reached = reached_from(state);
      CPPUNIT_ASSERT_MESSAGE(std::string(to_string(state)),
                             std::any_of(reached.begin(), reached.end(), workflows::is_final));
    }
  }

  void every_parked_state_can_be_resumed_and_asks_for_its_effect_again() {
    for (State state : states()) {
      const Step step = advance(state, Event::resumed);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(to_string(state)), is_parked(state), step.accepted);
      if (!step.accepted) continue;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(to_string(state)), std::size_t{1}, step.effects.size());
      CPPUNIT_ASSERT_EQUAL("parked_" + std::string(to_string(step.next)), std::string(to_string(state)));
      // It was parked out of the state that asks for the same.
      CPPUNIT_ASSERT(advance(step.next, Event::failed).next == state);
    }
  }

  // Memory: whether something went wrong and a person resumed since the last open_ticket.
  void no_path_opens_two_tickets_unless_a_person_resumes() {
    struct Allowed {
      bool broke = false;
      bool resumed = false;
      auto operator<=>(const Allowed&) const = default;
    };
    walk<Allowed>({{workflows::begin().next, Allowed{}}},
                  [](Allowed memory, State state, Event event, const Step& step) -> std::optional<Allowed> {
                    memory.broke = memory.broke || event == Event::failed || event == Event::ticket_gone;
                    memory.resumed = memory.resumed || (memory.broke && event == Event::resumed);
                    if (!has(step, Effect::open_ticket)) return memory;
                    CPPUNIT_ASSERT_MESSAGE(pair_name(state, event), memory.broke && memory.resumed);
                    return Allowed{};
                  });
  }

  // From the step that accepts a decision, every way to a final writes it back (or hears that the queue is
  // final already) and then tells the ticket (or hears that there is none any more).
  void no_decision_that_was_reached_is_dropped() {
    for (Event reached : {Event::decision_reached, Event::deadline_reached}) check_kept(reached);
  }

  void no_ticket_that_was_opened_is_left_untold() {
    enum class Ticket { unknown, open, told_or_gone };
    const auto ends =
        walk<Ticket>({{workflows::begin().next, Ticket::unknown}},
                     [](Ticket ticket, State, Event event, const Step& step) -> std::optional<Ticket> {
                       if (event == Event::ticket_opened) ticket = Ticket::open;
                       if (event == Event::decision_reached)
                         ticket = Ticket::open;  // it was read from a ticket
                       if (event == Event::ticket_gone || event == Event::ticket_told)
                         ticket = Ticket::told_or_gone;
                       // Looked for anew, by its key: one that is there is found.
                       if (has(step, Effect::recall_ticket) || has(step, Effect::open_ticket))
                         ticket = Ticket::unknown;
                       return ticket;
                     });
    for (const auto& [state, ticket] : ends)
      CPPUNIT_ASSERT_MESSAGE("a path settles while the ticket is open",
                             !(is_final(state) && ticket == Ticket::open));
  }

  void the_clock_runs_exactly_while_awaiting() {
    for (State state : states())
      for (Event event : events()) {
        const Step step = advance(state, event);
        const bool enters = !is_awaiting(state) && is_awaiting(step.next);
        const bool leaves = is_awaiting(state) && !is_awaiting(step.next);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(pair_name(state, event), enters, has(step, Effect::start_clock));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(pair_name(state, event), leaves, has(step, Effect::stop_clock));
      }
  }

  void a_final_queue_is_believed_in_every_state_that_still_asks() {
    for (State state : states())
      for (Event event : {Event::queue_decided, Event::withdrawn}) {
        const bool knows = state == State::telling || state == State::parked_telling ||
                           state == State::recalling || state == State::parked_recalling || is_final(state);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(pair_name(state, event), !knows, advance(state, event).accepted);
      }
  }

  void every_name_reads_back() {
    for (State state : states()) CPPUNIT_ASSERT(workflows::state_from(to_string(state)) == state);
    for (Effect effect : workflows::all_effects())
      CPPUNIT_ASSERT(workflows::effect_from(to_string(effect)) == effect);
    CPPUNIT_ASSERT(!workflows::state_from("nowhere"));
    CPPUNIT_ASSERT(!workflows::effect_from(""));
    for (Event event : events()) CPPUNIT_ASSERT(to_string(event) != "?");
  }

  void page_shows_the_lifecycle_as_it_is() {
    tests::check_generated_block("docs/lifecycle.md", "table", workflows::lifecycle_table());
    tests::check_generated_block("docs/lifecycle.md", "mermaid",
                                 "```mermaid\n" + workflows::lifecycle_mermaid() + "```\n");
  }

  void dot_names_every_state() {
    const std::string dot = workflows::lifecycle_dot();
    for (State state : states())
      CPPUNIT_ASSERT_MESSAGE(std::string(to_string(state)),
                             dot.find(' ' + std::string(to_string(state))) != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::count(dot.begin(), dot.end(), '{'), std::count(dot.begin(), dot.end(), '}'));
  }

 private:
  static std::set<State> reached_from(State start) {
    std::set<State> reached;
    for (const auto& [state, nothing] :
         walk<int>({{start, 0}}, [](int, State, Event, const Step&) -> std::optional<int> { return 0; }))
      reached.insert(state);
    return reached;
  }

  static void check_kept(Event reached) {
    struct Kept {
      bool queue_knows = false;
      bool ticket_knows = false;
      bool asked_to_write = false;
      bool asked_to_tell = false;
      auto operator<=>(const Kept&) const = default;
    };
    std::set<std::pair<State, Kept>> starts;
    for (State state : states()) {
      const Step step = advance(state, reached);
      if (step.accepted) starts.insert({step.next, Kept{false, false, has(step, Effect::write_back), false}});
    }
    CPPUNIT_ASSERT(!starts.empty());
    const auto ends =
        walk<Kept>(starts, [](Kept kept, State, Event event, const Step& step) -> std::optional<Kept> {
          kept.asked_to_write = kept.asked_to_write || has(step, Effect::write_back);
          kept.asked_to_tell = kept.asked_to_tell || has(step, Effect::tell_ticket);
          kept.queue_knows = kept.queue_knows || event == Event::write_accepted ||
                             event == Event::write_lost || event == Event::queue_decided ||
                             event == Event::withdrawn;
          kept.ticket_knows = kept.ticket_knows || event == Event::ticket_told || event == Event::ticket_gone;
          return kept;
        });
    int settled = 0;
    for (const auto& [state, kept] : ends) {
      if (!is_final(state)) continue;
      ++settled;
      CPPUNIT_ASSERT(kept.asked_to_write);
      CPPUNIT_ASSERT(kept.queue_knows);
      CPPUNIT_ASSERT(kept.asked_to_tell);
      CPPUNIT_ASSERT(kept.ticket_knows);
    }
    CPPUNIT_ASSERT(settled > 0);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LifecycleTest);
