#include "bridge/store/rows.h"

#include <algorithm>

#include "bridge/store/sql.h"

namespace bridge {

namespace {
workflows::State state_of(const std::string& name) {
  if (const auto state = workflows::state_from(name)) return *state;
  throw Error(ErrorCode::store_unavailable,
              "the store holds a state that this version does not know: " + name);
}

// Those that a column may do without are NULL.
struct Placing {
  Time not_before{};
  std::optional<std::int64_t> behind;
  std::optional<Time> lease_until;
};

// False when its slot is taken.
bool insert_effect(SqliteSession& session, std::int64_t num, const NewEffect& effect,
                   const Placing& placing) {
  Query row = session.query(sql::insert_effect, num, effect.slot, effect.kind, effect.lane, effect.priority,
                            placing.not_before, effect.not_before, nullptr, effect.payload,
                            effect.attempts + (placing.lease_until ? 1 : 0));
  if (placing.behind) row.bind(8, *placing.behind);
  if (placing.lease_until) row.bind(11, *placing.lease_until);
  row.run();
  return session.changed() == 1;
}

// `ended` takes the effect away or puts it off; when it is not there any more, another has its place.
void end_work(SqliteSession& session, std::int64_t num, std::int64_t effect, Query&& ended) {
  ended.run();
  if (session.changed() == 0) session.query(sql::end_wait, num, effect).run();
}
}  // namespace

Record read_record(const Query& query, int column) {
  const auto text = [&] { return query.text(column++); };
  const auto number = [&] { return query.number(column++); };
  const auto time = [&] { return query.time(column++); };
  Record record;
  record.ref.queue = text();
  record.ref.id = number();
  record.body = text();
  record.scan_results = text();
  record.status_code = static_cast<int>(number());
  record.received = time();
  record.changed = time();
  Lifecycle& lifecycle = record.lifecycle;
  lifecycle.state = state_of(text());
  lifecycle.version = number();
  lifecycle.desk = text();
  lifecycle.ticket.id = text();
  lifecycle.ticket.number = text();
  lifecycle.ticket.link = text();
  lifecycle.outcome = text();
  lifecycle.park_reason = text();
  lifecycle.park_detail = text();
  lifecycle.since = time();
  if (query.is_null(column)) return record;
  Decision& decision = lifecycle.decision.emplace();
  decision.approve = number() != 0;
  decision.by = text();
  decision.by_email = text();
  decision.reason = text();
  decision.at = time();
  decision.from = text();
  decision.record = text();
  return record;
}

std::int64_t num_of(SqliteSession& session, const RequestRef& ref) {
  Query row = session.query(sql::request_num, ref.queue, ref.id);
  if (!row.step()) throw Error(ErrorCode::not_found, "there is no request " + ref.key());
  return row.number(0);
}

std::int64_t day_of(Time time) noexcept {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

AuditRow read_audit(const Query& query) {
  return {query.number(0), query.time(1), query.text(2), query.text(3), query.text(4), query.text(5)};
}

void bind_lifecycle(Query& query, int place, const Lifecycle& lifecycle) {
  query.bind(place++, workflows::to_string(lifecycle.state));
  query.bind(place++, lifecycle.version);
  query.bind(place++, lifecycle.desk);
  query.bind(place++, lifecycle.ticket.id);
  query.bind(place++, lifecycle.ticket.number);
  query.bind(place++, lifecycle.ticket.link);
  query.bind(place++, lifecycle.outcome);
  query.bind(place++, lifecycle.park_reason);
  query.bind(place++, lifecycle.park_detail);
  query.bind(place++, lifecycle.since);
  if (!lifecycle.decision) return;  // places that are not bound are NULL
  const Decision& decision = *lifecycle.decision;
  query.bind(place++, std::int64_t{decision.approve});
  query.bind(place++, decision.by);
  query.bind(place++, decision.by_email);
  query.bind(place++, decision.reason);
  query.bind(place++, decision.at);
  query.bind(place++, decision.from);
  query.bind(place++, decision.record);
}

void add_audit(SqliteSession& session, std::int64_t num, std::span<const AuditRow> rows) {
  static const std::string texts[] = {sql::insert_audit(1), sql::insert_audit(2), sql::insert_audit(3)};
  while (!rows.empty()) {
    const std::size_t count = std::min(rows.size(), std::size(texts));
    Query insert = session.query(texts[count - 1], num);
    int place = 2;
    for (const AuditRow& row : rows.first(count)) {
      insert.bind(place++, row.at);
      insert.bind(place++, row.what);
      insert.bind(place++, row.text);
      insert.bind(place++, row.actor);
      insert.bind(place++, row.data);
    }
    insert.run();
    rows = rows.subspan(count);
  }
}

std::int64_t add_effect(SqliteSession& session, std::int64_t num, const NewEffect& effect) {
  insert_effect(session, num, effect, {effect.not_before, std::nullopt, effect.lease_until});
  return effect.lease_until ? session.inserted() : 0;
}

std::int64_t put_effect(SqliteSession& session, std::int64_t num, const NewEffect& effect) {
  Placing placing{effect.not_before, std::nullopt, effect.lease_until};
  // One at a time: another one is being performed.
  if (placing.lease_until && session.query(sql::any_leased, num).step()) placing.lease_until.reset();
  if (insert_effect(session, num, effect, placing)) return placing.lease_until ? session.inserted() : 0;
  placing.lease_until.reset();
  std::optional<std::int64_t> before;
  {
    // Whoever holds the lease may be at work still: the new one waits until that is over.
    Query taken = session.query(sql::take_slot, num, effect.slot);
    if (taken.step()) {
      before = taken.number(0);
      if (!taken.is_null(1)) {
        placing.behind = before;
        placing.not_before = std::max(placing.not_before, taken.time(1));
      } else if (!taken.is_null(2)) {
        placing.behind = taken.number(2);
        placing.not_before = std::max(placing.not_before, taken.time(3));
      }
    }
  }
  if (before) session.query(sql::remove_effect, *before, num).run();
  insert_effect(session, num, effect, placing);
  return 0;
}

void remove_effect(SqliteSession& session, std::int64_t num, std::int64_t effect) {
  end_work(session, num, effect, session.query(sql::remove_effect, effect, num));
}

void put_off_effect(SqliteSession& session, std::int64_t num, std::int64_t effect, Time not_before) {
  end_work(session, num, effect, session.query(sql::postpone, effect, num, not_before));
}

}  // namespace bridge
