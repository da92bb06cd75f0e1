#pragma once

// Somebody who receives webhooks and is not always well: it answers 500, cuts the connection before or in its
// answer, or does not answer at all, as often as it is told to, by a seed. Keeps every delivery that came
// whole, in the order they came. Thread-safe; never forgets anything.

#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "tests/support/scripted_server.h"

namespace tests {

class HookReceiver {
 public:
  struct Arrival {
    std::string id, event, body;
    int attempt = 0;
    bool genuine = false;  // every secret made one signature of this body, at a time of now
    bool taken = false;    // answered 200, whole
  };
  HookReceiver(std::vector<std::string> secrets, unsigned seed);

  std::string url() const { return server_.url("/in"); }
  // Of a hundred deliveries so many are not answered well.
  void set_faults(int percent);
  std::vector<Arrival> arrivals() const;
  // True when what dead senders left behind has been read as well.
  bool is_idle() const { return server_.accepted() == server_.finished(); }

 private:
  enum class Mood { well, server_error, reset, half_an_answer, silence };
  Mood next_mood();
  void serve(Peer& peer);
  bool is_genuine(const SeenRequest& seen) const;

  const std::vector<std::string> secrets_;
  mutable std::mutex mutex_;
  std::mt19937 random_;
  int percent_ = 0;
  std::vector<Arrival> arrivals_;
  ScriptedServer server_;  // last: its threads use all of the above
};

}  // namespace tests
