#include "bridge/queue/remote_sync.h"

#include <algorithm>
#include <utility>

#include "bridge/queue/remote_write.h"

namespace bridge {

namespace {

using connectors::Outcome;
using connectors::Verdict;
using workflows::State;

constexpr int pending_status = 4;
constexpr int expired_status = 6;
constexpr int rows_at_once = 200;
constexpr int most_unreadable = 3;
constexpr int most_change_faults = 3;
constexpr std::chrono::hours without_changes{1};

// Held as undecided. A request that is being written is not among them: its writer reads back by itself.
const std::vector<State>& undecided_states() {
  static const std::vector<State> states = {State::opening,   State::waiting,        State::reminded,
                                            State::escalated, State::parked_opening, State::parked_writing};
  return states;
}

bool is_undecided(State state) {
  const auto& all = undecided_states();
  return std::find(all.begin(), all.end(), state) != all.end();
}

bool is_decided(State state) {
  return state == State::telling || state == State::parked_telling || state == State::recalling ||
         state == State::parked_recalling || state == State::settled;
}

void keep_calls(const Outcome& outcome, RemoteSync::Round& round) {
  auto& calls = round.outcome.calls;
  calls.insert(calls.end(), outcome.calls.begin(), outcome.calls.end());
}

bool contains(const std::vector<std::int64_t>& ascending, std::int64_t id) {
  return std::binary_search(ascending.begin(), ascending.end(), id);
}

void add(std::vector<std::int64_t>& ascending, std::int64_t id) {
  const auto place = std::lower_bound(ascending.begin(), ascending.end(), id);
  if (place == ascending.end() || *place != id) ascending.insert(place, id);
}

}  // namespace

RemoteSync::RemoteSync(Settings settings, RemoteQueueApi& api, Store& store, RemoteSink& sink)
    : settings_(std::move(settings)), api_(api), store_(store), sink_(sink) {}

RemoteSync::Round RemoteSync::round(Time now, const std::vector<std::int64_t>& hinted) {
  Round round;
  seen_.clear();
  // The mark is older than the list, so that no change falls between the two.
  bool through = know_mark(now, round);
  const bool due = !compared_ || now >= *compared_ + settings_.reconcile;
  round.whole = due || pending_.size() <= static_cast<std::size_t>(settings_.page);
  through = through && read_list(round.whole, due || clamped_, round);
  if (through && round.whole) {
    pending_ = seen_;
  } else if (through) {
    std::vector<std::int64_t> all;
    std::set_union(pending_.begin(), pending_.end(), seen_.begin(), seen_.end(), std::back_inserter(all));
    pending_ = std::move(all);
  }
  if (through && mark_ && (due || !round.whole || is_any_missing())) through = follow_changes(now, round);
  through = through && look_at_hinted(hinted, now, round);
  if (through && round.whole && (due || !mark_)) through = look_for_gone(now, round);
  // One that goes on behind a read that failed has not compared everything.
  if (through && due && !std::exchange(cut_short_, false)) compared_ = now;
  if (through) round.outcome.reason = "ok";
  return round;
}

bool RemoteSync::know_mark(Time now, Round& round) {
  if (mark_ || now < no_changes_until_) return true;
  if (!std::exchange(marked_, true))
    if (const auto kept = store_.value("changes:queue:" + settings_.queue)) {
      const std::string digits = kept->substr(0, 18);
      if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos) {
        mark_ = std::stoll(digits);
        return true;
      }
    }
  const auto now_there = api_.changes(std::nullopt);
  if (now_there.value) {
    keep_calls(now_there.outcome, round);
    // What happened before the mark is found by a comparison of everything, from the start.
    compared_.reset();
    look_after_ = 0;
    keep_mark(now_there.value->as_of, now);
    return true;
  }
  if (now_there.outcome.whole_desk) return !ends(now_there.outcome, round);
  give_up_changes(now_there.outcome, now, round);
  return true;
}

void RemoteSync::keep_mark(std::int64_t mark, Time now) {
  change_faults_ = 0;
  if (mark_ == mark) return;
  mark_ = mark;
  store_.set_value("changes:queue:" + settings_.queue, std::to_string(mark), now);
}

// The queue has no list of changes, or could not give it this time: requests are read one by one instead.
void RemoteSync::give_up_changes(const Outcome& outcome, Time now, Round& round) {
  keep_calls(outcome, round);
  round.lost_changes = true;
  ++change_faults_;
  if (outcome.verdict == Verdict::rejected || change_faults_ >= most_change_faults)
    no_changes_until_ = now + without_changes;
  mark_.reset();
}

bool RemoteSync::is_any_missing() const {
  LifecycleQuery query;
  query.queue = settings_.queue;
  query.states = undecided_states();
  query.limit = rows_at_once;
  query.after = {settings_.queue, 0};
  for (;;) {
    const std::vector<Record> rows = store_.list(query);
    for (const Record& held : rows)
      if (!contains(seen_, held.ref.id)) return true;
    if (static_cast<int>(rows.size()) < rows_at_once) return false;
    query.after = rows.back().ref;
  }
}

bool RemoteSync::follow_changes(Time now, Round& round) {
  const auto changes = api_.changes(mark_);
  if (!changes.value) {
    if (changes.outcome.whole_desk) return !ends(changes.outcome, round);
    give_up_changes(changes.outcome, now, round);
    return true;
  }
  keep_calls(changes.outcome, round);
  for (const RemoteRequest& entry : changes.value->entries) {
    ++round.changes;
    const auto held = store_.find({settings_.queue, entry.id});
    if (!held && entry.status_code == pending_status && !contains(seen_, entry.id))
      add(strays_, entry.id);
    else if (held && is_undecided(held->lifecycle.state))
      take_in(*held, entry, now, round);
  }
  keep_mark(changes.value->as_of, now);
  return true;
}

bool RemoteSync::look_at_hinted(const std::vector<std::int64_t>& hinted, Time now, Round& round) {
  std::vector<std::int64_t> ids = std::exchange(strays_, {});
  for (const std::int64_t id : hinted) add(ids, id);
  int reads = 0;
  for (const std::int64_t id : ids) {
    if (contains(seen_, id)) continue;
    const auto held = store_.find({settings_.queue, id});
    if (held && !is_undecided(held->lifecycle.state)) continue;
    // The rest is found by a later comparison.
    if (reads++ == settings_.most_reads) return true;
    if (held) {
      if (!look_at(*held, now, round)) return false;
      continue;
    }
    auto seen = api_.read(id);
    if (seen.outcome.whole_desk) return !ends(seen.outcome, round);
    keep_calls(seen.outcome, round);
    if (!seen.value || seen.value->status_code != pending_status) continue;
    ++round.arrived;
    add(pending_, id);
    sink_.arrived(settings_.queue, {std::move(*seen.value)});
  }
  return true;
}

bool RemoteSync::ends(const Outcome& outcome, Round& round) {
  keep_calls(outcome, round);
  if (outcome.done()) return false;
  auto all = std::move(round.outcome.calls);
  round.outcome = outcome;
  round.outcome.calls = std::move(all);
  return true;
}

bool RemoteSync::read_list(bool whole, bool to_the_end, Round& round) {
  // Half a page of known ids before the end: ids that became pending out of order are among them.
  const auto overlap = static_cast<std::size_t>(settings_.page / 2);
  std::int64_t start = whole || pending_.size() < overlap ? 0 : pending_[pending_.size() - overlap];
  bool was_short = false;
  for (;;) {
    auto page = api_.pending(start, settings_.page);
    if (ends(page.outcome, round) || !page.value) return false;
    if (page.value->empty()) return true;
    clamped_ = clamped_ || was_short;
    was_short = static_cast<int>(page.value->size()) < settings_.page;
    start = page.value->back().id + 1;
    take_page(std::move(*page.value), round);
    if (was_short && !to_the_end) return true;
  }
}

void RemoteSync::take_page(std::vector<RemoteRequest> page, Round& round) {
  std::vector<RemoteRequest> unknown;
  for (RemoteRequest& request : page) {
    // A status that we do not know is taken at the queue's word: it was asked for pending ones.
    if (request.status_code < 0) request.status_code = pending_status;
    if (request.status_code != pending_status) continue;
    seen_.push_back(request.id);
    ++round.pending;
    if (contains(pending_, request.id)) continue;
    const RequestRef ref{settings_.queue, request.id};
    const auto held = store_.find(ref);
    if (!held)
      unknown.push_back(std::move(request));
    else if (is_decided(held->lifecycle.state))
      round.disputed.push_back(ref);
  }
  if (unknown.empty()) return;
  round.arrived += static_cast<int>(unknown.size());
  sink_.arrived(settings_.queue, std::move(unknown));
}

bool RemoteSync::look_for_gone(Time now, Round& round) {
  LifecycleQuery query;
  query.queue = settings_.queue;
  query.states = undecided_states();
  query.limit = rows_at_once;
  query.after = {settings_.queue, look_after_};
  int reads = 0;
  for (;;) {
    const std::vector<Record> rows = store_.list(query);
    for (const Record& held : rows) {
      if (contains(seen_, held.ref.id)) continue;
      if (reads++ == settings_.most_reads) return true;
      look_after_ = held.ref.id;
      if (!look_at(held, now, round)) {
        cut_short_ = true;
        return false;
      }
    }
    if (static_cast<int>(rows.size()) == rows_at_once) {
      query.after = rows.back().ref;
    } else {
      // A round that began behind the start leaves the part before it to the next one.
      look_after_ = 0;
      return true;
    }
  }
}

bool RemoteSync::look_at(const Record& held, Time now, Round& round) {
  const auto seen = api_.read(held.ref.id);
  const bool absent = seen.outcome.verdict == Verdict::rejected && seen.outcome.reason == "not_found";
  // The list came through just now, so that a 404 is the request's own.
  if (absent) {
    keep_calls(seen.outcome, round);
    sink_.gone(held, RemoteSink::Gone::withdrawn);
    ++round.gone;
    return true;
  }
  if (!seen.value && !seen.outcome.whole_desk && ++round.unreadable < most_unreadable) {
    // One that cannot be read does not hold up the others.
    keep_calls(seen.outcome, round);
    return true;
  }
  if (ends(seen.outcome, round) || !seen.value) return false;
  take_in(held, *seen.value, now, round);
  return true;
}

void RemoteSync::take_in(const Record& held, const RemoteRequest& seen, Time now, Round& round) {
  if (const auto decision = decision_of(seen, settings_.queue, now)) {
    sink_.decided(held, *decision);
    ++round.decided;
  } else if (seen.status_code == expired_status) {
    sink_.gone(held, RemoteSink::Gone::expired);
    ++round.gone;
  }
}

}  // namespace bridge
