#include "bridge/siem/stream_sink.h"

#include <algorithm>
#include <csignal>

namespace bridge {

using connectors::Fault;
using connectors::HttpConnection;
using connectors::Until;
using connectors::Verdict;
using namespace std::chrono_literals;

namespace {

using Steady = std::chrono::steady_clock;

constexpr auto look = 250ms;

}  // namespace

StreamSink::StreamSink(const SiemConfig::Syslog& config, std::chrono::milliseconds timeout,
                       const std::string& ca_file, std::string target)
    : config_(config),
      timeout_(timeout),
      target_(std::move(target)),
      trust_(connectors::TlsSettings{ca_file}),
      writer_(config, own_hostname()) {
  url_.tls = config.transport == SiemConfig::Syslog::Transport::tls;
  url_.host = config.host;
  url_.port = config.port;
  // A TLS socket writes without MSG_NOSIGNAL: a peer that has gone must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
}

std::chrono::milliseconds StreamSink::pause() const {
  return std::min<std::chrono::milliseconds>(look, config_.settle);
}

std::string StreamSink::told() const {
  return "sent to " + target_ +
         ", and the connection has stood; syslog has no answer: look for siem.test at the receiver";
}

void StreamSink::stop() {
  stop_.raise();
  resolver_.stop();
}

// A receiver has nothing to say; what it says all the same is read, so that the end is seen behind it.
bool StreamSink::stands(Fault& fault) {
  char buffer[1024];
  for (;;) {
    const int n = connection_->receive(buffer, sizeof buffer, Until{Steady::now() + 1ms, stop_}, fault);
    if (n > 0) continue;
    if (n < 0 && fault.reason == "timeout") return true;
    if (n == 0) fault.is("connection_lost", "the receiver closed the connection");
    return false;
  }
}

connectors::Outcome StreamSink::broken(Fault fault) {
  connection_.reset();
  waiting_.clear();
  // The connection is named as that of a web server.
  if (const auto end = fault.detail.find(url_.origin() + ": "); end == 0)
    fault.detail.erase(0, url_.origin().size() + 2);
  return siem_failure(fault.reason == "connection_lost" ? Verdict::unknown : Verdict::retry,
                      std::move(fault.reason), target_ + ": " + fault.detail);
}

SiemSink::Sent StreamSink::send(const std::vector<SiemEvent>& events, Time now) {
  Fault fault;
  if (connection_ && !stands(fault)) {
    if (!waiting_.empty() || fault.reason == "stopped") return {broken(std::move(fault))};
    connection_.reset();  // idle, and nothing was on its way
  }
  const Until until{Steady::now() + timeout_, stop_};
  if (!connection_) {
    written_ = 0;
    connection_ = HttpConnection::open(url_, trust_, resolver_, {}, until, fault);
    if (!connection_) return {broken(std::move(fault))};
  }
  std::string bytes;
  for (const SiemEvent& event : events) bytes += writer_.frame(event);
  for (std::size_t done = 0; done < bytes.size();) {
    std::size_t sent = 0;
    switch (connection_->send(std::string_view(bytes).substr(done), sent, until, fault)) {
      case HttpConnection::Sent::all:
        break;
      case HttpConnection::Sent::early_answer:
        if (!stands(fault)) return {broken(std::move(fault))};
        break;
      case HttpConnection::Sent::failed:
        return {broken(std::move(fault))};
    }
    done += sent;
  }
  written_ += static_cast<std::int64_t>(bytes.size());
  waiting_.push_back({written_, now});
  return {};
}

SiemSink::Arrived StreamSink::confirm(Time now) {
  if (waiting_.empty()) return {};
  Fault fault;
  if (!stands(fault)) return {0, broken(std::move(fault))};
  // With TLS a little more is on the wire than was written: then it counts a moment later.
  const std::int64_t taken = written_ - std::max(connection_->unconfirmed(), 0);
  Arrived arrived;
  while (!waiting_.empty() && waiting_.front().end <= taken &&
         now - waiting_.front().sent >= config_.settle) {
    waiting_.pop_front();
    ++arrived.sends;
  }
  if (arrived.sends == 0 && now - waiting_.front().sent >= config_.settle + timeout_) {
    fault.is("timeout", "the receiver's system does not take what was sent");
    arrived.outcome = broken(std::move(fault));
  }
  return arrived;
}

}  // namespace bridge
