#include "bridge/store/trail_search.h"

#include <algorithm>
#include <limits>

#include "bridge/store/folded.h"
#include "bridge/store/sqlite_session.h"

namespace bridge {

namespace {

// Rows that are looked at before the store is let go of.
constexpr int at_a_time = 4096;
// A prefix that stands for more actions is looked for in all rows.
constexpr std::size_t most_actions = 20;

constexpr std::int64_t no_end = std::numeric_limits<std::int64_t>::max();

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

bool is_prefix(const std::string& action) {
  return !action.empty() && action.back() == '.';
}

// The action of a prefix that ends with '.' lies before this.
std::string behind(std::string prefix) {
  prefix.back() = '.' + 1;
  return prefix;
}

}  // namespace

TrailSearch::TrailSearch(SqliteSession& session, const TrailQuery& query)
    : query_(query), actor_(folded(query.actor)) {
  if (query_.limit <= 0 && query_.count <= 0) return;
  find_ranges(session);
  find_way(session);
}

void TrailSearch::find_ranges(SqliteSession& session) {
  const std::int64_t first = query_.newest_first ? 1 : std::min(query_.after, no_end - 1) + 1;
  const std::int64_t last = query_.newest_first && query_.after > 0 ? query_.after - 1 : no_end;
  const auto add = [&](std::int64_t from, std::int64_t to) {
    from = std::max(from, first);
    to = std::min(to, last);
    if (from > to) return;
    if (!ranges_.empty() && ranges_.back().last + 1 == from)
      ranges_.back().last = to;
    else
      ranges_.push_back({from, to});
  };
  // An object's rows are few: the period is looked at in each.
  if ((query_.from || query_.before) && query_.object.empty()) {
    std::int64_t newest = 0;
    {
      Query row = session.query(sql::newest_trail);
      if (row.step()) newest = row.number(0);
    }
    Query row = session.query(sql::trail_spans_of_period, query_.from.value_or(Time::min()),
                              query_.before.value_or(Time::max()), newest);
    while (row.step()) add(row.number(0) - sql::trail_span + 1, row.number(0));
    add(newest - newest % sql::trail_span + 1, no_end);
  } else {
    add(1, no_end);
  }
  if (!query_.newest_first) std::reverse(ranges_.begin(), ranges_.end());
}

void TrailSearch::find_way(SqliteSession& session) {
  using Way = sql::TrailWay;
  const std::string& action = query_.action;
  if (!query_.object.empty()) {
    way_ = Way::object;
    keys_ = {query_.object};
  } else if (!action.empty() && !action.starts_with("request.")) {
    way_ = Way::actions;
    if (is_prefix(action)) {
      const std::string end = behind(action);
      for (std::string one = action; keys_.size() <= most_actions; keys_.push_back(one)) {
        Query row = session.query(sql::next_rare_action, one, end);
        if (!row.step() || row.is_null(0)) break;
        one = row.text(0);
      }
      if (keys_.empty()) ranges_.clear();
    } else {
      keys_ = {action};
    }
  }
  if (keys_.size() > most_actions || way_ == Way::all) {
    way_ = query_.queue.empty() ? Way::all : Way::queue;
    keys_.clear();
    if (way_ == Way::queue) keys_ = {query_.queue};
  }
  whole_ = actor_.empty() && !query_.from && !query_.before && action.empty() && query_.count == 0 &&
           query_.skip == 0 && (query_.queue.empty() || way_ == Way::queue);
  text_ = sql::trail_search(way_, keys_.size(), query_.newest_first, whole_);
}

bool TrailSearch::is_meant(const Query& row) const {
  constexpr int at = 1, name = 2, on_behalf_of = 3, action = 4, queue = 5;
  if (whole_) return true;
  if (query_.from && row.time(at) < *query_.from) return false;
  if (query_.before && row.time(at) >= *query_.before) return false;
  if (!query_.queue.empty() && row.view(queue) != query_.queue) return false;
  if (is_prefix(query_.action) ? !row.view(action).starts_with(query_.action)
                               : !query_.action.empty() && row.view(action) != query_.action)
    return false;
  const auto is_by = [&](int column) { return folded(row.view(column)).find(actor_) != std::string::npos; };
  return actor_.empty() || is_by(name) || is_by(on_behalf_of);
}

bool TrailSearch::keep(SqliteSession& session, const Query& row) {
  ++page_.found;
  const auto rows = static_cast<int>(page_.rows.size());
  if (page_.found > query_.skip && rows < query_.limit) {
    if (whole_) {
      page_.rows.push_back(read_record(row));
    } else {
      Query all = session.query(sql::trail_row, row.number(0));
      if (all.step()) page_.rows.push_back(read_record(all));
    }
  }
  return static_cast<int>(page_.rows.size()) < query_.limit || page_.found < query_.count;
}

bool TrailSearch::walk(SqliteSession& session) {
  int left = at_a_time;
  while (!ranges_.empty()) {
    Range& range = ranges_.back();
    Query row = session.query(text_, range.first, range.last);
    int place = 3;
    for (const std::string& key : keys_) row.bind(place++, key);
    while (row.step()) {
      const std::int64_t sequence = row.number(0);
      (query_.newest_first ? range.last : range.first) = sequence + (query_.newest_first ? -1 : 1);
      ++looked_at_;
      const bool full = is_meant(row) && !keep(session, row);
      if (full || (query_.walk > 0 && looked_at_ >= query_.walk)) {
        page_.reached = sequence;
        return false;
      }
      if (--left <= 0) return true;
    }
    ranges_.pop_back();
  }
  return false;
}

}  // namespace bridge
