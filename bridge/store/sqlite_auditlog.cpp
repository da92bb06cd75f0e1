// The verbs of the auditlog: lists, the delta, and what endpoints report of the use.

#include <algorithm>
#include <limits>

#include "bridge/store/auditlog_walk.h"
#include "bridge/store/folded.h"
#include "bridge/store/rows.h"
#include "bridge/store/sql.h"
#include "bridge/store/sql_auditlog.h"
#include "bridge/store/sqlite_store.h"
#include "bridge/store/touched.h"

namespace bridge {

namespace {
using By = sql::AuditlogPart::By;
using Type = AuditlogQuery::Type;

constexpr std::chrono::microseconds grain{100};  // of `touched`

Time rounded(Time now) {
  return now - now.time_since_epoch() % grain;
}

constexpr std::int64_t ever = std::numeric_limits<std::int64_t>::max();

std::optional<Time> time_or_nothing(const Query& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}

AuditlogRecord read_entry(const Query& row, int column) {
  AuditlogRecord entry;
  entry.id = row.number(column++);
  entry.body = row.text(column++);
  entry.scan_results = row.text(column++);
  entry.status_code = static_cast<int>(row.number(column++));
  entry.requested = row.time(column++);
  entry.received = row.time(column++);
  entry.decided = time_or_nothing(row, column++);
  entry.use.started = time_or_nothing(row, column++);
  entry.use.started_utc = time_or_nothing(row, column++);
  entry.use.ended = time_or_nothing(row, column++);
  entry.use.ended_utc = time_or_nothing(row, column++);
  if (row.is_null(column)) return entry;  // no use was reported
  entry.use.sso_validated = row.number(column++) != 0;
  entry.use.installs = row.text(column++);
  entry.use.uninstalls = row.text(column++);
  entry.use.elevated_applications = row.text(column++);
  return entry;
}

std::string parts_of(const AuditlogQuery& query, bool domain, std::string_view table) {
  const bool last = query.last > 0;
  std::vector<sql::AuditlogPart> parts;
  const auto each_row = [&](By by, int place, Type type) {
    parts.push_back({by, place, static_cast<int>(query.status_codes.size()), type, last});
  };
  if (!query.computer.empty()) {
    each_row(By::computer, 0, query.type);
  } else if (!query.user.empty()) {
    each_row(domain ? By::account : By::login, 0, query.type);
    each_row(domain ? By::name_not_account : By::name_not_login, 0, query.type);
  } else if (query.type == Type::session) {
    for (const int code : {1, 2}) each_row(By::type, code, Type::any);
  } else if (query.status_codes.empty()) {
    each_row(By::id, 0, query.type);
  } else {
    for (std::size_t i = 0; i < query.status_codes.size(); ++i)
      parts.push_back({By::status, 10 + static_cast<int>(i), 0, query.type, last});
  }
  std::string text;
  for (const auto& part : parts)
    text += (text.empty() ? "" : " UNION ALL ") + sql::auditlog_part(part, table);
  return text;
}

struct Ids {
  std::int64_t from = 0;
  std::int64_t to = ever;
};

// Where the period's requests lie. Ids nearly follow the time, so that a list need not walk to its begin.
std::optional<Ids> ids_of(SqliteSession& session, std::string_view ids_of_days, const std::string& queue,
                          const AuditlogQuery& query) {
  if (!query.from && !query.until) return Ids{};
  Query row = session.query(ids_of_days, queue,
                            query.from ? day_of(*query.from) : std::numeric_limits<std::int64_t>::min(),
                            query.until ? day_of(*query.until) : ever);
  if (!row.step() || row.is_null(0)) return std::nullopt;
  return Ids{row.number(0), row.number(1)};
}

void each_changed(SqliteSession& session, const sql::AuditlogSource& source, const std::string& queue,
                  const AuditlogQuery& query,
                  const std::function<void(const Query& row, Time touched)>& each) {
  std::vector<std::pair<std::int64_t, Time>> nums;
  {
    Query row = query.oldest_changes > 0 ? session.query(source.oldest_changes, queue, *query.changed_after,
                                                         std::int64_t{query.oldest_changes})
                                         : session.query(source.changed_after, queue, *query.changed_after);
    while (row.step()) nums.emplace_back(row.number(0), row.time(1));
  }
  for (const auto& [num, touched] : nums) {
    Query row = session.query(source.by_num, num);
    if (row.step()) each(row, touched);
  }
}

// The use as it is after the report.
Use merged(Use use, const UseReport& report, int status_code) {
  const auto take = [](auto& held, const auto& told) {
    if (told) held = *told;
  };
  take(use.started, report.started);
  take(use.started_utc, report.started_utc);
  take(use.ended, report.ended);
  take(use.ended_utc, report.ended_utc);
  take(use.sso_validated, report.sso_validated);
  take(use.installs, report.installs);
  take(use.uninstalls, report.uninstalls);
  take(use.elevated_applications, report.elevated_applications);
  if (status_code == 1 && !use.started && !use.started_utc) use.started = use.started_utc = report.at;
  if (status_code == 2 && !use.ended && !use.ended_utc) use.ended = use.ended_utc = report.at;
  return use;
}

void store_use(SqliteSession& session, std::int64_t num, const Use& use) {
  Query row = session.query(sql::put_use, num);
  const auto bind = [&row](int place, const std::optional<Time>& time) {
    if (time) row.bind(place, *time);  // a place that is not bound is NULL
  };
  bind(2, use.started);
  bind(3, use.started_utc);
  bind(4, use.ended);
  bind(5, use.ended_utc);
  row.bind(6, std::int64_t{use.sso_validated});
  row.bind(7, use.installs);
  row.bind(8, use.uninstalls);
  row.bind(9, use.elevated_applications);
  row.run();
}
}  // namespace

Time touch(SqliteSession& session, std::string_view last_touched, const std::string& queue, Time now) {
  Query row = session.query(last_touched, queue);
  return row.step() ? touch_after(row.time(0), now) : rounded(now);
}

Time touch_after(Time last, Time now) {
  return std::max(rounded(now), last + grain);
}

void walk_auditlog(SqliteSession& session, const sql::AuditlogSource& source, const std::string& queue,
                   const AuditlogQuery& query,
                   const std::function<void(const Query& row, Time touched)>& each) {
  if (query.changed_after) return each_changed(session, source, queue, query, each);
  const int count = query.last > 0 ? query.last : query.take;
  if (count <= 0) return;
  const auto ids = ids_of(session, source.ids_of_days, queue, query);
  if (!ids) return;
  const std::string user = folded(query.user);
  const std::string login(without_domain(user));
  const std::string computer = folded(query.computer);
  const std::string text =
      sql::auditlog_page(source, parts_of(query, login != user, source.table), query.last > 0);
  const std::int64_t start = query.last > 0 ? 0 : query.start_id;
  Query row = session.query(text, queue, std::max(ids->from, start), ids->to,
                            query.from ? to_micros(*query.from) : std::numeric_limits<std::int64_t>::min(),
                            query.until ? to_micros(*query.until) : ever, count);
  if (!computer.empty()) row.bind(7, computer);
  if (!user.empty()) {
    row.bind(7, login);
    if (login != user) row.bind(8, user);
    row.bind(9, user);
  }
  for (std::size_t i = 0; i < query.status_codes.size(); ++i)
    row.bind(10 + static_cast<int>(i), query.status_codes[i]);
  while (row.step()) each(row, {});
}

void SqliteStore::auditlog(const std::string& queue, const AuditlogQuery& query,
                           const std::function<void(const AuditlogRecord&)>& each) {
  read([&](SqliteSession& session) {
    walk_auditlog(session, sql::from_requests, queue, query, [&](const Query& row, Time touched) {
      AuditlogRecord entry = read_entry(row, 0);
      entry.touched = touched;
      each(entry);
    });
  });
}

std::optional<Time> SqliteStore::last_change(const std::string& queue) {
  return read([&](SqliteSession& session) -> std::optional<Time> {
    Query row = session.query(sql::last_touched, queue);
    return row.step() ? std::optional(row.time(0)) : std::nullopt;
  });
}

Reported SqliteStore::report_use(const UseReport& report) {
  return write([&](SqliteSession& session) {
    std::int64_t num = 0;
    AuditlogRecord held;
    {
      Query row = session.query(sql::auditlog_entry_by_id, report.ref.queue, report.ref.id);
      if (!row.step()) return Reported::unknown;
      num = row.number(0);
      held = read_entry(row, 1);
    }
    if (held.status_code > 2) return Reported::not_approved;
    const int status_code = std::max(held.status_code, report.status_code.value_or(0));
    const Use use = merged(held.use, report, status_code);
    if (status_code == held.status_code && use == held.use) return Reported::unchanged;
    store_use(session, num, use);
    const bool status = status_code != held.status_code;
    if (status) {
      held.body = report.with_status(held.body, status_code);
      session.query(sql::update_body, num, held.body).run();
    }
    const auto touched = shared_.touch(session, report.ref.queue, report.at);
    session.query(sql::update_status, num, status_code, touched).run();
    if (report.effects) {
      held.status_code = status_code;
      held.use = use;
      for (const NewEffect& effect : report.effects(held, touched, status)) put_effect(session, num, effect);
    }
    add_audit(session, num, {&report.audit, 1});
    return Reported::changed;
  });
}

}  // namespace bridge
