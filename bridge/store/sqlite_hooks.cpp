// The verbs for webhooks that go out.

#include "bridge/store/rows.h"
#include "bridge/store/sql.h"
#include "bridge/store/sql_hooks.h"
#include "bridge/store/sqlite_store.h"
#include "bridge/store/sqlite_trail.h"

namespace bridge {

std::vector<WebhookRow> SqliteStore::webhooks() {
  return read([](SqliteSession& session) {
    std::vector<WebhookRow> rows;
    Query row = session.query(sql::all_webhooks);
    while (row.step()) rows.push_back({row.text(0), row.text(1), row.text(2), row.time(3)});
    return rows;
  });
}

void SqliteStore::put_webhook(const WebhookRow& row, const std::vector<TrailEntry>& trail) {
  write([&](SqliteSession& session) {
    session.query(sql::put_webhook, row.id, row.queue, row.settings, row.created).run();
    trail_->write(session, trail);
  });
}

bool SqliteStore::drop_webhook(const std::string& id, const std::string& lane,
                               const std::vector<TrailEntry>& trail) {
  return write([&](SqliteSession& session) {
    session.query(sql::drop_lane, lane).run();
    session.query(sql::drop_messages, lane).run();
    Query row = session.query(sql::drop_webhook, id);
    const bool was_there = row.step();
    row.run();
    if (was_there) trail_->write(session, trail);
    return was_there;
  });
}

std::vector<OpenDelivery> SqliteStore::open_deliveries(const std::string& lane, int limit) {
  return read([&](SqliteSession& session) {
    std::vector<OpenDelivery> found;
    Query row = session.query(sql::open_deliveries, lane, limit);
    while (row.step())
      found.push_back({row.number(0),
                       {row.text(1), row.number(2)},
                       row.text(3),
                       static_cast<int>(row.number(4)),
                       row.time(5),
                       row.text(6)});
    return found;
  });
}

std::int64_t SqliteStore::count_deliveries(const std::string& lane) {
  return read([&](SqliteSession& session) {
    Query row = session.query(sql::count_deliveries, lane);
    row.step();
    return row.number(0);
  });
}

void SqliteStore::put_off(std::int64_t effect, const RequestRef& ref, Time not_before, bool tried,
                          const std::vector<TrailEntry>& trail) {
  write([&](SqliteSession& session) {
    put_off_effect(session, num_of(session, ref), effect, not_before);
    if (!tried) session.query(sql::not_tried, effect).run();
    trail_->write(session, trail);
  });
}

std::optional<std::string> SqliteStore::hook_message(const RequestRef& ref, const std::string& lane) {
  return read([&](SqliteSession& session) -> std::optional<std::string> {
    Query row = session.query(sql::find_message, ref.queue, ref.id, lane);
    if (!row.step()) return std::nullopt;
    return row.text(0);
  });
}

void SqliteStore::set_hook_message(const RequestRef& ref, const std::string& lane,
                                   const std::string& message) {
  write([&](SqliteSession& session) {
    session.query(sql::set_message, num_of(session, ref), lane, message).run();
  });
}

}  // namespace bridge
