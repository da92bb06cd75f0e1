#include "bridge/store/sqlite_events.h"

#include <algorithm>
#include <limits>

#include "bridge/store/folded.h"
#include "bridge/store/rows.h"
#include "bridge/store/sql_events.h"
#include "bridge/store/sqlite_store.h"

namespace bridge {

namespace {
constexpr Time always_from = Time::min();
constexpr Time always_until = Time::max();

StoredEvent insert(SqliteSession& session, const std::string& queue, const NewEvent& event) {
  std::int64_t id = 0;
  {
    Query row = session.query(sql::next_event_id, queue);
    row.step();
    id = row.number(0);
    row.run();
  }
  session.query(sql::note_event_day, queue, day_of(event.at), id).run();
  const std::string body = event.body(id);
  const std::string computer = folded(event.computer);
  const std::string account = folded(event.account);
  const std::string_view login = without_domain(account);
  const std::string user = folded(event.user);
  session.query(sql::insert_event, queue, id, event.at, event.code, computer, account, login, user, body)
      .run();
  return {id, body};
}

std::vector<StoredEvent> read_events(Query& row) {
  std::vector<StoredEvent> found;
  while (row.step()) found.push_back({row.number(0), row.text(1)});
  return found;
}

std::vector<StoredEvent> read_range(SqliteSession& session, const std::string& queue, std::int64_t first,
                                    std::int64_t count) {
  Query row =
      session.query(sql::event_page(sql::event_part({}), false), queue, first, first + count - 1, count);
  return read_events(row);
}

std::optional<AddedEvents> repeated(SqliteSession& session, const NewEvents& events) {
  if (events.idempotency_key.empty()) return std::nullopt;
  Query row = session.query(sql::find_event_intake, events.queue, events.idempotency_key);
  if (!row.step()) return std::nullopt;
  if (row.text(0) != events.idempotency_hash) return AddedEvents{AddedEvents::What::mismatch, {}};
  return AddedEvents{AddedEvents::What::repeated,
                     read_range(session, events.queue, row.number(1), row.number(2))};
}

struct IdRange {
  std::int64_t first = 0;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
};

// Where the events of a period lie, ascending and apart. Not one range from the first to the last of them:
// one event of an endpoint whose clock was wrong would make it everything.
std::vector<IdRange> ranges_of(SqliteSession& session, const std::string& queue, Time from, Time until) {
  constexpr std::int64_t near = 100;  // ids to walk over rather than to begin anew
  std::vector<IdRange> days;
  {
    Query row = session.query(sql::event_ids_of_days, queue, day_of(from), day_of(until));
    while (row.step()) days.push_back({row.number(0), row.number(1)});
  }
  std::sort(days.begin(), days.end(), [](const IdRange& a, const IdRange& b) { return a.first < b.first; });
  std::vector<IdRange> ranges;
  for (const IdRange& day : days) {
    if (ranges.empty() || day.first > ranges.back().last + near)
      ranges.push_back(day);
    else
      ranges.back().last = std::max(ranges.back().last, day.last);
  }
  return ranges;
}

// The parts whose rows together are the answer, none of them twice.
std::string parts_of(const EventQuery& query, bool period) {
  using By = sql::EventPart::By;
  sql::EventPart part;
  part.code = query.code.has_value();
  part.period = period;
  if (!query.user.empty()) {
    part.by = query.user.find('\\') == std::string::npos ? By::login : By::login_in_domain;
    sql::EventPart by_name = part;
    by_name.by = By::user_name;
    return sql::event_part(part) + " UNION ALL " + sql::event_part(by_name);
  }
  if (!query.computer.empty())
    part.by = By::computer;
  else if (part.code)
    part.by = By::code;
  return sql::event_part(part);
}
}  // namespace

AddedEvents SqliteEvents::add(const NewEvents& events) {
  return store_.write([&](SqliteSession& session) {
    if (auto first = repeated(session, events)) return std::move(*first);
    AddedEvents added;
    for (const NewEvent& event : events.events) added.events.push_back(insert(session, events.queue, event));
    if (!events.idempotency_key.empty())
      session
          .query(sql::insert_event_intake, events.queue, events.idempotency_key, events.idempotency_hash,
                 added.events.empty() ? std::int64_t{0} : added.events.front().id,
                 static_cast<std::int64_t>(added.events.size()))
          .run();
    return added;
  });
}

std::optional<StoredEvent> SqliteEvents::find(const std::string& queue, std::int64_t id) {
  return store_.read([&](SqliteSession& session) -> std::optional<StoredEvent> {
    Query row = session.query(sql::find_event, queue, id);
    if (!row.step()) return std::nullopt;
    return StoredEvent{row.number(0), row.text(1)};
  });
}

std::vector<StoredEvent> SqliteEvents::page(const std::string& queue, const EventQuery& query) {
  const int take = query.last > 0 ? query.last : query.take;
  if (take <= 0) return {};
  const bool period = query.from || query.until;
  const Time from = query.from.value_or(always_from);
  const Time until = query.until.value_or(always_until);
  const std::string name = folded(query.user);
  const std::string_view login = without_domain(name);
  const std::string computer = folded(query.computer);
  const std::string text = sql::event_page(parts_of(query, period), query.last > 0);
  const std::int64_t start = query.last > 0 ? 0 : query.start_id;
  return store_.read([&](SqliteSession& session) {
    std::vector<IdRange> ranges{{}};
    if (period) ranges = ranges_of(session, queue, from, until);
    if (query.last > 0) std::reverse(ranges.begin(), ranges.end());
    std::vector<StoredEvent> found;
    for (const IdRange& range : ranges) {
      const std::int64_t wanted = take - static_cast<std::int64_t>(found.size());
      if (wanted == 0) break;
      if (range.last < start) continue;
      Query row = session.query(text, queue, std::max(range.first, start), range.last, wanted);
      if (query.code) row.bind(5, *query.code);
      if (period) {
        row.bind(6, from);
        row.bind(7, until);
      }
      if (!query.user.empty()) {
        row.bind(9, login);
        row.bind(10, name);
      } else if (!query.computer.empty()) {
        row.bind(8, computer);
      }
      while (row.step()) found.push_back({row.number(0), row.text(1)});
    }
    return found;
  });
}

}  // namespace bridge
