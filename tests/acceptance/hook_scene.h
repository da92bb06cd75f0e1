#pragma once

// Requests and events of a queue, and the webhooks that must tell of them, whatever happens on the way: who
// makes the requests remembers what was acknowledged, and so what has to arrive. Not thread-safe.

#include <map>
#include <string>
#include <vector>

#include "tests/acceptance/site.h"
#include "tests/support/hook_receiver.h"

namespace acceptance {

class HookScene {
 public:
  HookScene(const Bridge& bridge, const std::string& key, const tests::HookReceiver& receiver);

  // Requests to be approved, denied, withdrawn, and approved and used, in turn.
  void add_requests(int count);
  void add_events(int count);
  // Everything that can be done now; true when all was said and all of it has arrived.
  bool step();
  // Of each request every change in order, genuine, as the API shows it; of the events each in their order.
  void verify() const;

 private:
  enum class Plan { approve, deny, withdraw, use };
  struct Wanted {
    int number = 0;
    Plan plan{};
    std::string id;  // empty: not acknowledged
    bool decided = false, used = false;
    bool done() const { return decided && (plan != Plan::use || used); }
  };
  struct WantedEvent {
    int number = 0;
    std::string id;
  };
  static std::vector<std::string> expected(Plan plan);
  void move(Wanted& wanted) const;
  bool arrived() const;
  std::string look(const std::string& what) const { return " (" + what + "; see " + log_ + ')'; }

  const JsonSite queue_;
  const tests::HookReceiver& receiver_;
  const std::string log_;
  const std::string run_;
  std::vector<Wanted> requests_;
  std::vector<WantedEvent> events_;
};

}  // namespace acceptance
