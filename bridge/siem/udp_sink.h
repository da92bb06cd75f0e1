#pragma once

// A receiver of syslog over UDP: one message a datagram. Nobody says that one arrived; a closed port is heard
// of, if the network tells, and what was sent in the last `settle` is then sent again. Not thread-safe, but
// for stop().

#include <deque>

#include "bridge/siem/sink.h"
#include "bridge/siem/syslog_message.h"
#include "connectors/engine/http_resolver.h"
#include "connectors/engine/http_wait.h"

namespace bridge {

class UdpSink final : public SiemSink {
 public:
  UdpSink(const SiemConfig::Syslog& config, std::chrono::milliseconds timeout, std::string target);
  ~UdpSink() override;

  Sent send(const std::vector<SiemEvent>& events, Time now) override;
  Arrived confirm(Time now) override;
  void forget() override { waiting_.clear(); }
  std::size_t window() const override { return 64; }
  std::chrono::milliseconds pause() const override;
  std::string told() const override;
  void stop() override;

 private:
  connectors::Outcome open();
  connectors::Outcome broken(const char* reason, const std::string& detail);
  connectors::Outcome broken(int error);

  const SiemConfig::Syslog config_;
  const std::chrono::milliseconds timeout_;
  const std::string target_;
  connectors::HttpResolver resolver_;
  connectors::StopSignal stop_;
  SyslogWriter writer_;
  int fd_ = -1;
  std::deque<Time> waiting_;
};

}  // namespace bridge
