#pragma once

// A sink that a test looks behind: what reached the other side, and how the other side behaves. Thread-safe.

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "bridge/siem/sink.h"

namespace tests {

// Shared by the sinks of one test.
struct Other {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<bridge::SiemEvent> events;
  bool down = false;
  bool hangs = false;  // in send(), until stop()
  bool busy = false;   // refuses what comes, and keeps what came before
  bool confirms = true;
  std::size_t window = 4;
  std::size_t most = 1'000'000;  // events at a time
  int refused = 0;               // sends that were too much
  int stopped = 0;

  std::string actions();
  std::vector<std::int64_t> sequences();
};

class OtherSink final : public bridge::SiemSink {
 public:
  explicit OtherSink(Other& other) : other_(other) {}

  Sent send(const std::vector<bridge::SiemEvent>& events, bridge::Time now) override;
  Arrived confirm(bridge::Time now) override;
  void forget() override { waiting_ = 0; }
  std::size_t window() const override { return other_.window; }
  std::chrono::milliseconds pause() const override { return std::chrono::milliseconds(100); }
  std::string told() const override { return "told"; }
  void stop() override;

 private:
  Other& other_;
  std::size_t waiting_ = 0;
  bool stopped_ = false;
};

// Of a sink that no test writes to.
bridge::SiemConfig to_file(const std::string& name = "sink");

}  // namespace tests
