#pragma once

// What Prometheus is told, as text format 0.0.4. One table names every metric; a metric is a member of
// Metrics, and its labels are counted by the compiler:
//   metrics().desk_calls_total.at("snow", "done", "ok").add();
// Thread-safe. at() takes a lock and may allocate; the series it gives stays valid as long as the Metrics
// object, so hot paths keep it and pay one atomic. Label values are shown to everyone who can scrape: never a
// secret, never a person.

#include <array>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bridge {

// name, type, labels, help. On the wire every name starts with countersign_.
#define COUNTERSIGN_METRICS(M)                                                                          \
  M(build_info, Gauge, "version", "Always 1; the label says which program runs")                        \
  M(requests, Gauge, "queue,state", "Requests by queue and state of their lifecycle")                   \
  M(oldest_pending_without_ticket_seconds, Gauge, "desk",                                               \
    "Age of the oldest pending request that has no ticket yet; 0 when there is none")                   \
  M(oldest_decision_not_written_back_seconds, Gauge, "desk",                                            \
    "Age of the oldest decision that the queue has not taken yet; 0 when there is none")                \
  M(last_successful_poll_seconds, Gauge, "side,name",                                                   \
    "Seconds since a desk or a queue was last asked for changes with success, or since the start")      \
  M(desk_calls_total, Counter, "desk,verdict,reason", "Calls to a desk by how they ended")              \
  M(desk_call_seconds, Histogram, "desk", "How long calls to a desk took")                              \
  M(desk_paused, Gauge, "desk", "1 while the bridge waits before it calls this desk again")             \
  M(queue_calls_total, Counter, "queue,verdict,reason", "Calls to a remote queue by how they ended")    \
  M(queue_call_seconds, Histogram, "queue", "How long calls to a remote queue took")                    \
  M(queue_budget_used, Gauge, "queue", "Calls made to a remote queue in the tenant's day so far")       \
  M(queue_budget_limit, Gauge, "queue", "Calls that may be made to it in a day")                        \
  M(queue_budget_reserve, Gauge, "queue", "Calls of these that polls leave for decisions")              \
  M(queue_budget_forecast, Gauge, "queue",                                                              \
    "Calls by the end of the tenant's day at the pace of the last half hour")                           \
  M(queue_poll_interval_seconds, Gauge, "queue", "Time between two polls as they are now")              \
  M(queue_stopped, Gauge, "queue,reason",                                                               \
    "1 while a remote queue is not asked or not written to for this reason")                            \
  M(mirror_rows, Gauge, "queue,kind", "What is held of a remote queue's auditlog, events or inventory") \
  M(mirror_last_success_seconds, Gauge, "queue,kind",                                                   \
    "Seconds since this part of a remote queue's mirror was last complete")                             \
  M(mirror_stopped, Gauge, "queue,kind",                                                                \
    "1 when the tenant has no such list, or refuses it: it is asked again in a day")                    \
  M(queue_hints_total, Counter, "queue,result", "WebHooks from remote queues by what became of them")   \
  M(names_not_taken_total, Counter, "queue",                                                            \
    "Decisions that stand in a remote queue without the name of who made them")                         \
  M(retries_total, Counter, "lane,reason", "Effects put off to be tried again")                         \
  M(parked_total, Counter, "desk,reason", "Requests that were parked for a person")                     \
  M(decisions_total, Counter, "desk,verdict", "Decisions that became final in the queue")               \
  M(decisions_refused_total, Counter, "desk,code", "Decisions that the workflow did not allow")         \
  M(duplicates_avoided_total, Counter, "desk",                                                          \
    "Tickets found by their correlation key where one was about to be created")                         \
  M(webhooks_total, Counter, "desk,result", "Webhooks from desks by what became of them")               \
  M(hook_deliveries_total, Counter, "subscription,result",                                              \
    "Deliveries to a webhook's receiver: delivered, failed (tried again later), left_out by its scope") \
  M(hook_pending, Gauge, "subscription", "Deliveries that are not done yet")                            \
  M(hook_oldest_pending_seconds, Gauge, "subscription",                                                 \
    "Age of the oldest delivery that is not done; 0 when there is none")                                \
  M(hook_paused, Gauge, "subscription", "1 while a person must resume the subscription")                \
  M(siem_events_total, Counter, "sink,result",                                                          \
    "Events of the audit log and the auditlog that arrived at a sink, and those that were sent again")  \
  M(siem_failures_total, Counter, "sink,reason", "Times that a sink did not take what was sent")        \
  M(siem_behind_seconds, Gauge, "sink",                                                                 \
    "Age of the oldest event that has not arrived at the sink; 0 when all have")                        \
  M(siem_behind_rows, Gauge, "sink", "Rows of the audit log that the sink has not got yet")             \
  M(siem_failing, Gauge, "sink", "1 while the sink does not take what is sent; it is tried again")      \
  M(http_requests_total, Counter, "route,status", "HTTP requests answered")                             \
  M(http_request_seconds, Histogram, "route", "How long answering an HTTP request took")                \
  M(http_connections, Gauge, "state", "Connections that are open, and those of them being served")      \
  M(certificate_expires_seconds, Gauge, "",                                                             \
    "Seconds until our own TLS certificate expires, negative when it has; absent without TLS")          \
  M(quota_calls_a_day, Gauge, "queue", "Calls to the API that a queue's keys may make on a day")        \
  M(quota_calls_used, Gauge, "queue", "Calls to the API that counted on this day")                      \
  M(quota_closed, Gauge, "queue",                                                                       \
    "1 while calls are refused because the day's quota is used up, until the next business day")        \
  M(quota_refused_total, Counter, "queue", "Calls refused because the quota was used up")               \
  M(access_failures_total, Counter, "", "Calls refused because nobody could be made out behind them")   \
  M(access_locks_total, Counter, "of", "Credentials and addresses locked after too many failures")      \
  M(access_locked, Gauge, "of", "Credentials and addresses that are locked now")                        \
  M(directory_unreadable_total, Counter, "queue,of",                                                    \
    "Times that a stored user or group could not be read; the log has its id and why")                  \
  M(store_commits_total, Counter, "", "Commits of the store")                                           \
  M(store_jobs_total, Counter, "", "Writes to the store; many share one commit")                        \
  M(reload_total, Counter, "result", "Reloads of the configuration")

class Counter {
 public:
  void add(std::uint64_t by = 1) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }
  static constexpr std::string_view type = "counter";
  void append(std::string& out, const std::string& name, const std::string& labels) const;

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
  double value() const noexcept { return value_.load(std::memory_order_relaxed); }
  static constexpr std::string_view type = "gauge";
  void append(std::string& out, const std::string& name, const std::string& labels) const;

 private:
  std::atomic<double> value_{0};
};

class Histogram {
 public:
  static constexpr std::array<double, 13> bounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                    0.25,  0.5,    1,     2.5,  10,    30};
  void observe(std::chrono::microseconds took) noexcept;
  static constexpr std::string_view type = "histogram";
  void append(std::string& out, const std::string& name, const std::string& labels) const;

 private:
  std::array<std::atomic<std::uint64_t>, bounds.size() + 1> buckets_{};
  std::atomic<std::int64_t> sum_{0};  // microseconds
};

// All series of one metric.
template <class Series>
class FamilyOf {
 public:
  FamilyOf(std::string_view name, std::string_view labels, std::string_view help)
      : name_(name), labels_(labels), help_(help) {}

  void append(std::string& out) const;

 protected:
  Series& series(std::span<const std::string_view> values);

  mutable std::shared_mutex mutex_;
  std::map<std::string, std::unique_ptr<Series>> all_;  // by the text of the labels

 private:
  const std::string_view name_;
  const std::string_view labels_;
  const std::string_view help_;
};

template <class Series, std::size_t labels>
class Family : public FamilyOf<Series> {
 public:
  using FamilyOf<Series>::FamilyOf;

  // The series with these label values, made at its first use.
  template <class... Values>
  requires(sizeof...(Values) == labels) Series& at(const Values&... values) {
    const std::array<std::string_view, labels> all{values...};
    return this->series(all);
  }

  // Sets every series to 0, before a gauge is filled anew: label values come and go.
  void zero() requires std::same_as<Series, Gauge> {
    std::shared_lock lock(this->mutex_);
    for (auto& [labels_of, one] : this->all_) one->set(0);
  }
};

constexpr std::size_t count_labels(std::string_view labels) {
  std::size_t n = labels.empty() ? 0 : 1;
  for (char c : labels) n += c == ',';
  return n;
}

class Metrics {
 public:
  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

#define COUNTERSIGN_METRIC_MEMBER(name, type, labels, help) \
  Family<type, count_labels(labels)> name{#name, labels, help};
  COUNTERSIGN_METRICS(COUNTERSIGN_METRIC_MEMBER)
#undef COUNTERSIGN_METRIC_MEMBER

  // Makes the series whose labels are known from the start, so that each is there, as 0, before its first
  // event. May be called again after a reload.
  void expect(const std::vector<std::string>& queues, const std::vector<std::string>& remote_queues,
              const std::vector<std::string>& desks);

  // Called at each scrape, to set the gauges that are read and not counted. One at a time; null takes it
  // away, and returns when no call is under way any more.
  void at_scrape(std::function<void(Metrics&)> fill);

  std::string render();
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

 private:
  std::mutex filling_;
  std::function<void(Metrics&)> fill_;
};

// Those of this process.
Metrics& metrics();

// Every metric, for the documentation.
struct MetricInfo {
  std::string_view name;  // with countersign_
  std::string_view type;
  std::string_view labels;
  std::string_view help;
};
const std::vector<MetricInfo>& all_metrics();

}  // namespace bridge
