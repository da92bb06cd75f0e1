#pragma once

// Splunk's HTTP Event Collector: a few batches at a time, one behind the other. Each counts when the indexer
// has acknowledged it and all before it. A batch whose acknowledgement does not come in time is sent again,
// with all behind it. Not thread-safe, but for stop(). The token goes into a header and nowhere else.

#include <deque>
#include <optional>

#include "bridge/siem/sink.h"
#include "connectors/engine/http_exchange.h"

namespace bridge {

class SplunkSink final : public SiemSink {
 public:
  SplunkSink(SiemConfig::Splunk config, std::chrono::milliseconds timeout, const std::string& ca_file);

  Sent send(const std::vector<SiemEvent>& events, Time now) override;
  Arrived confirm(Time now) override;
  void forget() override { waiting_.clear(); }
  std::size_t window() const override { return config_.in_flight; }
  std::chrono::milliseconds pause() const override { return pause_; }
  std::string remark() const override;
  std::string told() const override;
  void stop() override { http_.stop(); }

 private:
  struct Waiting {
    std::optional<std::int64_t> acknowledgement;  // nothing: none has to come any more
    Time sent{};
  };
  connectors::HttpResult ask_for_acknowledgements();
  // How many stand in front that need no acknowledgement; they are taken away.
  std::size_t take_arrived();
  connectors::HttpResult post(const std::string& path, std::string body);
  Sent judge(const connectors::HttpResult& result) const;
  std::string said(const std::string& body) const;

  const SiemConfig::Splunk config_;
  const std::chrono::milliseconds timeout_;
  const std::string channel_;
  const std::string hostname_;
  connectors::HttpClient http_;
  std::deque<Waiting> waiting_;  // the first sent in front
  std::chrono::milliseconds pause_{0};
  Time next_question_{};
  bool unacknowledged_ = false;  // asked for, and the token does not do it
  bool acknowledged_ = false;    // something was, since the last send
  std::string told_;
};

}  // namespace bridge
