#include "bridge/ops/metrics.h"

#include <map>
#include <set>
#include <stdexcept>
#include <thread>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "connectors/engine/outcome.h"
#include "workflows/lifecycle.h"

using bridge::Metrics;

namespace {
struct Sample {
  std::map<std::string, std::string> labels;
  std::string value;
};
struct Scrape {
  std::map<std::string, std::string> types;  // by metric
  std::map<std::string, std::string> helps;
  std::map<std::string, std::vector<Sample>> samples;  // by sample name, _bucket and the like included
};

// Takes nothing but what the format allows; throws std::runtime_error with the line.
class ScrapeReader {
 public:
  static Scrape read(const std::string& text) {
    Scrape scrape;
    if (text.empty() || text.back() != '\n') throw std::runtime_error("the last line has no end");
    std::string metric;  // samples must follow their own HELP and TYPE
    std::set<std::string> seen;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      ScrapeReader line(text.substr(at, end - at));
      at = end + 1;
      if (line.take("# HELP ")) {
        metric = line.name();
        line.must(" ");
        if (!scrape.helps.emplace(metric, line.rest()).second) line.fail("a second HELP");
        if (scrape.helps[metric].empty()) line.fail("no help");
      } else if (line.take("# TYPE ")) {
        if (line.name() != metric) line.fail("TYPE of another metric than HELP");
        line.must(" ");
        if (!scrape.types.emplace(metric, line.rest()).second) line.fail("a second TYPE");
      } else {
        const std::string name = line.name();
        if (name.rfind(metric, 0) != 0 || !scrape.types.contains(metric)) line.fail("sample without TYPE");
        const std::string suffix = name.substr(metric.size());
        const bool histogram = scrape.types[metric] == "histogram";
        if (histogram ? suffix != "_bucket" && suffix != "_sum" && suffix != "_count" : !suffix.empty())
          line.fail("a name that does not go with its type");
        Sample sample;
        if (line.take("{")) {
          do {
            const std::string label = line.name();
            line.must("=");
            if (!sample.labels.emplace(label, line.quoted()).second) line.fail("a label twice");
          } while (line.take(","));
          line.must("}");
        }
        line.must(" ");
        if (!seen.insert(line.text_.substr(0, line.at_)).second) line.fail("a series twice");
        sample.value = line.rest();
        if (sample.value != "+Inf" && sample.value != "NaN") {
          std::size_t used = 0;
          (void)std::stod(sample.value, &used);
          if (used != sample.value.size()) line.fail("not a number");
        }
        scrape.samples[name].push_back(sample);
      }
    }
    return scrape;
  }

 private:
  explicit ScrapeReader(std::string text) : text_(std::move(text)) {}
  [[noreturn]] void fail(const std::string& why) const { throw std::runtime_error(why + ": " + text_); }
  bool take(const std::string& word) {
    if (text_.compare(at_, word.size(), word) != 0) return false;
    at_ += word.size();
    return true;
  }
  void must(const std::string& word) {
    if (!take(word)) fail("expected " + word);
  }
  std::string name() {
    const auto from = at_;
    while (at_ < text_.size() && (std::islower(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_' ||
                                  (at_ > from && std::isdigit(static_cast<unsigned char>(text_[at_])))))
      ++at_;
    if (at_ == from) fail("expected a name");
    return text_.substr(from, at_ - from);
  }
  std::string quoted() {
    must("\"");
    std::string value;
    while (!take("\"")) {
      if (at_ >= text_.size()) fail("a quote is missing");
      if (take("\\")) {
        if (take("n"))
          value += '\n';
        else if (take("\\"))
          value += '\\';
        else if (take("\""))
          value += '"';
        else
          fail("an unknown escape");
      } else {
        value += text_[at_++];
      }
    }
    return value;
  }
  std::string rest() {
    const auto from = at_;
    at_ = text_.size();
    return text_.substr(from);
  }
  std::string text_;
  std::size_t at_ = 0;
};

std::string value_of(const Scrape& scrape, const std::string& name,
                     const std::map<std::string, std::string>& labels) {
  if (auto found = scrape.samples.find(name); found != scrape.samples.end())
    for (const Sample& sample : found->second)
      if (sample.labels == labels) return sample.value;
  return "absent";
}
}  // namespace

class MetricsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MetricsTest);
  CPPUNIT_TEST(every_metric_has_a_help_and_a_lawful_name);
  CPPUNIT_TEST(a_scrape_holds_what_was_counted);
  CPPUNIT_TEST(label_values_survive_quotes_and_line_ends);
  CPPUNIT_TEST(known_series_are_there_before_their_first_event);
  CPPUNIT_TEST(buckets_add_up);
  CPPUNIT_TEST(gauges_are_filled_at_each_scrape);
  CPPUNIT_TEST(counts_from_many_threads_add_up);
  CPPUNIT_TEST_SUITE_END();

 public:
  void every_metric_has_a_help_and_a_lawful_name() {
    std::set<std::string_view> names;
    for (const auto& metric : bridge::all_metrics()) {
      const std::string name(metric.name);
      CPPUNIT_ASSERT_MESSAGE(name, names.insert(metric.name).second);
      CPPUNIT_ASSERT_MESSAGE(name, metric.help.size() > 10);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, metric.type == "counter", name.ends_with("_total"));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string::npos,
                                   name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"));
      if (metric.type == "histogram") CPPUNIT_ASSERT_MESSAGE(name, name.ends_with("_seconds"));
    }
    CPPUNIT_ASSERT(names.size() > 15);
  }

  void a_scrape_holds_what_was_counted() {
    Metrics metrics;
    metrics.desk_calls_total.at("snow", "retry", "timeout").add();
    metrics.desk_calls_total.at("snow", "retry", "timeout").add(2);
    metrics.oldest_pending_without_ticket_seconds.at("snow").set(41.5);
    metrics.build_info.at("1.2.3").set(1);
    const Scrape scrape = ScrapeReader::read(metrics.render());
    CPPUNIT_ASSERT_EQUAL(std::string("3"),
                         value_of(scrape, "countersign_desk_calls_total",
                                  {{"desk", "snow"}, {"verdict", "retry"}, {"reason", "timeout"}}));
    CPPUNIT_ASSERT_EQUAL(
        std::string("41.5"),
        value_of(scrape, "countersign_oldest_pending_without_ticket_seconds", {{"desk", "snow"}}));
    CPPUNIT_ASSERT_EQUAL(std::string("1"),
                         value_of(scrape, "countersign_build_info", {{"version", "1.2.3"}}));
    CPPUNIT_ASSERT_EQUAL(std::string("counter"), scrape.types.at("countersign_desk_calls_total"));
  }

  void label_values_survive_quotes_and_line_ends() {
    Metrics metrics;
    const std::string odd = "a\"b\\c\nd";
    metrics.http_requests_total.at(odd, "200").add();
    const Scrape scrape = ScrapeReader::read(metrics.render());
    CPPUNIT_ASSERT_EQUAL(std::string("1"), value_of(scrape, "countersign_http_requests_total",
                                                    {{"route", odd}, {"status", "200"}}));
  }

  void known_series_are_there_before_their_first_event() {
    Metrics metrics;
    metrics.expect({"acme", "contoso"}, {"contoso"}, {"snow"});
    const Scrape scrape = ScrapeReader::read(metrics.render());
    for (auto state : workflows::all_states())
      CPPUNIT_ASSERT_EQUAL(std::string("0"),
                           value_of(scrape, "countersign_requests",
                                    {{"queue", "acme"}, {"state", std::string(to_string(state))}}));
    for (const auto& [reason, meaning] : connectors::reasons()) {
      const std::string verdict = reason == "ok" ? "done" : "unknown";
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          std::string(reason), std::string("0"),
          value_of(scrape, "countersign_desk_calls_total",
                   {{"desk", "snow"}, {"verdict", verdict}, {"reason", std::string(reason)}}));
    }
    CPPUNIT_ASSERT_EQUAL(std::string("0"), value_of(scrape, "countersign_last_successful_poll_seconds",
                                                    {{"side", "queue"}, {"name", "contoso"}}));
    CPPUNIT_ASSERT_EQUAL(std::string("0"), value_of(scrape, "countersign_store_commits_total", {}));
    CPPUNIT_ASSERT_EQUAL(std::string("0"),
                         value_of(scrape, "countersign_desk_call_seconds_count", {{"desk", "snow"}}));
  }

  void buckets_add_up() {
    using namespace std::chrono_literals;
    Metrics metrics;
    for (auto took : {500us, 1000us, 1001us, 84000us, 60'000'000us})
      metrics.desk_call_seconds.at("snow").observe(took);
    const Scrape scrape = ScrapeReader::read(metrics.render());
    const std::string name = "countersign_desk_call_seconds";
    const std::pair<const char*, const char*> expected[] = {{"0.001", "2"}, {"0.0025", "3"}, {"0.05", "3"},
                                                            {"0.1", "4"},   {"30", "4"},     {"+Inf", "5"}};
    for (const auto& [bound, count] : expected)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(bound, std::string(count),
                                   value_of(scrape, name + "_bucket", {{"desk", "snow"}, {"le", bound}}));
    CPPUNIT_ASSERT_EQUAL(std::string("5"), value_of(scrape, name + "_count", {{"desk", "snow"}}));
    CPPUNIT_ASSERT_EQUAL(std::string("60.086501"), value_of(scrape, name + "_sum", {{"desk", "snow"}}));
  }

  void gauges_are_filled_at_each_scrape() {
    Metrics metrics;
    int scrapes = 0;
    metrics.requests.at("acme", "waiting").set(7);
    metrics.at_scrape([&](Metrics& to) {
      to.requests.zero();
      to.requests.at("acme", "opening").set(++scrapes);
    });
    (void)metrics.render();
    const Scrape scrape = ScrapeReader::read(metrics.render());
    auto value = [&](const char* state) {
      return value_of(scrape, "countersign_requests", {{"queue", "acme"}, {"state", state}});
    };
    CPPUNIT_ASSERT_EQUAL(std::string("2"), value("opening"));
    CPPUNIT_ASSERT_EQUAL(std::string("0"), value("waiting"));
    metrics.at_scrape(nullptr);
    (void)metrics.render();
    CPPUNIT_ASSERT_EQUAL(2, scrapes);
  }

  void counts_from_many_threads_add_up() {
    Metrics metrics;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&metrics, t] {
        for (int i = 0; i < 1000; ++i) {
          metrics.http_requests_total.at("/requests", std::to_string(200 + i % 3)).add();
          if (i % 250 == t) (void)metrics.render();
        }
      });
    for (auto& thread : threads) thread.join();
    std::uint64_t total = 0;
    for (const char* status : {"200", "201", "202"})
      total += metrics.http_requests_total.at("/requests", status).value();
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{4000}, total);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MetricsTest);
