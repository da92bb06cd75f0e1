#include "bridge/store/sqlite_trail.h"

#include "bridge/store/sql_trail.h"
#include "bridge/store/sqlite_store.h"
#include "bridge/store/trail_chain.h"
#include "bridge/store/trail_search.h"

namespace bridge {

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
  if (sequence % sql::trail_span == 0) session.query(sql::insert_trail_span, sequence).run();
  newest_ = sequence;
  head_ = std::move(hash);
}

TrailPage SqliteTrail::page(const TrailQuery& query) {
  auto search = store_.read([&](SqliteSession& session) { return TrailSearch(session, query); });
  while (store_.read([&](SqliteSession& session) { return search.walk(session); })) {
  }
  return search.take();
}

std::int64_t SqliteTrail::newest() {
  return store_.read([&](SqliteSession& session) {
    Query row = session.query(sql::newest_trail);
    return row.step() ? row.number(0) : std::int64_t{0};
  });
}

}  // namespace bridge
