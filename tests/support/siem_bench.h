#pragma once

// A store with an audit log, a clock that a test moves, and streams that run in the test's thread. Not
// thread-safe.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bridge/siem/siem.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temporary_folder.h"

namespace tests {

class SiemBench {
 public:
  SiemBench();

  // So many rows: "request.approved" of acme, or what is said.
  void add_rows(int count, const std::string& action = "request.approved", const std::string& queue = "acme");
  // A request of acme, and its denial: entries of the auditlog.
  std::int64_t add_request();
  void deny(std::int64_t id);

  // A new stream on the same store, as after a restart.
  std::unique_ptr<bridge::SiemStream> stream(const bridge::SiemConfig& config,
                                             std::unique_ptr<bridge::SiemSink> sink = nullptr);
  // Steps and lets the time pass that a step can wait, until `done`; fails the test when that takes too long.
  void run(bridge::SiemStream& stream, const std::string& what, const std::function<bool()>& done);
  // What the store has of it; -1: nothing.
  std::int64_t cursor(const std::string& sink = "sink", const std::string& feed = "audit") const;

  TemporaryFolder folder;
  FakeClock clock;
  std::vector<bridge::QueueConfig> queues;
  std::unique_ptr<bridge::Store> store;
};

// A sink for everything of the audit log, from its beginning.
bridge::SiemConfig siem_config(
    std::variant<bridge::SplunkConfig, bridge::SyslogConfig, bridge::SiemFileConfig> to);

// Every number from 1 to `last` is there, and the first time each stands behind the one before; else what is
// wrong.
std::string gap_in(const std::vector<std::int64_t>& sequences, std::int64_t last);

// The sequence that each message names in its structured data.
std::vector<std::int64_t> sequences_of(const std::vector<std::string>& messages);

}  // namespace tests
