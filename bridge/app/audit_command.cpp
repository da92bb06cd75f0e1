// `countersign audit verify | head | list | export`: the audit log, read beside a running bridge or from a
// copy.

#include <iostream>
#include <unistd.h>

#include "bridge/app/commands.h"
#include "bridge/app/table.h"
#include "bridge/app/time_option.h"
#include "bridge/ops/error.h"
#include "bridge/store/store.h"
#include "bridge/store/trail_chain.h"
#include "bridge/store/trail_json.h"

namespace bridge {

using mappings::Json;

namespace {
constexpr int rows_at_once = 1000;
constexpr std::int64_t rows_to_tell = 100'000;

// The database that is named, else the configuration's. Nothing after problems were printed.
std::unique_ptr<Store> open_audited(const CommonOptions& common, const AuditOptions& options) {
  if (!options.database.empty()) return open_store("sqlite:" + options.database, OpenMode::look);
  const auto config = read_config(common);
  return config ? open_store(config->store, OpenMode::look) : nullptr;
}

TrailQuery query_of(const AuditOptions& options) {
  TrailQuery query;
  query.queue = options.queue;
  query.actor = options.actor;
  query.action = options.action;
  query.object = options.object;
  const Time now = SystemClock().now();
  query.from = read_time_option("--from", options.from, now, Away::ago);
  query.before = read_time_option("--before", options.before, now, Away::ago);
  return query;
}

// Of this row, so that nothing stands behind the one that is told.
std::optional<TrailRecord> newest_row(Trail& trail) {
  TrailQuery query;
  query.newest_first = true;
  query.limit = 1;
  auto rows = trail.search(query);
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

struct Walked {
  TrailWalk walk;
  std::optional<TrailBreak> broken;
  std::optional<std::int64_t> expected_at;  // the row whose hash was expected
};

Walked walk_all(Trail& trail, const AuditOptions& options, bool tell) {
  Walked walked{TrailWalk(options.first), {}, {}};
  // Rows come in meanwhile: it ends where the chain ended when it began.
  const std::int64_t last = trail.newest();
  TrailQuery query;
  query.after = options.first - 1;
  query.limit = rows_at_once;
  for (;;) {
    const auto rows = trail.search(query);
    for (const TrailRecord& row : rows) {
      walked.broken = walked.walk.next(row);
      if (walked.broken) return walked;
      if (row.hash == options.expected_head) walked.expected_at = row.sequence;
      if (tell && walked.walk.rows() % rows_to_tell == 0)
        std::cerr << human_count(walked.walk.rows()) << " of " << human_count(last - options.first + 1)
                  << " rows\n";
    }
    if (rows.empty() || rows.back().sequence >= last) return walked;
    query.after = rows.back().sequence;
  }
}

void print(const Walked& walked, const AuditOptions& options) {
  const TrailWalk& walk = walked.walk;
  if (walked.broken)
    std::cout << "row " << walked.broken->sequence << ": " << to_string(walked.broken->what) << ": "
              << walked.broken->say << '\n';
  std::cout << (walked.broken ? "whole before it: " : "whole: ") << human_count(walk.rows()) << " rows";
  if (walk.rows() > 0) std::cout << ", the newest " << walk.newest() << ' ' << walk.head();
  std::cout << '\n';
  if (walked.broken || options.expected_head.empty()) return;
  if (walked.expected_at)
    std::cout << "the expected head is row " << *walked.expected_at << '\n';
  else
    std::cout << "no row has the expected head: rows were cut off, or the chain was written anew\n";
}

Json to_json(const Walked& walked, const AuditOptions& options) {
  const TrailWalk& walk = walked.walk;
  Json broken;
  if (walked.broken)
    broken = Json::object({{"sequence", walked.broken->sequence},
                           {"what", to_string(walked.broken->what)},
                           {"say", walked.broken->say}});
  Json expected;
  if (!options.expected_head.empty())
    expected = Json::object({{"hash", options.expected_head},
                             {"sequence", walked.expected_at ? Json(*walked.expected_at) : Json()}});
  const bool whole = !walked.broken && (options.expected_head.empty() || walked.expected_at);
  return Json::object({{"whole", whole},
                       {"rows", walk.rows()},
                       {"newest", walk.newest()},
                       {"head", walk.head()},
                       {"broken", broken},
                       {"expectedHead", expected}});
}
}  // namespace

int audit_verify(const CommonOptions& common, const AuditOptions& options) {
  const auto store = open_audited(common, options);
  if (!store) return exit_usage;
  const Walked walked = walk_all(store->trail(), options, !common.json && ::isatty(STDERR_FILENO) == 1);
  if (common.json)
    std::cout << to_json(walked, options).dump() << '\n';
  else
    print(walked, options);
  const bool whole = !walked.broken && (options.expected_head.empty() || walked.expected_at);
  return whole ? exit_ok : exit_no;
}

int audit_head(const CommonOptions& common, const AuditOptions& options) {
  const auto store = open_audited(common, options);
  if (!store) return exit_usage;
  const auto row = newest_row(store->trail());
  const std::int64_t sequence = row ? row->sequence : 0;
  const std::string hash = row ? row->hash : std::string(trail_start);
  if (common.json)
    std::cout << Json::object({{"sequence", sequence},
                               {"hash", hash},
                               {"at", row ? Json(to_iso(row->entry.at)) : Json()}})
                     .dump()
              << '\n';
  else
    std::cout << sequence << ' ' << hash << '\n';
  return exit_ok;
}

int audit_list(const CommonOptions& common, const AuditOptions& options) {
  const auto store = open_audited(common, options);
  if (!store) return exit_usage;
  TrailQuery query = query_of(options);
  query.limit = options.limit;
  query.newest_first = true;
  const auto rows = store->trail().search(query);
  if (common.json) {
    std::string text = "[";
    for (const TrailRecord& row : rows) {
      text += text.size() > 1 ? ",\n" : "\n";
      append_json(text, row);
    }
    std::cout << text << "\n]\n";
    return exit_ok;
  }
  Table table({"ROW", "TIME", "ACTION", "OBJECT", "WHO", "FROM", "DETAIL"});
  for (const TrailRecord& row : rows) {
    const TrailEntry& entry = row.entry;
    const std::string& stood = entry.actor.on_behalf_of;
    table.add({std::to_string(row.sequence), to_iso(entry.at), entry.action,
               entry.object.empty() ? "-" : entry.object,
               stood.empty() ? entry.actor.name : entry.actor.name + " for " + stood,
               entry.actor.ip.empty() ? "-" : entry.actor.ip, entry.detail});
  }
  if (table.empty())
    std::cout << "no rows\n";
  else
    table.print(std::cout);
  if (static_cast<int>(rows.size()) == options.limit)
    std::cout << "the newest " << options.limit << "; more with --limit, all with audit export\n";
  return exit_ok;
}

int audit_export(const CommonOptions& common, const AuditOptions& options) {
  const auto store = open_audited(common, options);
  if (!store) return exit_usage;
  TrailQuery query = query_of(options);
  query.after = options.first - 1;
  query.limit = rows_at_once;
  for (;;) {
    const auto rows = store->trail().search(query);
    std::string text;
    for (const TrailRecord& row : rows) {
      append_json(text, row);
      text.push_back('\n');
    }
    if (!std::cout.write(text.data(), static_cast<std::streamsize>(text.size())).flush())
      throw Error(ErrorCode::store_unavailable, "standard output takes no more");
    if (rows.size() < rows_at_once) return exit_ok;
    query.after = rows.back().sequence;
  }
}

}  // namespace bridge
