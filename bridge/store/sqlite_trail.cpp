#include "bridge/store/sqlite_trail.h"

#include <algorithm>
#include <limits>

#include "bridge/store/folded.h"
#include "bridge/store/sql_trail.h"
#include "bridge/store/sqlite_store.h"
#include "bridge/store/trail_chain.h"

namespace bridge {

namespace {
TrailRecord read_record(const Query& row) {
  TrailRecord record;
  TrailEntry& entry = record.entry;
  int column = 0;
  record.sequence = row.number(column++);
  entry.at = row.time(column++);
  for (std::string* field :
       {&entry.actor.name, &entry.actor.on_behalf_of, &entry.actor.role, &entry.actor.ip,
        &entry.actor.user_agent, &entry.action, &entry.queue, &entry.object, &entry.old_value,
        &entry.new_value, &entry.detail, &record.previous, &record.hash})
    *field = row.text(column++);
  return record;
}

// The action of a prefix that ends with '.' lies before this.
std::string behind(std::string prefix) {
  prefix.back() = '.' + 1;
  return prefix;
}

sql::TrailShape shape_of(const TrailQuery& query) {
  using Action = sql::TrailShape::Action;
  sql::TrailShape shape;
  shape.queue = !query.queue.empty();
  shape.object = !query.object.empty();
  if (!query.action.empty()) shape.action = query.action.back() == '.' ? Action::prefix : Action::whole;
  shape.rare = shape.action != Action::any && !query.action.starts_with("request.");
  shape.period = query.from || query.before;
  shape.newest_first = query.newest_first;
  return shape;
}

bool is_by(const Query& row, const std::string& part) {
  constexpr int name = 2, on_behalf_of = 3;
  for (const int column : {name, on_behalf_of})
    if (folded(row.view(column)).find(part) != std::string::npos) return true;
  return false;
}
}  // namespace

void SqliteTrail::add(const std::vector<TrailEntry>& entries) {
  if (entries.empty()) return;
  store_.write([&](SqliteSession& session) { write(session, entries); });
}

void SqliteTrail::write(SqliteSession& session, std::span<const TrailEntry> entries) {
  for (const TrailEntry& entry : entries) append(session, entry);
}

void SqliteTrail::write(SqliteSession& session, std::span<const TrailEntry> entries,
                        const RequestRef& about) {
  for (const TrailEntry& entry : entries) {
    if (!entry.object.empty()) {
      append(session, entry);
      continue;
    }
    TrailEntry whole = entry;
    whole.object = "request " + about.key();
    if (whole.queue.empty()) whole.queue = about.queue;
    append(session, whole);
  }
}

void SqliteTrail::append(SqliteSession& session, const TrailEntry& entry) {
  if (must_be_fixed(entry))
    insert(session, fixed(entry));
  else
    insert(session, entry);
}

void SqliteTrail::insert(SqliteSession& session, const TrailEntry& entry) {
  if (!known_) {
    Query row = session.query(sql::newest_trail);
    const bool any = row.step();
    newest_ = any ? row.number(0) : 0;
    head_ = any ? row.text(1) : std::string(trail_start);
    known_ = true;
  }
  const std::int64_t sequence = newest_ + 1;
  std::string hash = trail_hash(sequence, entry, head_);
  const Actor& actor = entry.actor;
  session
      .query(sql::insert_trail, sequence, entry.at, actor.name, actor.on_behalf_of, actor.role, actor.ip,
             actor.user_agent, entry.action, entry.queue, entry.object, entry.old_value, entry.new_value,
             entry.detail, head_, hash)
      .run();
  newest_ = sequence;
  head_ = std::move(hash);
}

std::vector<TrailRecord> SqliteTrail::search(const TrailQuery& query) {
  std::vector<TrailRecord> found;
  if (query.limit <= 0) return found;
  int skip = query.skip;
  each(query, [&](const Query& row) {
    if (skip-- > 0) return true;
    found.push_back(read_record(row));
    return found.size() < static_cast<std::size_t>(query.limit);
  });
  return found;
}

std::int64_t SqliteTrail::count(const TrailQuery& query, std::int64_t most) {
  std::int64_t count = 0;
  if (most > 0) each(query, [&](const Query&) { return ++count < most; });
  return count;
}

void SqliteTrail::each(const TrailQuery& query, const std::function<bool(const Query& row)>& visit) {
  const sql::TrailShape shape = shape_of(query);
  const Time from = query.from.value_or(Time::min());
  const Time before = query.before.value_or(Time::max());
  const std::string actor = folded(query.actor);
  const std::string action_end = shape.action == sql::TrailShape::Action::prefix ? behind(query.action) : "";
  const std::string text = sql::trail_search(shape);
  std::int64_t first = 1;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
  if (!query.newest_first)
    first = query.after + 1;
  else if (query.after > 0)
    last = query.after - 1;
  store_.read([&](SqliteSession& session) {
    // An object's rows are few: the period is looked at in each.
    if (shape.period && !shape.object) {
      Query row = session.query(sql::trail_of_period, from, before);
      if (!row.step() || row.is_null(0)) return;
      first = std::max(first, row.number(0));
      last = std::min(last, row.number(1));
    }
    Query row = session.query(text, first, last);
    if (shape.queue) row.bind(3, query.queue);
    if (shape.object) row.bind(4, query.object);
    if (shape.action != sql::TrailShape::Action::any) row.bind(5, query.action);
    if (shape.action == sql::TrailShape::Action::prefix) row.bind(6, action_end);
    if (shape.period) {
      row.bind(7, from);
      row.bind(8, before);
    }
    while (row.step())
      if ((actor.empty() || is_by(row, actor)) && !visit(row)) return;
  });
}

std::int64_t SqliteTrail::newest() {
  return store_.read([&](SqliteSession& session) {
    Query row = session.query(sql::newest_trail);
    return row.step() ? row.number(0) : std::int64_t{0};
  });
}

}  // namespace bridge
