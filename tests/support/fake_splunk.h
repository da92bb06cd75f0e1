#pragma once

// A Splunk HTTP Event Collector as a client sees it, with indexer acknowledgement, and with what may go wrong
// on the way. Keeps the events of every batch that it took, in the order they came. Thread-safe.

#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "mappings/engine/json.h"
#include "tests/support/scripted_server.h"

namespace tests {

class FakeSplunk {
 public:
  enum class Mood {
    well,
    busy,            // 503 with Retry-After, nothing taken
    refuse,          // 403, with the token in its text
    cut,             // takes the batch and ends the connection
    half_an_answer,  // takes the batch and ends the connection in its answer
    forget,          // takes the batch, answers, and never acknowledges: it is lost
    late,            // acknowledges it three questions later than it would
    no_acknowledgement,
    too_large,  // 413 for more than two events
  };
  explicit FakeSplunk(std::string token, std::optional<ServerIdentity> identity = std::nullopt);

  std::string url() const { return server_.url(""); }
  // How the next batches are treated, one each; after these: well.
  void next(const std::vector<Mood>& moods);
  // How many questions for an acknowledgement are answered with "not yet" first.
  void acknowledge_after(int questions);

  // The "sequence" of every event that reached an index, in order, and of every event that was sent.
  std::vector<std::int64_t> indexed() const;
  std::vector<std::int64_t> sent() const;
  // The bodies as they came.
  std::vector<std::string> bodies() const;
  std::vector<std::string> channels() const;
  int questions() const;
  // What a collector would not have taken; empty: nothing.
  std::string problem() const;

 private:
  void serve(Peer& peer);
  bool take(Peer& peer, const SeenRequest& seen);
  void answer_acknowledgements(Peer& peer, const SeenRequest& seen);

  const std::string token_;
  mutable std::mutex mutex_;
  std::deque<Mood> moods_;
  int later_ = 0;
  int questions_ = 0;
  int next_acknowledgement_ = 0;
  std::map<int, int> late_;  // questions that are answered with "not yet"
  std::set<int> told_;       // an acknowledgement is told once
  std::vector<std::int64_t> indexed_, sent_;
  std::vector<std::string> bodies_, channels_;
  std::string problem_;
  ScriptedServer server_;  // last: its threads use all of the above
};

}  // namespace tests
