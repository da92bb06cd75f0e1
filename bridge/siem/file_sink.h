#pragma once

// A file with one JSON object a line. A send counts when it is on the disk. The file may be moved away at any
// moment, as logrotate does: the next send begins a new one. Not thread-safe. Beside another process that
// writes the file it only adds lines.

#include <cstdint>

#include "bridge/siem/sink.h"

namespace bridge {

class FileSink final : public SiemSink {
 public:
  explicit FileSink(SiemConfig::File config) : config_(std::move(config)) {}
  ~FileSink() override;

  Sent send(const std::vector<SiemEvent>& events, Time now) override;
  Arrived confirm(Time now) override;
  void forget() override { waiting_ = 0; }
  std::size_t window() const override { return 1; }
  std::chrono::milliseconds pause() const override { return std::chrono::milliseconds(0); }
  std::string told() const override { return "written to " + config_.path; }
  void stop() override {}

 private:
  void open();
  void close() noexcept;
  bool is_moved() const;
  void rotate();
  void end_last_line();
  void write(const std::string& text);

  const SiemConfig::File config_;
  int fd_ = -1;
  bool alone_ = false;
  std::int64_t size_ = 0;
  std::size_t waiting_ = 0;
};

}  // namespace bridge
