#include "bridge/drain/lane.h"

#include <algorithm>
#include <random>
#include <utility>

#include "bridge/drain/backoff.h"
#include "bridge/ops/error.h"
#include "bridge/ops/log.h"

namespace bridge {

namespace {

// How long a lane sleeps at most before it looks again: effects can also come from another process.
constexpr std::chrono::milliseconds look_again{1000};
// Effects claimed at once, for each that can be performed: a claim is a commit.
constexpr int ahead = 3;
// While effects are handed over all the time: a claim is worth more the more wait for it.
constexpr std::chrono::milliseconds between_claims{10};
constexpr int most_steps = 500;

// The job of this thread left a step to the store: what it frees is not free yet.
thread_local bool handed_on = false;

bool is_desk_fault(const connectors::Outcome& outcome) {
  if (outcome.whole_desk) return true;
  if (outcome.verdict != connectors::Verdict::retry && outcome.verdict != connectors::Verdict::unknown)
    return false;
  static constexpr std::string_view words[] = {
      "refused_connection", "unresolved", "tls",           "timeout",
      "connection_lost",    "server",     "not_an_answer", "rate_limited"};
  return std::find(std::begin(words), std::end(words), outcome.reason) != std::end(words);
}

std::string answer_text(const connectors::Outcome& outcome) {
  if (outcome.calls.empty()) return outcome.reason;
  const connectors::Call& call = outcome.calls.back();
  if (call.status == 0) return outcome.detail.empty() ? outcome.reason : outcome.detail;
  return std::to_string(call.status) + " in " + std::to_string(call.took.count()) + " ms";
}

}  // namespace

Lane::Lane(std::string name, Settings settings, Store& store, const Clock& clock, Perform perform)
    : name_(std::move(name)),
      settings_(settings),
      store_(store),
      clock_(clock),
      perform_(std::move(perform)),
      random_(std::random_device{}()) {}

Lane::~Lane() {
  stop();
}

void Lane::start() {
  for (int i = 0; i < settings_.width; ++i) workers_.emplace_back([this] { work(); });
}

void Lane::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& worker : workers_)
    if (worker.joinable()) worker.join();
  workers_.clear();
  std::unique_lock lock(mutex_);
  stored_.wait(lock, [this] { return steps_ == 0 && places_ == 0; });
}

void Lane::wake() {
  {
    std::lock_guard lock(mutex_);
    // Whoever was told before has not looked yet; whoever claims now looks again.
    if (std::exchange(maybe_due_, true) || claiming_) return;
  }
  changed_.notify_one();
}

void Lane::post(std::function<void()> read) {
  {
    std::lock_guard lock(mutex_);
    reads_.push_back(std::move(read));
  }
  changed_.notify_one();
}

void Lane::report(const connectors::Outcome& outcome) {
  const Time now = clock_.now();
  std::lock_guard lock(mutex_);
  health_.last_answer = answer_text(outcome);
  health_.last_at = now;
  if (!is_desk_fault(outcome)) {
    // A refusal of one ticket is an answer too: the desk is well.
    health_.last_done_at = now;
    if (health_.faults > 0) log(Level::info, "lane_well", {{"lane", name_}});
    health_.faults = 0;
    health_.paused_until = {};
    return;
  }
  ++health_.faults;
  // One slow or lost answer among good ones is no reason to hold the others back.
  if (!outcome.whole_desk && health_.faults < 3 && !outcome.after) return;
  const auto wait = std::max(
      settings_.base_wait,
      retry_wait(health_.faults, settings_.base_wait, settings_.longest_wait, outcome.after, ++random_));
  health_.paused_until = std::max(health_.paused_until, now + wait);
  log(Level::warning, "lane_paused",
      {{"lane", name_},
       {"reason", outcome.reason},
       {"detail", outcome.detail},
       {"until", to_iso(health_.paused_until)}});
}

void Lane::hold(bool held) {
  {
    std::lock_guard lock(mutex_);
    held_ = held;
    maybe_due_ = true;
  }
  changed_.notify_all();
}

void Lane::resume() {
  {
    std::lock_guard lock(mutex_);
    health_.paused_until = {};
    health_.faults = 0;
    maybe_due_ = true;
  }
  changed_.notify_all();
}

Lane::Health Lane::health() const {
  std::lock_guard lock(mutex_);
  return health_;
}

void Lane::begin_step() {
  handed_on = true;
  std::lock_guard lock(mutex_);
  ++steps_;
}

void Lane::end_step() {
  std::lock_guard lock(mutex_);
  if (steps_-- == most_steps) changed_.notify_all();
  // Under the lock: whoever waits for the last one takes the lane away.
  if (steps_ == 0) stored_.notify_all();
}

std::optional<Time> Lane::keep_place() {
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  const bool full = static_cast<int>(effects_.size()) + places_ >= ahead * settings_.width;
  if (full || stopping_ || held_ || health_.faults > 0) return std::nullopt;
  ++places_;
  return now + settings_.lease;
}

void Lane::take_over(DueEffect effect, Time lease_until) {
  {
    const std::lock_guard lock(mutex_);
    effects_.push_back({std::move(effect), lease_until - settings_.lease / 2});
    if (--places_ == 0) stored_.notify_all();
  }
  changed_.notify_one();
}

void Lane::free_place() {
  const std::lock_guard lock(mutex_);
  if (--places_ == 0) stored_.notify_all();
}

bool Lane::paused() const {
  std::lock_guard lock(mutex_);
  return health_.paused_until > clock_.now();
}

bool Lane::claim(std::unique_lock<std::mutex>& lock) {
  const Time now = clock_.now();
  if (held_ || claiming_ || health_.paused_until > now || !(maybe_due_ || next_look_ <= now)) return false;
  claiming_ = true;
  last_claim_ = now;
  const bool told = std::exchange(maybe_due_, false);
  // After a fault one effect probes; the rest follows when it went well.
  const int limit = health_.faults > 0 ? 1 : ahead * settings_.width;
  lock.unlock();
  std::vector<DueEffect> claimed;
  Time next = now + look_again;
  try {
    // Looking is a read; only a claim costs a commit.
    auto due = told ? std::optional(now) : store_.next_due(name_);
    if (due && *due <= now) {
      claimed = store_.claim(name_, now, now + settings_.lease, limit);
      if (claimed.empty()) due = store_.next_due(name_);
    }
    if (claimed.empty() && due) next = std::min(next, std::max(*due, now + std::chrono::milliseconds(5)));
  } catch (const std::exception& e) {
    log(Level::error, "claim_failed", {{"lane", name_}, {"why", e.what()}});
  }
  lock.lock();
  claiming_ = false;
  next_look_ = next;
  if (static_cast<int>(claimed.size()) == limit) maybe_due_ = true;
  const bool any = !claimed.empty();
  for (DueEffect& effect : claimed) effects_.push_back({std::move(effect), now + settings_.lease / 2});
  for (std::size_t i = 1; i < effects_.size(); ++i) changed_.notify_one();  // the first one is ours
  if (any && maybe_due_) changed_.notify_one();
  return any || maybe_due_;
}

bool Lane::others_are_late() const {
  return effects_.size() < static_cast<std::size_t>(settings_.width) && health_.faults == 0 &&
         clock_.now() - last_claim_ >= between_claims;
}

bool Lane::take(std::unique_lock<std::mutex>& lock, std::function<void()>& job) {
  for (;;) {
    if (steps_ >= most_steps) return false;
    if (!reads_.empty()) {
      job = std::move(reads_.front());
      reads_.pop_front();
      return true;
    }
    if ((effects_.empty() || others_are_late()) && claim(lock)) continue;
    if (effects_.empty()) return false;
    Claimed next = std::move(effects_.front());
    effects_.pop_front();
    // Its lease could end while it is performed, and somebody else perform it, too. It comes again.
    if (next.begin_by < clock_.now()) continue;
    job = [this, effect = std::move(next.effect)] { perform_(effect); };
    return true;
  }
}

void Lane::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    std::function<void()> job;
    if (take(lock, job)) {
      ++health_.busy;
      lock.unlock();
      handed_on = false;
      try {
        job();
      } catch (const std::exception& e) {
        log(Level::error, "worker_failed", {{"lane", name_}, {"why", e.what()}});
      }
      job = nullptr;
      lock.lock();
      --health_.busy;
      // What was done may have freed an effect that waited behind it: look, which is cheap.
      if (!handed_on) next_look_ = {};
      continue;
    }
    const Time now = clock_.now();
    const Time until =
        held_ ? now + look_again : std::max(health_.paused_until, std::min(next_look_, now + look_again));
    changed_.wait_for(
        lock, std::clamp<std::chrono::microseconds>(until - now, std::chrono::milliseconds(5), look_again));
  }
}

int Lane::run_due() {
  int done = 0;
  std::unique_lock lock(mutex_);
  maybe_due_ = true;
  std::function<void()> job;
  while (take(lock, job)) {
    lock.unlock();
    job();
    ++done;
    lock.lock();
    maybe_due_ = true;
  }
  return done;
}

}  // namespace bridge
