// `countersign siem list | test | backfill`: from the store, beside a running bridge or without one.

#include <iostream>
#include <thread>

#include "bridge/app/commands.h"
#include "bridge/app/operator.h"
#include "bridge/app/table.h"
#include "bridge/app/time_option.h"
#include "bridge/ops/error.h"
#include "bridge/siem/stream.h"

namespace bridge {

using mappings::Json;
using namespace std::chrono_literals;

namespace {

const SiemConfig& find_sink(const Config& config, const std::string& name) {
  std::vector<std::string> names;
  for (const SiemConfig& sink : config.siem) {
    if (sink.name == name) return sink;
    names.push_back(sink.name);
  }
  const std::string near = mappings::nearest(name, names);
  std::string known;
  for (const std::string& one : names) known += (known.empty() ? "; there are: " : ", ") + one;
  throw Error(ErrorCode::not_found,
              "no sink is called " + name + (near.empty() ? known : "; did you mean " + near + "?"));
}

// How far a feed has come, and whether there is more.
struct Place {
  std::string text;
  bool behind = false;
  Json json;
};
Place place_of(SiemFeed& feed, const std::optional<std::string>& cursor) {
  const std::int64_t newest = feed.newest();
  const bool rows = feed.name() == "audit";
  const auto shown = [&](std::int64_t position) {
    return rows            ? "row " + std::to_string(position)
           : position == 0 ? "the beginning"
                           : to_iso(from_micros(position));
  };
  Place place;
  if (!cursor) {
    place.text = "not begun";
    place.json = Json::object({{"feed", feed.name()}, {"cursor", nullptr}});
    return place;
  }
  const std::int64_t at = std::stoll(*cursor);
  place.behind = at < newest;
  place.text = shown(at) + (place.behind ? " of " + shown(newest) : "");
  place.json = Json::object({{"feed", feed.name()}, {"cursor", at}, {"newest", newest}});
  return place;
}

}  // namespace

int siem_list(const CommonOptions& common) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  auto store = open_store(config->store, OpenMode::look);
  const Time now = SystemClock().now();
  Json rows = Json::array();
  Table table({"SINK", "TO", "FEED", "CURSOR", "BEHIND", "LAST ERROR"});
  for (const SiemConfig& sink : config->siem) {
    const auto kept = store->value("status:siem:" + sink.name);
    const Json side = kept ? Json::parse(*kept) : Json::object();
    const auto since = from_iso(side.get("behindSince").string_or(""));
    const std::int64_t lag =
        since ? std::chrono::floor<std::chrono::seconds>(std::max(now - *since, Time::duration(0))).count()
              : 0;
    std::string error = side.get("lastError").string_or("");
    if (!error.empty())
      error += " (" + side.get("lastErrorAt").string_or("") +
               (side.get("failures").as_integer().value_or(0) > 0 ? ")" : ", mended)");
    Json feeds = Json::array();
    for (const auto& feed : make_feeds(sink, config->queues, *store, store->trail())) {
      const Place place = place_of(*feed, store->value(siem_cursor_name(sink.name, feed->name())));
      table.add({sink.name, sink_target(sink), feed->name(), place.text,
                 place.behind ? human_duration(lag) : "-",
                 error.empty() ? side.get("remark").string_or("") : error});
      feeds.push_back(place.json);
    }
    rows.push_back(Json::object({{"sink", sink.name},
                                 {"to", sink_target(sink)},
                                 {"feeds", feeds},
                                 {"lagSeconds", lag},
                                 {"side", side}}));
  }
  if (common.json)
    std::cout << rows.dump(true) << '\n';
  else if (table.empty())
    std::cout << "no sinks: add siem to the configuration (docs/siem.md)\n";
  else
    table.print(std::cout);
  return exit_ok;
}

int siem_test(const CommonOptions& common, const std::string& name) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  const SiemConfig& wanted = find_sink(*config, name);
  const auto sink = make_sink(wanted, config->ca_file);
  const SystemClock clock;
  connectors::Outcome outcome = sink->send({test_event(name, clock.now())}, clock.now()).outcome;
  while (outcome.done()) {
    const SiemSink::Arrived arrived = sink->confirm(clock.now());
    outcome = arrived.outcome;
    if (arrived.sends > 0) break;
    if (outcome.done()) std::this_thread::sleep_for(std::max<std::chrono::milliseconds>(sink->pause(), 50ms));
  }
  const std::string why = outcome.detail.empty() ? outcome.reason : outcome.detail;
  const std::string remark = sink->remark();
  if (common.json)
    std::cout << Json::object({{"sink", name},
                               {"to", sink_target(wanted)},
                               {"sent", outcome.done()},
                               {"answer", outcome.done() ? sink->told() : why},
                               {"remark", remark.empty() ? Json() : Json(remark)},
                               {"reason", outcome.done() ? Json() : Json(outcome.reason)}})
                     .dump(true)
              << '\n';
  else if (outcome.done())
    std::cout << name << ": " << sink->told() << '\n' << (remark.empty() ? "" : "note: " + remark + '\n');
  else
    std::cerr << name << " did not take the test: " << why << "\ndocs/operating.md says what to do about "
              << outcome.reason << '\n';
  return outcome.done() ? exit_ok : exit_no;
}

int siem_backfill(const CommonOptions& common, const std::string& name, const std::string& from) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  const SiemConfig& wanted = find_sink(*config, name);
  const Time now = SystemClock().now();
  const Time begin = from == "all" ? Time{} : read_time_option("--from", from, now, Away::ago).value_or(now);
  if (begin > now) throw Error(ErrorCode::invalid_request, "--from: that is still to come");
  auto store = open_store(config->store, OpenMode::beside);
  TrailEntry entry;
  entry.at = now;
  entry.actor = operator_actor();
  entry.action = "siem.backfill";
  entry.object = "siem " + name;
  entry.new_value = Json::object({{"from", to_iso(begin)}}).dump();
  store->set_value(siem_backfill_name(name), siem_backfill_text(now, begin), now, {entry});
  if (common.json)
    std::cout
        << Json::object({{"sink", name}, {"to", sink_target(wanted)}, {"from", to_iso(begin)}}).dump(true)
        << '\n';
  else
    std::cout << name << " gets everything since " << (begin == Time{} ? "the beginning" : to_iso(begin))
              << " once more, within two seconds where a bridge is running, else when one starts\n"
              << "countersign siem list shows how far it has come\n";
  return exit_ok;
}

}  // namespace bridge
