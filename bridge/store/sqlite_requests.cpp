// The verbs that take requests in and read them.

#include "bridge/store/rows.h"
#include "bridge/store/sql.h"
#include "bridge/store/sqlite_store.h"

namespace bridge {

namespace {
std::int64_t take_id(SqliteSession& session, const NewRequest& request) {
  if (request.id) {
    session.query(sql::note_id, request.queue, *request.id).run();
    return *request.id;
  }
  session.query(sql::next_id, request.queue).run();
  Query row = session.query(sql::last_id, request.queue);
  row.step();
  return row.number(0);
}

// Nothing when the queue has a request with this id.
std::optional<Record> insert(SqliteSession& session, CounterChanges& counters, const NewRequest& request) {
  Record record;
  record.ref = {request.queue, take_id(session, request)};
  record.body = request.body(record.ref.id);
  record.scan_results = request.scan_results;
  record.status_code = request.status_code;
  record.received = record.changed = request.received;
  record.lifecycle = request.lifecycle;

  {
    Query row = session.query(sql::insert_request, record.ref.queue, record.ref.id, record.status_code,
                              record.received);
    bind_lifecycle(row, 5, record.lifecycle);
    row.run();
  }
  if (session.changed() == 0) return std::nullopt;
  const std::int64_t num = session.inserted();
  session.query(sql::insert_body, num, record.body, record.scan_results).run();
  counters.add(record.ref.queue, record.lifecycle.desk, workflows::to_string(record.lifecycle.state), 1);
  for (const NewEffect& effect : request.effects) add_effect(session, num, effect);
  add_audit(session, num, request.audit);
  if (!request.idempotency_key.empty())
    session
        .query(sql::insert_idempotency, request.queue, request.idempotency_key, request.idempotency_hash, num)
        .run();
  return record;
}

std::optional<Submitted> repeated(SqliteSession& session, const NewRequest& request) {
  if (request.idempotency_key.empty()) return std::nullopt;
  Query row = session.query(sql::find_idempotency, request.queue, request.idempotency_key);
  if (!row.step()) return std::nullopt;
  const bool same = row.text(0) == request.idempotency_hash;
  return Submitted{same ? Submitted::What::repeated : Submitted::What::mismatch, read_record(row, 1)};
}

// A stored object starts with an empty scanResults.
void put_scan_results(std::string& body, const std::string& results) {
  constexpr std::string_view head = R"({"scanResults":[])";
  if (body.rfind(head, 0) == 0) body.replace(head.size() - 2, 2, results);
}
}  // namespace

Submitted SqliteStore::submit(const NewRequest& request) {
  return write([&](SqliteSession& session) {
    if (auto first = repeated(session, request)) return std::move(*first);
    auto record = insert(session, counters_, request);
    if (!record)
      throw Error(ErrorCode::conflict,
                  "queue " + request.queue + " has a request " + std::to_string(*request.id) + " already");
    return Submitted{Submitted::What::created, std::move(*record)};
  });
}

std::vector<Record> SqliteStore::submit_unknown(const std::vector<NewRequest>& requests) {
  if (requests.empty()) return {};
  return write([&](SqliteSession& session) {
    std::vector<Record> created;
    for (const NewRequest& request : requests) {
      // A page of known ones must not cost a write.
      if (request.id && session.query(sql::standing, request.queue, *request.id).step()) continue;
      if (auto record = insert(session, counters_, request)) created.push_back(std::move(*record));
    }
    return created;
  });
}

std::optional<Record> SqliteStore::find(const RequestRef& ref) {
  return read([&](SqliteSession& session) -> std::optional<Record> {
    Query row = session.query(sql::find_request, ref.queue, ref.id);
    if (!row.step()) return std::nullopt;
    return read_record(row, 0);
  });
}

std::optional<Record> SqliteStore::find_by_ticket(const std::string& desk, const std::string& ticket_id) {
  return read([&](SqliteSession& session) -> std::optional<Record> {
    Query row = session.query(sql::find_by_ticket, desk, ticket_id);
    if (!row.step()) return std::nullopt;
    return read_record(row, 0);
  });
}

std::vector<Record> SqliteStore::list(const LifecycleQuery& query) {
  if (query.limit <= 0) return {};
  sql::ListShape shape;
  shape.queue = !query.queue.empty();
  shape.desk = !query.desk.empty();
  shape.after = query.after != RequestRef{};
  shape.newest_first = query.newest_first;
  if (shape.queue && shape.after && query.after.queue != query.queue) {
    // The row before lies in another queue: this one is wholly behind it, or wholly before it.
    if ((query.after.queue > query.queue) != query.newest_first) return {};
    shape.after = false;
  }
  std::string parts = query.states.empty() ? sql::list_part(shape, 0) : "";
  for (std::size_t i = 0; i < query.states.size(); ++i)
    parts += (i ? " UNION ALL " : "") + sql::list_part(shape, 6 + static_cast<int>(i));
  const std::string text = sql::list(parts, query.newest_first);
  return read([&](SqliteSession& session) {
    Query row = session.query(text, query.queue, query.desk, query.after.queue, query.after.id, query.limit);
    for (std::size_t i = 0; i < query.states.size(); ++i)
      row.bind(6 + static_cast<int>(i), workflows::to_string(query.states[i]));
    std::vector<Record> found;
    while (row.step()) found.push_back(read_record(row, 0));
    return found;
  });
}

std::vector<std::string> SqliteStore::page(const std::string& queue, const PageQuery& query) {
  const bool last = query.last > 0;
  const int take = last ? query.last : query.take;
  if (take <= 0) return {};
  std::string parts = query.status_codes.empty() ? sql::page_part(false, 0, last) : "";
  for (std::size_t i = 0; i < query.status_codes.size(); ++i)
    parts += (i ? " UNION ALL " : "") + sql::page_part(true, 4 + static_cast<int>(i), last);
  const std::string text = sql::page(parts, last);
  return read([&](SqliteSession& session) {
    Query row = session.query(text, queue, query.start_id, take);
    for (std::size_t i = 0; i < query.status_codes.size(); ++i)
      row.bind(4 + static_cast<int>(i), query.status_codes[i]);
    std::vector<std::string> found;
    while (row.step()) {
      found.push_back(row.text(0));
      if (query.scan_results) put_scan_results(found.back(), row.text(1));
    }
    return found;
  });
}

}  // namespace bridge
