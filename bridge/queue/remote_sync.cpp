#include "bridge/queue/remote_sync.h"

#include <algorithm>
#include <utility>

#include "bridge/drain/backoff.h"
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

// Held as undecided. A request that is being written is not among them: its writer reads back by itself.
const std::vector<State>& undecided_states() {
  static const std::vector<State> states = {State::opening,   State::waiting,        State::reminded,
                                            State::escalated, State::parked_opening, State::parked_writing};
  return states;
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

}  // namespace

RemoteSync::RemoteSync(Settings settings, RemoteQueueApi& api, Store& store, RemoteSink& sink)
    : settings_(std::move(settings)), api_(api), store_(store), sink_(sink) {}

RemoteSync::Round RemoteSync::round(Time now) {
  Round round;
  const bool due = !compared_ || now >= *compared_ + settings_.reconcile;
  round.whole = due || pending_.size() <= static_cast<std::size_t>(settings_.page);
  seen_.clear();
  bool through = read_list(round.whole, due || clamped_, round);
  if (through && round.whole) {
    pending_ = seen_;
    through = look_for_gone(now, round);
    if (through && due) compared_ = now;
  } else if (through) {
    std::vector<std::int64_t> all;
    std::set_union(pending_.begin(), pending_.end(), seen_.begin(), seen_.end(), std::back_inserter(all));
    pending_ = std::move(all);
  }
  faults_ = through ? 0 : faults_ + 1;
  after_ = through ? std::nullopt : round.outcome.after;
  if (through) round.outcome.reason = "ok";
  return round;
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
      if (!look_at(held, now, round)) return false;
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
  if (const auto decision = decision_of(*seen.value, settings_.queue, now)) {
    sink_.decided(held, *decision);
    ++round.decided;
  } else if (seen.value->status_code == expired_status) {
    sink_.gone(held, RemoteSink::Gone::expired);
    ++round.gone;
  }
  return true;
}

std::chrono::milliseconds RemoteSync::wait(std::uint64_t random) const noexcept {
  if (faults_ == 0) return spread(settings_.poll, random);
  return retry_wait(faults_, settings_.poll, settings_.longest_wait, after_, random);
}

}  // namespace bridge
