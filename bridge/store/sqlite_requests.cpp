// The verbs that take requests in and read them.

#include "bridge/store/folded.h"
#include "bridge/store/rows.h"
#include "bridge/store/sql.h"
#include "bridge/store/sqlite_store.h"
#include "bridge/store/sqlite_trail.h"

namespace bridge {

namespace {
std::int64_t take_id(SqliteSession& session, SharedRows& shared, const NewRequest& request) {
  if (!request.id) return shared.next_id(session, request.queue);
  shared.note_id(session, request.queue, *request.id);
  return *request.id;
}

// Nothing when the queue has a request with this id.
std::optional<Submitted> insert(SqliteSession& session, SharedRows& shared, SqliteTrail& trail,
                                const NewRequest& request) {
  Submitted made;
  Record& record = made.record;
  record.ref = {request.queue, take_id(session, shared, request)};
  record.body = request.body(record.ref.id);
  record.scan_results = request.scan_results;
  record.status_code = request.status_code;
  record.received = record.changed = request.received;
  record.lifecycle = request.lifecycle;

  const Listed& listed = request.listed;
  const Time requested = listed.requested.value_or(request.received);
  const Time touched = shared.touch(session, request.queue, request.received);
  const std::string computer = folded(listed.computer);
  const std::string account = folded(listed.account);
  const std::string full_name = folded(listed.full_name);
  {
    Query row = session.query(sql::insert_request, record.ref.queue, record.ref.id, record.status_code,
                              record.received);
    bind_lifecycle(row, 5, record.lifecycle);
    row.bind(22, touched);
    row.bind(23, requested);
    row.bind(24, listed.type_code);
    row.bind(25, computer);
    row.bind(26, account);
    row.bind(27, without_domain(account));
    row.bind(28, full_name);
    row.run();
  }
  if (session.changed() == 0) return std::nullopt;
  const std::int64_t num = session.inserted();
  session.query(sql::insert_body, num, record.body, record.scan_results).run();
  shared.note_day(record.ref.queue, requested, record.ref.id);
  shared.count(record.ref.queue, record.lifecycle.desk, workflows::to_string(record.lifecycle.state), 1);
  for (const NewEffect& effect : request.effects) {
    if (!effect.with_body) {
      if (const std::int64_t leased = add_effect(session, num, effect)) made.leased = leased;
      continue;
    }
    NewEffect whole = effect;
    whole.payload += record.body;
    add_effect(session, num, whole);
  }
  add_audit(session, num, request.audit);
  trail.write(session, request.trail, record.ref);
  if (!request.idempotency_key.empty())
    session
        .query(sql::insert_idempotency, request.queue, request.idempotency_key, request.idempotency_hash, num)
        .run();
  return made;
}

std::optional<Submitted> repeated(SqliteSession& session, const NewRequest& request) {
  if (request.idempotency_key.empty()) return std::nullopt;
  Query row = session.query(sql::find_idempotency, request.queue, request.idempotency_key);
  if (!row.step()) return std::nullopt;
  const bool same = row.text(0) == request.idempotency_hash;
  return Submitted{same ? Submitted::What::repeated : Submitted::What::mismatch, read_record(row, 1), 0};
}

Submitted submit_one(SqliteSession& session, SharedRows& shared, SqliteTrail& trail,
                     const NewRequest& request) {
  if (auto first = repeated(session, request)) return std::move(*first);
  auto made = insert(session, shared, trail, request);
  if (!made)
    throw Error(ErrorCode::conflict,
                "queue " + request.queue + " has a request " + std::to_string(*request.id) + " already");
  return std::move(*made);
}

// A stored object starts with an empty scanResults.
void append_with_scan_results(std::string& out, std::string_view body, std::string_view results) {
  constexpr std::string_view head = R"({"scanResults":[])";
  if (!body.starts_with(head)) {
    out += body;
    return;
  }
  out.append(head.substr(0, head.size() - 2)).append(results).append(body.substr(head.size()));
}
}  // namespace

Submitted SqliteStore::submit(const NewRequest& request) {
  return write([&](SqliteSession& session) { return submit_one(session, shared_, *trail_, request); });
}

std::vector<Submitted> SqliteStore::submit_all(const std::vector<NewRequest>& requests) {
  if (requests.empty()) return {};
  return write([&](SqliteSession& session) {
    std::vector<Submitted> all;
    all.reserve(requests.size());
    for (const NewRequest& request : requests) all.push_back(submit_one(session, shared_, *trail_, request));
    return all;
  });
}

std::vector<Record> SqliteStore::submit_unknown(const std::vector<NewRequest>& requests) {
  if (requests.empty()) return {};
  return write([&](SqliteSession& session) {
    std::vector<Record> created;
    for (const NewRequest& request : requests) {
      // A page of known ones must not cost a write.
      if (request.id && session.query(sql::standing, request.queue, *request.id).step()) continue;
      if (auto made = insert(session, shared_, *trail_, request)) created.push_back(std::move(made->record));
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

std::string SqliteStore::page(const std::string& queue, const PageQuery& query) {
  const bool last = query.last > 0;
  const int take = last ? query.last : query.take;
  if (take <= 0) return "[]";
  constexpr int first_status = 4;
  const auto& codes = query.status_codes;
  std::string text;
  if (codes.size() < 2) {
    text = sql::page_of_one(!codes.empty(), first_status, last, query.scan_results);
  } else {
    for (std::size_t i = 0; i < codes.size(); ++i)
      text += (i ? " UNION ALL " : "") + sql::page_part(first_status + static_cast<int>(i), last);
    text = sql::page_of_parts(text, last, query.scan_results);
  }
  return read([&](SqliteSession& session) {
    Query row = session.query(text, queue, query.start_id, take);
    for (std::size_t i = 0; i < codes.size(); ++i) row.bind(first_status + static_cast<int>(i), codes[i]);
    std::string found = "[";
    while (row.step()) {
      if (found.size() > 1) found.push_back(',');
      if (query.scan_results)
        append_with_scan_results(found, row.view(0), row.text(1));
      else
        found += row.view(0);
    }
    found.push_back(']');
    return found;
  });
}

}  // namespace bridge
