#pragma once

// All sinks of the configuration, each a stream with a thread of its own. A sink that is slow or down touches
// nothing else: what it has not got lies in the store. Thread-safe; start(), replace() and stop() one at a
// time.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bridge/siem/stream.h"

namespace bridge {

class Metrics;

class Siem {
 public:
  using MakeSink = std::function<std::unique_ptr<SiemSink>(const SiemConfig&, const std::string& ca_file)>;

  // All must outlive it.
  Siem(const Config& config, Store& store, Trail& trail, const Clock& clock, MakeSink make = make_sink);
  ~Siem();  // stops

  void start();
  void stop();
  // The sinks of another configuration: those that are the same go on undisturbed. When one cannot be made it
  // throws, and all stay as they are.
  void replace(const Config& config);

  void measure(Metrics& metrics) const;
  // One line for each sink: "siem:splunk" -> JSON text.
  std::map<std::string, std::string> status() const;

 private:
  using One = std::shared_ptr<SiemStream>;
  One make(const SiemConfig& sink, const Config& config) const;
  std::vector<One> all() const;

  Store& store_;
  Trail& trail_;
  const Clock& clock_;
  const MakeSink make_;

  mutable std::mutex mutex_;  // guards what follows
  std::vector<QueueConfig> queues_;
  std::string ca_file_;
  std::vector<One> streams_;
  bool running_ = false;
};

}  // namespace bridge
