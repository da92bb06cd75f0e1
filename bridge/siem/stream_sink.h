#pragma once

// A receiver of syslog over TCP or TLS. The protocol has no acknowledgement: a send counts when the peer's
// system has taken all of its bytes and the connection has stood for `settle` since. What is younger when a
// connection breaks is sent again. Not thread-safe, but for stop().

#include <deque>

#include "bridge/siem/sink.h"
#include "bridge/siem/syslog_message.h"
#include "connectors/engine/http_connection.h"

namespace bridge {

class StreamSink final : public SiemSink {
 public:
  StreamSink(const SiemConfig::Syslog& config, std::chrono::milliseconds timeout, const std::string& ca_file,
             std::string target);

  Sent send(const std::vector<SiemEvent>& events, Time now) override;
  Arrived confirm(Time now) override;
  void forget() override { waiting_.clear(); }
  std::size_t window() const override { return 64; }
  std::chrono::milliseconds pause() const override;
  std::string told() const override;
  void stop() override;

 private:
  struct Waiting {
    std::int64_t end = 0;  // bytes written when it was sent
    Time sent{};
  };
  bool stands(connectors::Fault& fault);
  connectors::Outcome broken(connectors::Fault fault);

  const SiemConfig::Syslog config_;
  const std::chrono::milliseconds timeout_;
  const std::string target_;
  connectors::HttpUrl url_;
  connectors::TlsTrust trust_;
  connectors::HttpResolver resolver_;
  connectors::StopSignal stop_;
  SyslogWriter writer_;
  std::unique_ptr<connectors::HttpConnection> connection_;
  std::int64_t written_ = 0;
  std::deque<Waiting> waiting_;
};

}  // namespace bridge
