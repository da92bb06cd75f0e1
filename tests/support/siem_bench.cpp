#include "tests/support/siem_bench.h"

#include <thread>

#include <cppunit/extensions/HelperMacros.h>

#include "mappings/engine/request_shape.h"

namespace tests {

using namespace bridge;
using namespace std::chrono_literals;

SiemBench::SiemBench() : store(open_store("sqlite:" + (folder / "siem.db").string())) {
  QueueConfig acme, globex;
  acme.name = "acme";
  globex.name = "globex";
  queues = {acme, globex};
}

void SiemBench::add_rows(int count, const std::string& action, const std::string& queue) {
  std::vector<TrailEntry> entries;
  for (int i = 0; i < count; ++i) {
    TrailEntry entry;
    entry.at = clock.now();
    entry.actor.name = "bob@acme.test";
    entry.action = action;
    entry.queue = queue;
    entry.object = "request acme:" + std::to_string(i);
    entries.push_back(std::move(entry));
  }
  store->trail().add(entries);
}

std::int64_t SiemBench::add_request() {
  NewRequest request;
  request.queue = "acme";
  request.received = clock.now();
  request.body = [](std::int64_t id) {
    std::vector<std::string> problems;
    mappings::Json object = mappings::complete_request(
        mappings::Json::object({{"id", id}, {"type", "Run As Admin"}, {"status", "Pending approval"}}),
        problems);
    object.set("scanResults", mappings::Json::array());
    return object.dump();
  };
  request.lifecycle.since = clock.now();
  return store->submit(request).record.ref.id;
}

void SiemBench::deny(std::int64_t id) {
  const auto record = store->find({"acme", id});
  Change change;
  change.ref = {"acme", id};
  change.from_version = record->lifecycle.version;
  change.lifecycle = record->lifecycle;
  ++change.lifecycle.version;
  change.body = record->body;
  change.status_code = 3;
  change.at = clock.now();
  CPPUNIT_ASSERT(store->apply({&change, 1}).at(0) == Applied::yes);
}

std::unique_ptr<SiemStream> SiemBench::stream(const SiemConfig& config, std::unique_ptr<SiemSink> sink) {
  if (!sink) sink = make_sink(config, "");
  return std::make_unique<SiemStream>(config, std::move(sink),
                                      make_feeds(config, queues, *store, store->trail()), *store, clock);
}

void SiemBench::run(SiemStream& stream, const std::string& what, const std::function<bool()>& done) {
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (!done()) {
    CPPUNIT_ASSERT_MESSAGE(what + ": " + stream.describe().dump(), std::chrono::steady_clock::now() < until);
    const auto wait = stream.step();
    clock.advance(wait);
    // The other side has threads of its own.
    if (wait > 0ms) std::this_thread::sleep_for(1ms);
  }
}

std::int64_t SiemBench::cursor(const std::string& sink, const std::string& feed) const {
  const auto kept = store->value(siem_cursor_name(sink, feed));
  return kept ? std::stoll(*kept) : -1;
}

SiemConfig siem_config(std::variant<SplunkConfig, SyslogConfig, SiemFileConfig> to) {
  SiemConfig config;
  config.name = "sink";
  config.sources = {"audit"};
  config.history = SiemConfig::all_history;
  config.timeout = 5s;
  config.to = std::move(to);
  return config;
}

std::string gap_in(const std::vector<std::int64_t>& sequences, std::int64_t last) {
  std::int64_t highest = 0;
  for (const std::int64_t one : sequences) {
    if (one > highest + 1) return std::to_string(one) + " came before " + std::to_string(highest + 1);
    highest = std::max(highest, one);
  }
  return highest == last ? "" : "only " + std::to_string(highest) + " of " + std::to_string(last);
}

std::vector<std::int64_t> sequences_of(const std::vector<std::string>& messages) {
  std::vector<std::int64_t> found;
  for (const std::string& message : messages) {
    const std::string before = " sequence=\"";
    const auto at = message.find(before);
    found.push_back(at == std::string::npos ? -1 : std::atoll(message.c_str() + at + before.size()));
  }
  return found;
}

}  // namespace tests
