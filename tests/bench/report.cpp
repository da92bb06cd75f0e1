#include "tests/bench/report.h"

#include <cstdio>
#include <ostream>

#include "bridge/app/table.h"
#include "mappings/engine/json.h"

namespace bench {

using mappings::Json;

namespace {

constexpr double least_ratio = 0.5, most_mib = 64, most_idle_ms = 50;
constexpr double least_of_few = 0.8, least_of_nginx = 0.2;
constexpr int nginx_take = 50;

std::string number(double value, int places = 0) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", places, value);
  return text;
}

template <class Read>
double median(const std::vector<Figures>& runs, Read read) {
  std::vector<double> values;
  for (const Figures& run : runs) values.push_back(read(run));
  return percentile(std::move(values), 0.5);
}

double rate_of(const Figures& run) {
  return run.seconds > 0 ? run.requests / run.seconds : 0;
}
double cpu_of(const Figures& run) {
  return run.requests > 0 ? run.cpu_seconds * 1000 / run.requests : 0;
}
double peak_of(const Figures& run) {
  return run.peak_mib;
}

std::vector<double> written_of(const std::vector<Figures>& runs) {
  std::vector<double> all;
  for (const Figures& run : runs) all.insert(all.end(), run.written_ms.begin(), run.written_ms.end());
  return all;
}

struct Bar {
  std::string text;
  bool met;
};
std::vector<Bar> bars_of(const Measured& m) {
  std::vector<Bar> bars;
  bars.push_back({m.queue + ": " + number(m.ratio(), 2) +
                      " of the reference's round trips per second, at least " + number(least_ratio, 1),
                  m.ratio() >= least_ratio});
  if (m.many.requests > 0)
    bars.push_back({m.queue + ": " + number(m.many.peak_mib, 1) + " MiB at " +
                        bridge::human_count(m.many.requests) + " requests, less than " + number(most_mib),
                    m.many.peak_mib < most_mib});
  if (!m.idle_ms.empty())
    bars.push_back({m.queue + ": p99 " + number(percentile(m.idle_ms, 0.99), 1) +
                        " ms from a decision to the queue on an idle bridge, less than " +
                        number(most_idle_ms),
                    percentile(m.idle_ms, 0.99) < most_idle_ms});
  return bars;
}

// The worst number of connections counts.
std::vector<Bar> bars_of(const Readings& readings) {
  std::vector<Bar> bars;
  for (const Reading& r : readings.all) {
    const std::string what =
        "take=" + std::to_string(r.take) + ", " + std::to_string(r.connections) + " connections: ";
    bars.push_back({what + number(r.of_few(), 2) + " of the small store's answers per second, at least " +
                        number(least_of_few, 1),
                    r.of_few() >= least_of_few});
    if (r.take == nginx_take)
      bars.push_back({what + number(r.of_nginx(), 2) + " of nginx's answers per second, at least " +
                          number(least_of_nginx, 1),
                      r.of_nginx() >= least_of_nginx});
  }
  return bars;
}

Json json_of(const LoadFigures& figures) {
  return Json::object(
      {{"perSecond", figures.per_second}, {"p50Ms", figures.p50_ms}, {"p99Ms", figures.p99_ms}});
}

Json json_of(const Reading& r) {
  return Json::object({{"take", r.take},
                       {"connections", r.connections},
                       {"bodyBytes", static_cast<std::int64_t>(r.many.body_bytes)},
                       {"few", json_of(r.few)},
                       {"many", json_of(r.many)},
                       {"nginx", json_of(r.nginx)},
                       {"manyOfFew", r.of_few()},
                       {"manyOfNginx", r.of_nginx()}});
}

void print(const Readings& readings, std::ostream& out) {
  const std::string few = bridge::human_count(readings.options.few);
  const std::string many = bridge::human_count(readings.options.many);
  bridge::Table table({"GET /requests", "KIB", few + " STORED/S", "P99 MS", many + " STORED/S", "P99 MS",
                       "NGINX/S", "P99 MS"});
  for (const Reading& r : readings.all)
    table.add({"take=" + std::to_string(r.take) + ", " + std::to_string(r.connections) + " connections",
               number(static_cast<double>(r.many.body_bytes) / 1024), number(r.few.per_second),
               number(r.few.p99_ms, 1), number(r.many.per_second), number(r.many.p99_ms, 1),
               number(r.nginx.per_second), number(r.nginx.p99_ms, 1)});
  table.print(out);
}

Json json_of(const Measured& m) {
  const auto written = written_of(m.runs);
  return Json::object({{"queue", m.queue},
                       {"requests", m.runs.empty() ? 0 : m.runs.front().requests},
                       {"runs", static_cast<int>(m.runs.size())},
                       {"roundTripsPerSecond", m.rate()},
                       {"cpuSecondsPer1000", median(m.runs, cpu_of)},
                       {"peakMiB", median(m.runs, peak_of)},
                       {"writtenBackMsP50", percentile(written, 0.5)},
                       {"writtenBackMsP99", percentile(written, 0.99)},
                       {"reference", Json::object({{"roundTripsPerSecond", m.reference_rate()},
                                                   {"cpuSecondsPer1000", median(m.reference, cpu_of)},
                                                   {"peakMiB", median(m.reference, peak_of)}})},
                       {"ratio", m.ratio()},
                       {"many", Json::object({{"requests", m.many.requests},
                                              {"peakMiB", m.many.peak_mib},
                                              {"roundTripsPerSecond", rate_of(m.many)}})},
                       {"idleMsP50", percentile(m.idle_ms, 0.5)},
                       {"idleMsP99", percentile(m.idle_ms, 0.99)}});
}

}  // namespace

double Measured::rate() const {
  return median(runs, rate_of);
}
double Measured::reference_rate() const {
  return median(reference, rate_of);
}
double Measured::ratio() const {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < runs.size(); ++i) ratios.push_back(rate_of(runs[i]) / rate_of(reference.at(i)));
  return percentile(std::move(ratios), 0.5);
}

bool report(const std::vector<Measured>& all, const Readings& readings, bool json, std::ostream& out) {
  bool met = true;
  Json queues = Json::array(), pages = Json::array(), bars = Json::array();
  bridge::Table table({"", "ROUND TRIPS/S", "CPU S/1,000", "PEAK MIB", "WRITTEN BACK P50 MS", "P99 MS"});
  bridge::Table judged({"", "BAR"});
  const auto judge = [&](const std::vector<Bar>& some) {
    for (const Bar& bar : some) {
      judged.add({bar.met ? "PASS" : "FAIL", bar.text});
      bars.push_back(Json::object({{"met", bar.met}, {"bar", bar.text}}));
      met = met && bar.met;
    }
  };
  for (const Measured& m : all) {
    const auto written = written_of(m.runs);
    const std::string count = bridge::human_count(m.runs.front().requests);
    table.add({m.queue + ", bridge, " + count, number(m.rate()), number(median(m.runs, cpu_of), 2),
               number(median(m.runs, peak_of), 1), number(percentile(written, 0.5), 1),
               number(percentile(written, 0.99), 1)});
    table.add({m.queue + ", reference, " + count, number(m.reference_rate()),
               number(median(m.reference, cpu_of), 2), number(median(m.reference, peak_of), 1), "", ""});
    table.add({m.queue + ", ratio", number(m.ratio(), 2), "", "", "", ""});
    if (m.many.requests > 0)
      table.add({m.queue + ", bridge, " + bridge::human_count(m.many.requests), number(rate_of(m.many)),
                 number(cpu_of(m.many), 2), number(m.many.peak_mib, 1),
                 number(percentile(m.many.written_ms, 0.5), 1),
                 number(percentile(m.many.written_ms, 0.99), 1)});
    if (!m.idle_ms.empty())
      table.add({m.queue + ", bridge, idle, webhook", "", "", "", number(percentile(m.idle_ms, 0.5), 1),
                 number(percentile(m.idle_ms, 0.99), 1)});
    queues.push_back(json_of(m));
    judge(bars_of(m));
  }
  for (const Reading& reading : readings.all) pages.push_back(json_of(reading));
  judge(bars_of(readings));
  if (json) {
    out << Json::object({{"queues", queues}, {"reading", pages}, {"bars", bars}, {"met", met}}).dump()
        << '\n';
    return met;
  }
  if (!all.empty()) {
    table.print(out);
    out << '\n';
  }
  if (!readings.all.empty()) {
    print(readings, out);
    out << '\n';
  }
  judged.print(out);
  return met;
}

}  // namespace bench
