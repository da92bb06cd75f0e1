#include "bridge/ops/metrics.h"

#include <charconv>
#include <cmath>

#include "connectors/engine/outcome.h"
#include "workflows/lifecycle.h"

namespace bridge {

namespace {
std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

// Inside a HELP line only \ and line ends are escaped; inside a label value the quote too.
std::string escaped(std::string_view text, bool quote) {
  std::string out;
  for (char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && quote)
      out += "\\\"";
    else
      out += c;
  }
  return out;
}

std::string label_text(std::string_view names, std::span<const std::string_view> values) {
  std::string text;
  for (std::string_view value : values) {
    const auto comma = names.find(',');
    if (!text.empty()) text += ',';
    text += std::string(names.substr(0, comma)) + "=\"" + escaped(value, true) + '"';
    names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
  }
  return text;
}

void append_sample(std::string& out, const std::string& name, const std::string& labels,
                   const std::string& value) {
  out += name;
  if (!labels.empty()) out += '{' + labels + '}';
  out += ' ' + value + '\n';
}

std::string wire_name(std::string_view name) {
  return "countersign_" + std::string(name);
}
}  // namespace

void Counter::append(std::string& out, const std::string& name, const std::string& labels) const {
  append_sample(out, name, labels, std::to_string(value()));
}

void Gauge::append(std::string& out, const std::string& name, const std::string& labels) const {
  append_sample(out, name, labels, number(value()));
}

void Histogram::observe(std::chrono::microseconds took) noexcept {
  const double seconds = std::chrono::duration<double>(took).count();
  std::size_t bucket = 0;
  while (bucket < bounds.size() && seconds > bounds[bucket]) ++bucket;
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(took.count(), std::memory_order_relaxed);
}

void Histogram::append(std::string& out, const std::string& name, const std::string& labels) const {
  const std::string prefix = labels.empty() ? "" : labels + ',';
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    total += buckets_[i].load(std::memory_order_relaxed);
    const std::string bound = i < bounds.size() ? number(bounds[i]) : "+Inf";
    append_sample(out, name + "_bucket", prefix + "le=\"" + bound + '"', std::to_string(total));
  }
  append_sample(out, name + "_sum", labels,
                number(static_cast<double>(sum_.load(std::memory_order_relaxed)) / 1e6));
  append_sample(out, name + "_count", labels, std::to_string(total));
}

template <class Series>
Series& FamilyOf<Series>::series(std::span<const std::string_view> values) {
  const std::string key = label_text(labels_, values);
  {
    std::shared_lock lock(mutex_);
    if (auto found = all_.find(key); found != all_.end()) return *found->second;
  }
  std::unique_lock lock(mutex_);
  auto& slot = all_[key];
  if (!slot) slot = std::make_unique<Series>();
  return *slot;
}

template <class Series>
void FamilyOf<Series>::append(std::string& out) const {
  std::shared_lock lock(mutex_);
  if (all_.empty()) return;
  const std::string name = wire_name(name_);
  out += "# HELP " + name + ' ' + escaped(help_, false) + "\n# TYPE " + name + ' ' +
         std::string(Series::type) + '\n';
  for (const auto& [labels, series] : all_) series->append(out, name, labels);
}

template class FamilyOf<Counter>;
template class FamilyOf<Gauge>;
template class FamilyOf<Histogram>;

Metrics::Metrics() {
  store_commits_total.at();
  store_jobs_total.at();
  access_failures_total.at();
  for (const char* of : {"credential", "address"}) {
    access_locks_total.at(of);
    access_locked.at(of);
  }
  for (const char* state : {"open", "busy"}) http_connections.at(state);
  for (const char* result : {"ok", "failed"}) reload_total.at(result);
}

void Metrics::expect(const std::vector<std::string>& queues, const std::vector<std::string>& remote_queues,
                     const std::vector<std::string>& desks) {
  // Every verdict but done goes with every reason but ok.
  auto calls = [](auto& family, const std::string& name) {
    family.at(name, "done", "ok");
    for (auto verdict :
         {connectors::Verdict::retry, connectors::Verdict::rejected, connectors::Verdict::unknown})
      for (const auto& [reason, meaning] : connectors::reasons())
        if (reason != "ok") family.at(name, to_string(verdict), reason);
  };
  for (const std::string& queue : queues)
    for (workflows::State state : workflows::all_states()) requests.at(queue, to_string(state));
  for (const std::string& queue : remote_queues) {
    calls(queue_calls_total, queue);
    queue_call_seconds.at(queue);
    last_successful_poll_seconds.at("queue", queue);
    for (auto* gauge : {&queue_budget_used, &queue_budget_limit, &queue_budget_reserve,
                        &queue_budget_forecast, &queue_poll_interval_seconds})
      gauge->at(queue);
    for (const char* reason : {"quota", "wrong_tenant"}) queue_stopped.at(queue, reason);
    for (const char* result : {"taken", "refused"}) queue_hints_total.at(queue, result);
    names_not_taken_total.at(queue);
  }
  for (const std::string& desk : desks) {
    calls(desk_calls_total, desk);
    desk_call_seconds.at(desk);
    desk_paused.at(desk);
    last_successful_poll_seconds.at("desk", desk);
    oldest_pending_without_ticket_seconds.at(desk);
    oldest_decision_not_written_back_seconds.at(desk);
    duplicates_avoided_total.at(desk);
    for (const char* verdict : {"approved", "denied", "withdrawn", "expired"})
      decisions_total.at(desk, verdict);
    for (const char* code : {"not_a_decider", "own_request"}) decisions_refused_total.at(desk, code);
    for (const auto& [reason, meaning] : connectors::reasons())
      if (reason != "ok") parked_total.at(desk, reason);
  }
}

void Metrics::at_scrape(std::function<void(Metrics&)> fill) {
  std::lock_guard lock(filling_);
  fill_ = std::move(fill);
}

std::string Metrics::render() {
  std::lock_guard lock(filling_);
  if (fill_) fill_(*this);
  std::string out;
#define COUNTERSIGN_METRIC_APPEND(name, type, labels, help) name.append(out);
  COUNTERSIGN_METRICS(COUNTERSIGN_METRIC_APPEND)
#undef COUNTERSIGN_METRIC_APPEND
  return out;
}

Metrics& metrics() {
  static Metrics of_this_process;
  return of_this_process;
}

const std::vector<MetricInfo>& all_metrics() {
  static const std::vector<MetricInfo> table = {
#define COUNTERSIGN_METRIC_INFO(name, Series, labels, help) \
  {"countersign_" #name, Series::type, labels, help},
      COUNTERSIGN_METRICS(COUNTERSIGN_METRIC_INFO)
#undef COUNTERSIGN_METRIC_INFO
  };
  return table;
}

}  // namespace bridge
