#include "bridge/siem/stream.h"

#include <algorithm>
#include <utility>

#include "bridge/drain/backoff.h"
#include "bridge/ops/fault_point.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "bridge/ops/time_json.h"

namespace bridge {

using mappings::Json;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

namespace {

constexpr int most_at_a_time = 200;
constexpr milliseconds look_every = 1s, base_wait = 500ms, longest_wait = 60s;

}  // namespace

std::string siem_cursor_name(const std::string& sink, const std::string& feed) {
  return "siem:" + sink + ':' + feed;
}

std::string siem_backfill_name(const std::string& sink) {
  return "siem:" + sink + ":backfill";
}

std::string siem_backfilled_name(const std::string& sink) {
  return "siem:" + sink + ":backfilled";
}

std::string siem_backfill_text(Time asked, Time from) {
  return std::to_string(to_micros(asked)) + ' ' + std::to_string(to_micros(from));
}

SiemStream::SiemStream(SiemConfig config, std::unique_ptr<SiemSink> sink, SiemFeeds feeds, Store& store,
                       const Clock& clock)
    : config_(std::move(config)),
      sink_(std::move(sink)),
      feeds_(std::move(feeds)),
      store_(store),
      clock_(clock),
      limit_(most_at_a_time) {
  state_.word = "in step";
}

SiemStream::~SiemStream() {
  stop();
}

void SiemStream::start() {
  thread_ = std::thread([this] { run(); });
}

void SiemStream::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return;
  }
  changed_.notify_all();
  sink_->stop();
  if (thread_.joinable()) thread_.join();
}

void SiemStream::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const milliseconds wait = step();
    lock.lock();
    changed_.wait_for(lock, wait, [this] { return stopping_; });
  }
}

// The first time, the place to begin is kept before anything is sent.
void SiemStream::load() {
  const Time now = clock_.now();
  std::vector<Cursor> cursors;
  for (const auto& feed : feeds_) {
    const std::string name = siem_cursor_name(config_.name, feed->name());
    Cursor cursor;
    if (const auto kept = store_.value(name)) {
      cursor.confirmed = std::stoll(*kept);
    } else {
      if (config_.history == milliseconds(0))
        cursor.confirmed = feed->newest();
      else if (config_.history != SiemConfig::all_history)
        cursor.confirmed = feed->before(now - config_.history);
      store_.set_value(name, std::to_string(cursor.confirmed), now);
    }
    cursor.sent = cursor.confirmed;
    cursors.push_back(cursor);
  }
  cursors_ = std::move(cursors);
}

void SiemStream::go_back(Time now) {
  const auto asked = store_.value(siem_backfill_name(config_.name));
  if (!asked || asked == store_.value(siem_backfilled_name(config_.name))) return;
  const Time from = from_micros(std::stoll(asked->substr(asked->find(' ') + 1)));
  take_back();
  for (std::size_t feed = 0; feed < feeds_.size(); ++feed) {
    move(feed, std::min(cursors_[feed].confirmed, feeds_[feed]->before(from)), now);
    cursors_[feed].sent = cursors_[feed].confirmed;
  }
  fault_point("siem_went_back");
  // Last: what ends before it begins anew, and goes back no further.
  store_.set_value(siem_backfilled_name(config_.name), *asked, now);
  log(Level::info, "siem_backfill", {{"sink", config_.name}, {"from", to_iso(from)}});
}

milliseconds SiemStream::step() {
  const Time now = clock_.now();
  try {
    if (now < last_now_) {
      // The clock was set back: what was to come at a time of before would keep everything waiting.
      take_back();
      not_before_ = now;
    }
    last_now_ = now;
    const auto rest = [&] { return std::chrono::ceil<milliseconds>(not_before_ - now); };
    if (now < not_before_ && flights_.empty()) return rest();
    if (cursors_.size() != feeds_.size()) load();
    if (!take_arrivals(now)) return rest();
    if (now < not_before_) return flights_.empty() ? rest() : std::min(rest(), sink_->pause());
    go_back(now);
    const bool went_on = send_next(now);
    note_lag(now, went_on);
    if (now < not_before_) return flights_.empty() ? rest() : std::min(rest(), sink_->pause());
    if (went_on && flights_.size() < sink_->window()) return 0ms;
    return flights_.empty() ? look_every : std::min(look_every, sink_->pause());
  } catch (const std::exception& e) {
    // The store: nothing was lost, and what was sent and not written down is sent again.
    fail(siem_failure(connectors::Verdict::retry, "internal", e.what()), now);
    return look_every;
  }
}

bool SiemStream::take_arrivals(Time now) {
  if (flights_.empty()) return true;
  const SiemSink::Arrived arrived = sink_->confirm(now);
  for (std::size_t left = std::min(arrived.sends, flights_.size()); left > 0; --left) {
    const Flight flight = flights_.front();
    flights_.pop_front();
    // One write for all of a feed that arrived together.
    const bool last_of_feed =
        std::none_of(flights_.begin(), flights_.begin() + static_cast<std::ptrdiff_t>(left - 1),
                     [&](const Flight& other) { return other.feed == flight.feed; });
    fault_point("siem_arrived");
    if (last_of_feed) move(flight.feed, flight.reached, now);
    fault_point("siem_recorded");
    metrics().siem_events_total.at(config_.name, "arrived").add(static_cast<std::uint64_t>(flight.events));
    const std::lock_guard lock(mutex_);
    state_.arrived += flight.events;
    state_.last_arrived_at = now;
    state_.failures = 0;
    limit_ = std::min(limit_ + 1 + limit_ / 10, most_at_a_time);
  }
  if (arrived.outcome.done()) return true;
  fail(arrived.outcome, now);
  return false;
}

void SiemStream::move(std::size_t feed, std::int64_t reached, Time now) {
  if (cursors_[feed].confirmed == reached) return;
  store_.set_value(siem_cursor_name(config_.name, feeds_[feed]->name()), std::to_string(reached), now);
  cursors_[feed].confirmed = reached;
}

bool SiemStream::send_next(Time now) {
  if (flights_.size() >= sink_->window()) return false;
  bool moved = false;
  for (std::size_t tried = 0; tried < feeds_.size(); ++tried) {
    const std::size_t feed = next_feed_++ % feeds_.size();
    Cursor& cursor = cursors_[feed];
    const SiemFeed::Page page = feeds_[feed]->read(cursor.sent, limit_);
    if (page.events.empty()) {
      if (cursor.sent != page.reached) {
        moved = true;
        limit_ = std::min(2 * limit_, most_at_a_time);
        const std::lock_guard lock(mutex_);
        state_.behind_since = page.oldest;
      }
      cursor.sent = page.reached;
      const bool waits = std::any_of(flights_.begin(), flights_.end(),
                                     [&](const Flight& flight) { return flight.feed == feed; });
      if (!waits) move(feed, page.reached, now);
      continue;
    }
    const SiemSink::Sent sent = sink_->send(page.events, now);
    fault_point("siem_sent");
    const auto events = static_cast<int>(page.events.size());
    if (sent.too_much && events > 1 && limit_ > 1) {
      limit_ = std::max(1, std::min(limit_, events) / 2);
      next_feed_ = feed;
      return true;
    }
    if (!sent.outcome.done()) {
      {
        const std::lock_guard lock(mutex_);
        if (!state_.behind_since) state_.behind_since = page.events.front().row.entry.at;
      }
      fail(sent.outcome, now, sent.alone);
      return false;
    }
    flights_.push_back({feed, page.reached, events, page.events.front().row.entry.at});
    cursor.sent = page.reached;
    return true;
  }
  return moved;
}

std::int64_t SiemStream::take_back() {
  std::int64_t again = 0;
  for (const Flight& flight : flights_) again += flight.events;
  flights_.clear();
  sink_->forget();
  for (Cursor& cursor : cursors_) cursor.sent = cursor.confirmed;
  return again;
}

void SiemStream::fail(const connectors::Outcome& outcome, Time now, bool stands) {
  const std::int64_t again = stands ? 0 : take_back();
  if (outcome.reason == "stopped") return;
  metrics().siem_events_total.at(config_.name, "repeated").add(static_cast<std::uint64_t>(again));
  metrics().siem_failures_total.at(config_.name, outcome.reason).add();
  const std::lock_guard lock(mutex_);
  state_.repeated += again;
  ++state_.failures;
  state_.last_error = outcome.detail.empty() ? outcome.reason : outcome.detail;
  state_.last_error_at = now;
  not_before_ = now + retry_wait(state_.failures, base_wait, longest_wait, outcome.after, random_number());
  state_.next_try = not_before_;
  state_.word = "failing";
  log(Level::warning, "siem_failed",
      {{"sink", config_.name},
       {"reason", outcome.reason},
       {"why", state_.last_error},
       {"failures", state_.failures},
       {"sent_again", again}});
}

void SiemStream::note_lag(Time now, bool went_on) {
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < feeds_.size(); ++i)
    if (feeds_[i]->name() == "audit")
      rows = std::max<std::int64_t>(feeds_[i]->newest() - cursors_[i].confirmed, 0);
  const std::string remark = sink_->remark();
  const std::lock_guard lock(mutex_);
  state_.rows_behind = rows;
  if (remark != state_.remark && !remark.empty())
    log(Level::warning, "siem_remark", {{"sink", config_.name}, {"remark", remark}});
  state_.remark = remark;
  if (now < not_before_) return;
  state_.next_try.reset();
  if (flights_.empty() && !went_on) {
    state_.failures = 0;
    state_.behind_since.reset();
    state_.word = "in step";
    return;
  }
  if (!flights_.empty())
    state_.behind_since =
        std::min_element(flights_.begin(), flights_.end(), [](const Flight& a, const Flight& b) {
          return a.oldest < b.oldest;
        })->oldest;
  state_.word = state_.failures > 0 ? "failing" : "sending";
}

SiemStream::State SiemStream::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

Json SiemStream::describe() const {
  const State now = state();
  return Json::object({{"state", now.word},
                       {"arrived", now.arrived},
                       {"repeated", now.repeated},
                       {"behindSince", time_or_null(now.behind_since)},
                       {"rowsBehind", now.rows_behind},
                       {"failures", now.failures},
                       {"lastError", now.last_error.empty() ? Json() : Json(now.last_error)},
                       {"lastErrorAt", time_or_null(now.last_error_at)},
                       {"lastArrivedAt", time_or_null(now.last_arrived_at)},
                       {"nextTry", time_or_null(now.next_try)},
                       {"remark", now.remark.empty() ? Json() : Json(now.remark)}});
}

}  // namespace bridge
