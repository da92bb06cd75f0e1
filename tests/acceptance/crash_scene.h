#pragma once

// Requests that go their whole way while the bridge is killed under them, and what must hold at the end
// whatever happened on the way. Each request has a plan; step() does whatever can be done now and remembers
// what was promised and what was seen. Not thread-safe.

#include <string>
#include <vector>

#include "tests/acceptance/site.h"

namespace acceptance {

enum class Plan {
  desk_approves,
  desk_denies,
  desk_approves_when_reminded,  // for a workflow that reminds soon
  queue_approves_early,
  queue_denies_with_a_ticket
};

class CrashScene {
 public:
  // `queue`: who takes requests and decisions; `prefix`: before the id in the correlation key.
  CrashScene(PracticeDesk& desk, JsonSite queue, std::string prefix, std::string log);

  void add(Plan plan);
  // Everything that can be done now; true when each request is decided, told and seen.
  bool step();
  // What must hold, whatever happened. `tenant`: the remote queue, when there is one.
  void verify(const Bridge& bridge, const Bridge* tenant = nullptr) const;

 private:
  struct Wanted {
    int number = 0;
    Plan plan{};
    std::string id;        // empty: not acknowledged
    bool decided = false;  // by us: at the desk, or at the queue with its yes
    std::string seen;      // the decision as the queue first showed it
    bool told = false;
    bool over() const { return !seen.empty() && told; }
  };
  bool at_desk(const Wanted& wanted) const;
  bool approves(const Wanted& wanted) const;
  std::string expected(const Wanted& wanted, bool remote) const;
  std::string key(const Wanted& wanted) const { return prefix_ + wanted.id; }
  std::string look(const Wanted& wanted) const;
  void verify_trail(const Bridge& bridge, const std::string& prefix) const;
  void submit(Wanted& wanted);
  void decide(Wanted& wanted);
  void read(Wanted& wanted);
  void look_at_ticket(Wanted& wanted);

  PracticeDesk& desk_;
  JsonSite queue_;
  const std::string prefix_;
  const std::string log_;
  const std::string run_;
  std::vector<Wanted> all_;
};

// The decision in a request of the API, as one text.
std::string decision_text(const Json& request);

}  // namespace acceptance
