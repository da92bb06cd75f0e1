#pragma once

// One sink at work, on a thread of its own: reads behind its cursors, sends, and moves a cursor when what was
// sent has arrived. What is not confirmed when something breaks, or when the bridge ends, is read and sent
// again. Thread-safe. Owned by Siem; never touches another sink.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bridge/siem/feed.h"
#include "bridge/siem/sink.h"

namespace mappings {
class Json;
}

namespace bridge {

class SiemStream {
 public:
  SiemStream(SiemConfig config, std::unique_ptr<SiemSink> sink, SiemFeeds feeds, Store& store,
             const Clock& clock);
  ~SiemStream();  // stops

  void start();
  void stop();
  const SiemConfig& config() const noexcept { return config_; }

  // One round in the calling thread; how long the next one can wait. For the thread, and for tests.
  std::chrono::milliseconds step();

  struct State {
    std::string word;                  // "in step", "sending", "failing"
    std::int64_t arrived = 0;          // events since the start
    std::int64_t repeated = 0;         // events that were sent again
    std::optional<Time> behind_since;  // of the oldest event that has not arrived
    std::int64_t rows_behind = 0;      // of the audit log
    int failures = 0;                  // in a row
    std::string last_error, remark;
    std::optional<Time> last_error_at, last_arrived_at, next_try;
  };
  State state() const;
  // What `status` keeps of it.
  mappings::Json describe() const;

 private:
  struct Cursor {
    std::int64_t confirmed = 0;  // as it is stored
    std::int64_t sent = 0;
  };
  struct Flight {
    std::size_t feed = 0;
    std::int64_t reached = 0;
    std::int64_t events = 0;
    Time oldest{};
  };
  void run();
  void load();
  // Where a person has asked for history since the last look: back to where that begins.
  void go_back(Time now);
  bool take_arrivals(Time now);
  // True when something was sent or left out; false: nothing is there, or nothing may be sent.
  bool send_next(Time now);
  void move(std::size_t feed, std::int64_t reached, Time now);
  // `stands`: what was sent before is still under way.
  void fail(const connectors::Outcome& outcome, Time now, bool stands = false);
  // What is under way counts as not sent; how many events those are.
  std::int64_t take_back();
  // After a round without a fault.
  void note_lag(Time now, bool went_on);

  const SiemConfig config_;
  const std::unique_ptr<SiemSink> sink_;
  const SiemFeeds feeds_;
  Store& store_;
  const Clock& clock_;

  // Of whoever calls step().
  std::vector<Cursor> cursors_;
  std::deque<Flight> flights_;
  std::size_t next_feed_ = 0;
  int limit_;
  Time not_before_{}, last_now_{};

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  State state_;
  bool stopping_ = false;
  std::thread thread_;
};

// "siem:splunk:audit": where the store keeps how far a sink has come.
std::string siem_cursor_name(const std::string& sink, const std::string& feed);
// Where the store keeps what history a person asked for, and for what of that the cursors have been set back.
std::string siem_backfill_name(const std::string& sink);
std::string siem_backfilled_name(const std::string& sink);
// What is kept there: each asking differs from the one before.
std::string siem_backfill_text(Time asked, Time from);

}  // namespace bridge
