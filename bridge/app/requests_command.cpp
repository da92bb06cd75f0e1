// `countersign requests list | show | resume`: reads the store beside a running bridge.

#include <algorithm>
#include <charconv>
#include <iostream>

#include "bridge/app/commands.h"
#include "bridge/app/operator.h"
#include "bridge/app/table.h"
#include "bridge/drain/ledger.h"
#include "bridge/ops/error.h"
#include "bridge/queue/find_request.h"
#include "bridge/store/store.h"

namespace bridge {

using mappings::Json;

namespace {

Json summary(const Record& record) {
  const Json body = Json::parse(record.body);
  const Lifecycle& l = record.lifecycle;
  return Json::object({{"id", record.ref.id},
                       {"queue", record.ref.queue},
                       {"state", workflows::to_string(l.state)},
                       {"type", body.get("type")},
                       {"application", body.get("application").get("name")},
                       {"user", body.get("user").get("fullName")},
                       {"computer", body.get("computer").get("name")},
                       {"status", body.get("status")},
                       {"outcome", l.outcome.empty() ? Json() : Json(l.outcome)},
                       {"desk", l.desk.empty() ? Json() : Json(l.desk)},
                       {"ticket", l.ticket.number.empty() ? Json() : Json(l.ticket.number)},
                       {"ticketLink", l.ticket.link.empty() ? Json() : Json(l.ticket.link)},
                       {"decision", l.decision ? to_json(*l.decision) : Json()},
                       {"parkReason", l.park_reason.empty() ? Json() : Json(l.park_reason)},
                       {"parkDetail", l.park_detail.empty() ? Json() : Json(l.park_detail)},
                       {"received", to_iso(record.received)},
                       {"since", to_iso(l.since)}});
}

std::string headline(const Record& record, const Json& s) {
  std::string text =
      std::to_string(record.ref.id) + "  " + record.ref.queue + "  " + s.get("type").string_or("");
  auto add = [&](const char* before, const Json& value) {
    if (auto part = value.as_string(); part && !part->empty()) text += before + *part;
  };
  add("  ", s.get("application"));
  add("  ", s.get("user"));
  add(" on ", s.get("computer"));
  text += "      " + std::string(workflows::to_string(record.lifecycle.state));
  const Lifecycle& l = record.lifecycle;
  if (!l.outcome.empty()) {
    text += ": " + l.outcome;
    if (l.decision) {
      const std::string& who = l.decision->by.empty() ? l.decision->by_email : l.decision->by;
      if (!who.empty()) text += " by " + who;
      const auto took = std::chrono::floor<std::chrono::seconds>(l.decision->at - record.received).count();
      if (took >= 0) text += " in " + human_duration(took);
    }
  } else if (!l.park_reason.empty()) {
    text += ": " + l.park_reason + (l.park_detail.empty() ? "" : ": " + l.park_detail);
  }
  return text;
}

std::vector<workflows::State> wanted_states(const std::string& word) {
  std::vector<workflows::State> found;
  if (word.empty()) return found;
  for (auto state : workflows::all_states()) {
    const bool open = !workflows::is_final(state);
    if (workflows::to_string(state) == word || (word == "parked" && workflows::is_parked(state)) ||
        (word == "open" && open))
      found.push_back(state);
  }
  if (found.empty()) {
    std::string names = "parked, open";
    for (auto state : workflows::all_states()) names += ", " + std::string(workflows::to_string(state));
    throw Error(ErrorCode::config_invalid, "no state is called " + word + "; there are: " + names);
  }
  return found;
}

}  // namespace

int requests_list(const CommonOptions& common, const RequestsOptions& options) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  auto store = open_store(config->store, OpenMode::look);
  LifecycleQuery query;
  query.queue = options.queue;
  query.desk = options.desk;
  query.states = wanted_states(options.state);
  query.limit = options.limit;
  query.newest_first = true;
  const auto records = store->list(query);
  if (common.json) {
    Json rows = Json::array();
    for (const Record& record : records) rows.push_back(summary(record));
    std::cout << rows.dump(true) << '\n';
    return exit_ok;
  }
  const Time now = SystemClock().now();
  Table table({"REQUEST", "STATE", "SINCE", "TICKET", "WHO", "WHAT"});
  for (const Record& record : records) {
    const Json s = summary(record);
    std::string what = s.get("type").string_or("");
    if (auto name = s.get("application").as_string()) what += ": " + *name;
    std::string state(workflows::to_string(record.lifecycle.state));
    if (!record.lifecycle.park_reason.empty()) state += " (" + record.lifecycle.park_reason + ")";
    if (!record.lifecycle.outcome.empty()) state += " (" + record.lifecycle.outcome + ")";
    table.add({record.ref.key(), state,
               human_duration(std::chrono::floor<std::chrono::seconds>(now - record.lifecycle.since).count()),
               s.get("ticket").string_or("-"), s.get("user").string_or("-"), what});
  }
  if (table.empty())
    std::cout << "no requests" << (options.state.empty() ? "" : " in state " + options.state) << '\n';
  else
    table.print(std::cout);
  if (static_cast<int>(records.size()) == options.limit)
    std::cout << "the newest " << options.limit << "; more with --limit\n";
  return exit_ok;
}

int requests_show(const CommonOptions& common, const std::string& request, const std::string& queue) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  auto store = open_store(config->store, OpenMode::look);
  const Record record = find_request(*store, *config, request, queue);
  const auto rows = store->timeline(record.ref);
  const Json s = summary(record);
  if (common.json) {
    Json all = s;
    all.set("request", Json::parse(record.body));
    Json timeline = Json::array();
    for (const AuditRow& row : rows)
      timeline.push_back(Json::object({{"seq", row.seq},
                                       {"at", to_iso(row.at)},
                                       {"what", row.what},
                                       {"text", row.text},
                                       {"actor", row.actor},
                                       {"data", row.data.empty() ? Json() : Json::parse(row.data)}}));
    all.set("timeline", timeline);
    std::cout << all.dump(true) << '\n';
    return exit_ok;
  }
  std::cout << headline(record, s) << '\n';
  if (!record.lifecycle.ticket.id.empty())
    std::cout << "ticket  " << record.lifecycle.ticket.number << " at " << record.lifecycle.desk << "   "
              << record.lifecycle.ticket.link << '\n';
  Table table({"TIME", "WHAT", "DETAIL", "BY"});
  for (const AuditRow& row : rows) {
    std::string what = row.what;
    std::replace(what.begin(), what.end(), '_', ' ');
    table.add({to_iso(row.at), what, row.text, row.actor});
  }
  table.print(std::cout);
  return exit_ok;
}

int requests_resume(const CommonOptions& common, const std::vector<std::string>& requests,
                    const std::string& queue) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  auto store = open_store(config->store, OpenMode::beside);
  mappings::Diagnostics diagnostics;
  RuleSet routes({}, config->routes, diagnostics);
  if (diagnostics.has_errors()) {
    std::cerr << diagnostics.to_text();
    return exit_usage;
  }
  Rules rules(std::make_shared<RuleSet>(std::move(routes)));
  SystemClock clock;
  Ledger ledger(*store, rules, clock,
                {[&](const std::string& name) {
                   const QueueConfig* found = config->queue(name);
                   return found == nullptr || !found->remote;
                 },
                 [](const std::string&) {}});
  std::vector<Record> records;
  if (requests.size() == 1 && requests.front() == "all") {
    LifecycleQuery query;
    query.queue = queue;
    query.states = wanted_states("parked");
    query.limit = 10'000;
    records = store->list(query);
  } else {
    for (const std::string& request : requests)
      records.push_back(find_request(*store, *config, request, queue));
  }
  int resumed = 0;
  Json rows = Json::array();
  for (const Record& record : records) {
    const bool goes_on = ledger.resume(record.ref, operator_actor());
    resumed += goes_on ? 1 : 0;
    if (common.json)
      rows.push_back(Json::object({{"request", record.ref.key()}, {"resumed", goes_on}}));
    else if (goes_on)
      std::cout << record.ref.key() << " goes on\n";
    else
      std::cout << record.ref.key() << " is not parked: " << workflows::to_string(record.lifecycle.state)
                << '\n';
  }
  if (common.json)
    std::cout << rows.dump(true) << '\n';
  else if (records.empty())
    std::cout << "no request is parked\n";
  return resumed == static_cast<int>(records.size()) ? exit_ok : exit_no;
}

}  // namespace bridge
