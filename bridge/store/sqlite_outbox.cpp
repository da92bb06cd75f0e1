// The verbs that take steps: lifecycles, the outbox of effects, the timeline.

#include <set>

#include "bridge/store/rows.h"
#include "bridge/store/sql.h"
#include "bridge/store/sqlite_store.h"
#include "bridge/store/sqlite_trail.h"

namespace bridge {

namespace {
struct Standing {
  std::int64_t num = 0;
  std::int64_t version = 0;
  std::string desk;
  std::string state;
  std::string ticket_id;
};

std::optional<Standing> standing(SqliteSession& session, const RequestRef& ref) {
  Query row = session.query(sql::standing, ref.queue, ref.id);
  if (!row.step()) return std::nullopt;
  return Standing{row.number(0), row.number(1), row.text(2), row.text(3), row.text(4)};
}

Step apply_one(SqliteSession& session, SharedRows& shared, SqliteTrail& trail, const Change& change) {
  const auto before = standing(session, change.ref);
  if (!before || before->version != change.from_version) return {};
  const std::int64_t num = before->num;
  const Lifecycle& lifecycle = change.lifecycle;
  std::optional<Time> touched;  // the API's object
  if (change.body || change.status_code) touched = shared.touch(session, change.ref.queue, change.at);
  {
    const bool ticket = before->desk != lifecycle.desk || before->ticket_id != lifecycle.ticket.id;
    Query row = session.query(sql::update_lifecycle(ticket, touched.has_value()), num, change.at);
    bind_lifecycle(row, 3, lifecycle);
    row.bind(4, change.from_version + 1);
    if (change.status_code) row.bind(20, *change.status_code);
    if (touched) row.bind(21, *touched);
    row.run();
  }
  if (change.body) session.query(sql::update_body, num, *change.body).run();
  const std::string_view state = workflows::to_string(lifecycle.state);
  if (before->state != state || before->desk != lifecycle.desk) {
    shared.count(change.ref.queue, before->desk, before->state, -1);
    shared.count(change.ref.queue, lifecycle.desk, state, 1);
  }
  // What is finished goes first: its successor in the same slot need not wait for its lease.
  if (change.finished) remove_effect(session, num, *change.finished);
  if (change.drop_timers) session.query(sql::drop_timers, num).run();
  bool new_main = false;
  Step step{Applied::yes, 0};
  for (const NewEffect& effect : change.effects) {
    if (const std::int64_t leased = put_effect(session, num, effect)) step.leased = leased;
    new_main = new_main || effect.slot == "main";
  }
  if (change.drop_main && !new_main) session.query(sql::drop_main, num).run();
  add_audit(session, num, change.audit);
  trail.write(session, change.trail, change.ref);
  return step;
}

// Calls `visit` with each priority that has effects in the lane which are not leased, lowest first, until it
// says false.
void each_priority(SqliteSession& session, const std::string& lane, const auto& visit) {
  std::int64_t priority = std::numeric_limits<std::int64_t>::min();
  for (;;) {
    {
      Query row = session.query(sql::next_priority, lane, priority);
      if (!row.step()) return;
      priority = row.number(0);
    }
    if (!visit(priority)) return;
  }
}

bool is_in_order(const std::string& lane) {
  return lane.starts_with(hook_lane_prefix);
}

DueEffect read_due(const Query& row) {
  DueEffect effect;
  effect.id = row.number(0);
  effect.slot = row.text(2);
  effect.kind = row.text(3);
  effect.lane = row.text(4);
  effect.attempts = static_cast<int>(row.number(5));
  effect.payload = row.text(6);
  effect.record = read_record(row, 7);
  return effect;
}
}  // namespace

std::vector<Applied> SqliteStore::apply(std::span<const Change> changes) {
  if (changes.empty()) return {};
  return write([&](SqliteSession& session) {
    std::vector<Applied> results;
    for (const Change& change : changes)
      results.push_back(apply_one(session, shared_, *trail_, change).applied);
    return results;
  });
}

void SqliteStore::apply_later(Change change, Then then) {
  if (!commits_) refuse("this store was opened for looking only");
  struct Work {
    Change change;
    Then then;
    Step step;
  };
  auto work = std::make_shared<Work>(Work{std::move(change), std::move(then), {}});
  commits_->post(
      [this, work](SqliteSession& session) {
        work->step = apply_one(session, shared_, *trail_, work->change);
      },
      [work](const std::exception_ptr& trouble) { work->then(work->change, work->step, trouble); });
}

std::vector<DueEffect> SqliteStore::claim(const std::string& lane, Time now, Time lease_until, int limit) {
  if (limit <= 0) return {};
  return write_as_server([&](SqliteSession& session) {
    session.query(sql::end_expired_leases, lane, now).run();
    std::vector<DueEffect> claimed;
    std::set<std::int64_t> requests;
    const auto full = [&] { return claimed.size() >= static_cast<std::size_t>(limit); };
    each_priority(session, lane, [&](std::int64_t priority) {
      Query row = session.query(is_in_order(lane) ? sql::due_in_order : sql::due, lane, priority, now);
      while (!full() && row.step())
        if (requests.insert(row.number(1)).second) claimed.push_back(read_due(row));
      return !full();
    });
    for (const DueEffect& effect : claimed) session.query(sql::lease, effect.id, lease_until).run();
    return claimed;
  });
}

void SqliteStore::postpone(std::int64_t effect, Time not_before, const RequestRef& ref, const AuditRow& audit,
                           const std::vector<TrailEntry>& trail) {
  write([&](SqliteSession& session) {
    const std::int64_t num = num_of(session, ref);
    put_off_effect(session, num, effect, not_before);
    add_audit(session, num, {&audit, 1});
    trail_->write(session, trail, ref);
  });
}

void SqliteStore::finish(std::int64_t effect, const RequestRef& ref, const std::vector<AuditRow>& audit) {
  write([&](SqliteSession& session) {
    const std::int64_t num = num_of(session, ref);
    remove_effect(session, num, effect);
    add_audit(session, num, audit);
  });
}

void SqliteStore::append(const RequestRef& ref, const std::vector<NewEffect>& effects,
                         const std::vector<AuditRow>& audit, const std::vector<TrailEntry>& trail) {
  write([&](SqliteSession& session) {
    const std::int64_t num = num_of(session, ref);
    for (const NewEffect& effect : effects) put_effect(session, num, effect);
    add_audit(session, num, audit);
    trail_->write(session, trail, ref);
  });
}

std::optional<Time> SqliteStore::next_due(const std::string& lane) {
  return read([&](SqliteSession& session) {
    std::optional<Time> next;
    const auto earlier = [&](Time time) {
      if (!next || time < *next) next = time;
    };
    each_priority(session, lane, [&](std::int64_t priority) {
      Query row = session.query(is_in_order(lane) ? sql::coming_in_order : sql::coming, lane, priority);
      // Ordered by time: behind the first that nothing holds up there is none earlier.
      while (row.step()) {
        if (row.is_null(1)) {
          earlier(row.time(0));
          break;
        }
        earlier(std::max(row.time(0), row.time(1)));
      }
      return true;
    });
    Query row = session.query(sql::next_lease_end, lane);
    if (row.step()) earlier(row.time(0));
    return next;
  });
}

void SqliteStore::release_leases() {
  write_as_server([](SqliteSession& session) { session.query(sql::end_all_leases).run(); });
}

std::vector<AuditRow> SqliteStore::timeline(const RequestRef& ref) {
  return read([&](SqliteSession& session) {
    std::vector<AuditRow> rows;
    Query row = session.query(sql::timeline, ref.queue, ref.id);
    while (row.step()) rows.push_back(read_audit(row));
    return rows;
  });
}

}  // namespace bridge
