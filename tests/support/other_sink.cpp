#include "tests/support/other_sink.h"

#include <utility>

#include "tests/support/siem_bench.h"

namespace tests {

using bridge::siem_failure;
using bridge::SiemConfig;
using bridge::SiemEvent;
using connectors::Verdict;

std::string Other::actions() {
  const std::lock_guard lock(mutex);
  std::string text;
  for (const SiemEvent& event : events) text += (text.empty() ? "" : " ") + event.row.entry.action;
  return text;
}

std::vector<std::int64_t> Other::sequences() {
  const std::lock_guard lock(mutex);
  std::vector<std::int64_t> found;
  for (const SiemEvent& event : events) found.push_back(event.row.sequence);
  return found;
}

bridge::SiemSink::Sent OtherSink::send(const std::vector<SiemEvent>& events, bridge::Time) {
  std::unique_lock lock(other_.mutex);
  other_.changed.wait(lock, [this] { return !other_.hangs || stopped_; });
  if (stopped_) return {siem_failure(Verdict::retry, "stopped", "")};
  if (other_.down) return {siem_failure(Verdict::retry, "refused_connection", "nobody is there")};
  if (other_.busy) return {siem_failure(Verdict::retry, "server", "not now"), false, true};
  if (events.size() > other_.most) {
    ++other_.refused;
    return {siem_failure(Verdict::rejected, "invalid", "too much"), true};
  }
  other_.events.insert(other_.events.end(), events.begin(), events.end());
  ++waiting_;
  return {};
}

bridge::SiemSink::Arrived OtherSink::confirm(bridge::Time) {
  const std::lock_guard lock(other_.mutex);
  return {other_.confirms ? std::exchange(waiting_, 0) : 0, {}};
}

void OtherSink::stop() {
  const std::lock_guard lock(other_.mutex);
  stopped_ = true;
  ++other_.stopped;
  other_.changed.notify_all();
}

SiemConfig to_file(const std::string& name) {
  SiemConfig config = siem_config(bridge::SiemFileConfig{"/nowhere/" + name, 0, 1});
  config.name = name;
  return config;
}

}  // namespace tests
