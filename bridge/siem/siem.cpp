#include "bridge/siem/siem.h"

#include <algorithm>

#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "mappings/engine/json.h"

namespace bridge {

namespace {

// What a feed depends on.
bool same_queues(const std::vector<QueueConfig>& a, const std::vector<QueueConfig>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const QueueConfig& x, const QueueConfig& y) {
    return x.name == y.name && x.remote == y.remote && x.mirror.auditlog == y.mirror.auditlog;
  });
}

}  // namespace

Siem::Siem(const Config& config, Store& store, Trail& trail, const Clock& clock, MakeSink make)
    : store_(store),
      trail_(trail),
      clock_(clock),
      make_(std::move(make)),
      queues_(config.queues),
      ca_file_(config.ca_file) {
  for (const SiemConfig& sink : config.siem) streams_.push_back(this->make(sink, config));
}

Siem::~Siem() {
  stop();
}

Siem::One Siem::make(const SiemConfig& sink, const Config& config) const {
  return std::make_shared<SiemStream>(sink, make_(sink, config.ca_file),
                                      make_feeds(sink, config.queues, store_, trail_), store_, clock_);
}

std::vector<Siem::One> Siem::all() const {
  const std::lock_guard lock(mutex_);
  return streams_;
}

void Siem::start() {
  const std::lock_guard lock(mutex_);
  running_ = true;
  for (const One& one : streams_) one->start();
}

void Siem::stop() {
  std::vector<One> streams;
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    streams = streams_;
  }
  for (const One& one : streams) one->stop();
}

void Siem::replace(const Config& config) {
  std::vector<One> next, gone, begun;
  const bool all_anew = [&] {
    const std::lock_guard lock(mutex_);
    return !same_queues(queues_, config.queues) || ca_file_ != config.ca_file;
  }();
  for (const One& one : all()) {
    const bool same =
        !all_anew && std::find(config.siem.begin(), config.siem.end(), one->config()) != config.siem.end();
    (same ? next : gone).push_back(one);
  }
  for (const SiemConfig& sink : config.siem) {
    if (std::any_of(next.begin(), next.end(), [&](const One& one) { return one->config() == sink; }))
      continue;
    begun.push_back(make(sink, config));
    next.push_back(begun.back());
  }
  for (const One& one : gone) {
    one->stop();
    log(Level::info, "siem_sink_ended", {{"sink", one->config().name}});
  }
  const std::lock_guard lock(mutex_);
  queues_ = config.queues;
  ca_file_ = config.ca_file;
  streams_ = std::move(next);
  for (const One& one : begun) {
    if (running_) one->start();
    log(Level::info, "siem_sink_begun", {{"sink", one->config().name}});
  }
}

void Siem::measure(Metrics& metrics) const {
  for (auto* gauge : {&metrics.siem_behind_seconds, &metrics.siem_behind_rows, &metrics.siem_failing})
    gauge->zero();
  const Time now = clock_.now();
  for (const One& one : all()) {
    const SiemStream::State state = one->state();
    const std::string& name = one->config().name;
    const double behind =
        state.behind_since ? std::chrono::duration<double>(now - *state.behind_since).count() : 0;
    metrics.siem_behind_seconds.at(name).set(std::max(behind, 0.0));
    metrics.siem_behind_rows.at(name).set(static_cast<double>(state.rows_behind));
    metrics.siem_failing.at(name).set(state.failures > 0 ? 1 : 0);
  }
}

std::map<std::string, std::string> Siem::status() const {
  std::map<std::string, std::string> lines;
  for (const One& one : all()) lines["siem:" + one->config().name] = one->describe().dump();
  return lines;
}

}  // namespace bridge
