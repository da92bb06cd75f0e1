// The lifecycle as a Boost.Statechart machine that lives for one call: it is put into the stored state by
// Resume, takes one event, and is thrown away. Effects are collected, never performed. Only this file sees
// Boost.

#include "workflows/lifecycle.h"

#include <array>

#include <boost/mpl/list.hpp>
#include <boost/statechart/custom_reaction.hpp>
#include <boost/statechart/event.hpp>
#include <boost/statechart/in_state_reaction.hpp>
#include <boost/statechart/state.hpp>
#include <boost/statechart/state_machine.hpp>
#include <boost/statechart/transition.hpp>

namespace workflows {

// Not anonymous: clang refuses event types without linkage.
namespace statechart {

namespace sc = boost::statechart;
namespace mpl = boost::mpl;

template <Event event>
struct On : sc::event<On<event>> {};

struct Resume : sc::event<Resume> {
  explicit Resume(State to) : target(to) {}
  State target;
};

template <Event event, class Target>
using Go = sc::transition<On<event>, Target>;
// Accepted, and nothing changes: the answer to an effect that came late.
template <Event event>
using Stay = sc::in_state_reaction<On<event>>;

struct Resuming;

// Fixed room, because an entry action that throws would end the machine.
class Machine : public sc::state_machine<Machine, Resuming> {
 public:
  ~Machine() override { terminate(); }

  void enter(State state) noexcept { current_ = state; }
  void emit(Effect effect) noexcept {
    if (!quiet_ && count_ < effects_.size()) effects_[count_++] = effect;
  }
  void unconsumed_event(const sc::event_base&) { accepted_ = false; }

  // Stands in `state` as if it had been there all along: entering it has no effects.
  void resume(State state) {
    quiet_ = true;
    start_in(state);
    quiet_ = false;
  }
  void start_in(State state) {
    initiate();
    process_event(Resume(state));
  }
  Step step() const {
    return {accepted_, current_, {effects_.begin(), effects_.begin() + static_cast<long>(count_)}};
  }

 private:
  State current_ = State::opening;
  bool accepted_ = true;
  bool quiet_ = false;
  std::array<Effect, 4> effects_{};
  std::size_t count_ = 0;
};

struct Active;
struct Opening;
struct Awaiting;
struct Waiting;
struct Reminded;
struct Escalated;
struct Writing;
struct Telling;
struct Recalling;
struct Parked;
struct ParkedOpening;
struct ParkedWriting;
struct ParkedTelling;
struct ParkedRecalling;
struct Settled;

struct Resuming : sc::state<Resuming, Machine> {
  using reactions = sc::custom_reaction<Resume>;
  explicit Resuming(my_context context) : my_base(context) {}
  sc::result react(const Resume& resume);
};

struct Active : sc::state<Active, Machine, Opening> {
  explicit Active(my_context context) : my_base(context) {}
};

struct Opening : sc::state<Opening, Active> {
  using reactions = mpl::list<Go<Event::ticket_opened, Waiting>, Go<Event::decision_reached, Writing>,
                              Go<Event::queue_decided, Recalling>, Go<Event::withdrawn, Recalling>,
                              Go<Event::failed, ParkedOpening>, Go<Event::ticket_gone, ParkedOpening>>;
  explicit Opening(my_context context) : my_base(context) {
    outermost_context().enter(State::opening);
    outermost_context().emit(Effect::open_ticket);
  }
};

struct Awaiting : sc::state<Awaiting, Active, Waiting> {
  using reactions = mpl::list<Go<Event::decision_reached, Writing>, Go<Event::deadline_reached, Writing>,
                              Go<Event::queue_decided, Telling>, Go<Event::withdrawn, Telling>,
                              Go<Event::ticket_gone, ParkedOpening>, Stay<Event::ticket_opened>>;
  explicit Awaiting(my_context context) : my_base(context) { outermost_context().emit(Effect::start_clock); }
  void exit() { outermost_context().emit(Effect::stop_clock); }
};

struct Waiting : sc::state<Waiting, Awaiting> {
  using reactions = mpl::list<Go<Event::remind_due, Reminded>, Go<Event::escalate_due, Escalated>>;
  explicit Waiting(my_context context) : my_base(context) { outermost_context().enter(State::waiting); }
};

struct Reminded : sc::state<Reminded, Awaiting> {
  using reactions = Go<Event::escalate_due, Escalated>;
  explicit Reminded(my_context context) : my_base(context) {
    outermost_context().enter(State::reminded);
    outermost_context().emit(Effect::comment_reminder);
  }
};

struct Escalated : sc::state<Escalated, Awaiting> {
  explicit Escalated(my_context context) : my_base(context) {
    outermost_context().enter(State::escalated);
    outermost_context().emit(Effect::comment_escalation);
  }
};

struct Writing : sc::state<Writing, Active> {
  using reactions = mpl::list<Go<Event::write_accepted, Telling>, Go<Event::write_lost, Telling>,
                              Go<Event::queue_decided, Telling>, Go<Event::withdrawn, Telling>,
                              Go<Event::failed, ParkedWriting>, Stay<Event::ticket_opened>>;
  explicit Writing(my_context context) : my_base(context) {
    outermost_context().enter(State::writing);
    outermost_context().emit(Effect::write_back);
  }
};

struct Telling : sc::state<Telling, Active> {
  using reactions = mpl::list<Go<Event::ticket_told, Settled>, Go<Event::ticket_gone, Settled>,
                              Go<Event::failed, ParkedTelling>, Stay<Event::ticket_opened>>;
  explicit Telling(my_context context) : my_base(context) {
    outermost_context().enter(State::telling);
    outermost_context().emit(Effect::tell_ticket);
  }
};

struct Recalling : sc::state<Recalling, Active> {
  using reactions = mpl::list<Go<Event::ticket_opened, Telling>, Go<Event::ticket_absent, Settled>,
                              Go<Event::failed, ParkedRecalling>>;
  explicit Recalling(my_context context) : my_base(context) {
    outermost_context().enter(State::recalling);
    outermost_context().emit(Effect::recall_ticket);
  }
};

struct Parked : sc::state<Parked, Machine, ParkedOpening> {
  explicit Parked(my_context context) : my_base(context) {}
};

struct ParkedOpening : sc::state<ParkedOpening, Parked> {
  using reactions = mpl::list<Go<Event::resumed, Opening>, Go<Event::ticket_opened, Waiting>,
                              Go<Event::decision_reached, Writing>, Go<Event::queue_decided, Recalling>,
                              Go<Event::withdrawn, Recalling>>;
  explicit ParkedOpening(my_context context) : my_base(context) {
    outermost_context().enter(State::parked_opening);
  }
};

struct ParkedWriting : sc::state<ParkedWriting, Parked> {
  using reactions = mpl::list<Go<Event::resumed, Writing>, Go<Event::queue_decided, Telling>,
                              Go<Event::withdrawn, Telling>>;
  explicit ParkedWriting(my_context context) : my_base(context) {
    outermost_context().enter(State::parked_writing);
  }
};

struct ParkedTelling : sc::state<ParkedTelling, Parked> {
  using reactions = mpl::list<Go<Event::resumed, Telling>, Go<Event::ticket_gone, Settled>>;
  explicit ParkedTelling(my_context context) : my_base(context) {
    outermost_context().enter(State::parked_telling);
  }
};

struct ParkedRecalling : sc::state<ParkedRecalling, Parked> {
  using reactions = mpl::list<Go<Event::resumed, Recalling>, Go<Event::ticket_opened, Telling>,
                              Go<Event::ticket_absent, Settled>>;
  explicit ParkedRecalling(my_context context) : my_base(context) {
    outermost_context().enter(State::parked_recalling);
  }
};

struct Settled : sc::state<Settled, Machine> {
  explicit Settled(my_context context) : my_base(context) { outermost_context().enter(State::settled); }
};

sc::result Resuming::react(const Resume& resume) {
  switch (resume.target) {
    case State::opening:
      return transit<Opening>();
    case State::waiting:
      return transit<Waiting>();
    case State::reminded:
      return transit<Reminded>();
    case State::escalated:
      return transit<Escalated>();
    case State::writing:
      return transit<Writing>();
    case State::telling:
      return transit<Telling>();
    case State::recalling:
      return transit<Recalling>();
    case State::parked_opening:
      return transit<ParkedOpening>();
    case State::parked_writing:
      return transit<ParkedWriting>();
    case State::parked_telling:
      return transit<ParkedTelling>();
    case State::parked_recalling:
      return transit<ParkedRecalling>();
    case State::settled:
      return transit<Settled>();
  }
  return forward_event();
}

void send(Machine& machine, Event event) {
  switch (event) {
    case Event::ticket_opened:
      return machine.process_event(On<Event::ticket_opened>());
    case Event::ticket_absent:
      return machine.process_event(On<Event::ticket_absent>());
    case Event::ticket_gone:
      return machine.process_event(On<Event::ticket_gone>());
    case Event::decision_reached:
      return machine.process_event(On<Event::decision_reached>());
    case Event::remind_due:
      return machine.process_event(On<Event::remind_due>());
    case Event::escalate_due:
      return machine.process_event(On<Event::escalate_due>());
    case Event::deadline_reached:
      return machine.process_event(On<Event::deadline_reached>());
    case Event::write_accepted:
      return machine.process_event(On<Event::write_accepted>());
    case Event::write_lost:
      return machine.process_event(On<Event::write_lost>());
    case Event::queue_decided:
      return machine.process_event(On<Event::queue_decided>());
    case Event::withdrawn:
      return machine.process_event(On<Event::withdrawn>());
    case Event::ticket_told:
      return machine.process_event(On<Event::ticket_told>());
    case Event::failed:
      return machine.process_event(On<Event::failed>());
    case Event::resumed:
      return machine.process_event(On<Event::resumed>());
  }
}

}  // namespace statechart

Step advance(State state, Event event) {
  statechart::Machine machine;
  machine.resume(state);
  statechart::send(machine, event);
  return machine.step();
}

Step begin() {
  statechart::Machine machine;
  machine.start_in(State::opening);
  return machine.step();
}

bool is_final(State state) noexcept {
  return state == State::settled;
}
bool is_parked(State state) noexcept {
  return state == State::parked_opening || state == State::parked_writing || state == State::parked_telling ||
         state == State::parked_recalling;
}
bool is_awaiting(State state) noexcept {
  return state == State::waiting || state == State::reminded || state == State::escalated;
}

}  // namespace workflows
