#include "bridge/queue/call_budget.h"

#include <algorithm>
#include <cmath>

namespace bridge {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::hours longest_hold{1};
// A window shorter than this is no day: it says how fast, not how much.
constexpr std::chrono::hours shortest_day{1};
constexpr std::chrono::minutes same_end{2};
// Spare calls may be used up within this time, not at once: the evening wants some as well.
constexpr double spread_over = 4 * 3600.0;
constexpr double pace_window = 1800.0;
constexpr double least_paced = 300.0;  // the first calls after a start are no pace yet
constexpr int silence_share = 10;

double seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

Time next_turn(std::chrono::minutes day_starts, Time now) {
  const Time midnight = std::chrono::floor<std::chrono::days>(now);
  Time turn = midnight + day_starts;
  while (turn <= now) turn += std::chrono::days(1);
  return turn;
}

}  // namespace

CallBudget::CallBudget(const Settings& settings, Time now)
    : settings_(settings), began_(now), counted_at_(now) {
  spent_.day_ends = next_turn(settings_.day_starts, now);
}

void CallBudget::restore(const Spent& spent, Time now) {
  if (spent.day_ends > now) spent_ = spent;
}

void CallBudget::turn(Time now) {
  if (now < spent_.day_ends) return;
  spent_.day_ends = next_turn(settings_.day_starts, now);
  spent_.used = spent_.decisions = 0;
}

std::int64_t CallBudget::limit() const noexcept {
  return std::min(settings_.calls_a_day, spent_.limit_said.value_or(settings_.calls_a_day));
}

std::int64_t CallBudget::reserve() const noexcept {
  return limit() * settings_.reserve_percent / 100;
}

double CallBudget::poll_share() const noexcept {
  return static_cast<double>(limit() - reserve() - spent_.used);
}

// Calls a second that polling at rest takes, or half of an even spread where that is less.
double CallBudget::rest_rate(Time now, double cost) const noexcept {
  const double left = std::max(1.0, seconds(spent_.day_ends - now));
  return std::min(cost / seconds(settings_.rest), std::max(0.0, poll_share()) / left / 2);
}

// What polling at rest takes until the day turns; at most half of what polls may have for that time.
double CallBudget::rest_need(Time now) const noexcept {
  const double most = static_cast<double>(limit() - reserve()) / seconds(std::chrono::days(1)) / 2;
  return std::min(cost_ / seconds(settings_.rest), most) * std::max(1.0, seconds(spent_.day_ends - now));
}

std::optional<Time> CallBudget::closed_until(Purpose purpose, Time now) {
  turn(now);
  if (held_until_ > now) return held_until_;
  auto spare = static_cast<double>(limit() - spent_.used);
  if (purpose != Purpose::decision) spare = poll_share();
  if (purpose == Purpose::mirror) spare -= rest_need(now);
  if (spare >= 1) return std::nullopt;
  return spent_.day_ends;
}

bool CallBudget::take(Purpose purpose, Time now) {
  if (closed_until(purpose, now)) return false;
  ++spent_.used;
  if (purpose == Purpose::decision) ++spent_.decisions;
  count(now);
  return true;
}

void CallBudget::count(Time now) {
  const double since = std::max(0.0, seconds(now - counted_at_));
  recent_ = recent_ * std::exp(-since / pace_window) + 1;
  counted_at_ = std::max(counted_at_, now);
}

void CallBudget::heard(const RateSaid& said, Time now) {
  turn(now);
  const bool known = said.limit && said.limit == spent_.limit_said;
  const bool of_a_day = known || (said.reset ? *said.reset > shortest_day
                                             : said.limit && *said.limit >= settings_.calls_a_day / 100);
  if (!of_a_day) {
    if (said.remaining && *said.remaining <= 0 && said.reset) refused(said.reset, now);
    return;
  }
  if (said.limit && *said.limit > 0) spent_.limit_said = said.limit;
  if (!said.limit || *said.limit <= 0 || !said.remaining) return;
  const std::int64_t theirs = std::max<std::int64_t>(0, *said.limit - *said.remaining);
  const Time end = said.reset ? now + *said.reset : spent_.day_ends;
  const auto apart = end > spent_.day_ends ? end - spent_.day_ends : spent_.day_ends - end;
  if (apart > same_end && end > now) {
    // Their day is not ours: their count is that of their day.
    spent_.day_ends = end;
    spent_.used = theirs;
  } else {
    // Answers overtake each other, so that a lower count may just be an older one.
    spent_.used = std::max(spent_.used, theirs);
  }
}

void CallBudget::refused(std::optional<milliseconds> after, Time now) {
  if (!after) return;
  const Time until = now + std::clamp<milliseconds>(*after, milliseconds(0), longest_hold);
  held_until_ = std::max(held_until_, until);
}

milliseconds CallBudget::interval(Time now, Time last_traffic, double cost) {
  turn(now);
  cost_ = std::max(1.0, cost);
  const auto silence = std::max(std::chrono::microseconds(0), now - last_traffic);
  const milliseconds quick = std::min(settings_.quick, settings_.rest);
  const milliseconds wanted =
      std::clamp(std::chrono::floor<milliseconds>(silence / silence_share), quick, settings_.rest);
  const double left = std::max(1.0, seconds(spent_.day_ends - now));
  const double share = poll_share();
  if (share < cost_) return std::max(wanted, std::chrono::ceil<milliseconds>(spent_.day_ends - now));
  const double rest = rest_rate(now, cost_);
  const double rate = rest + (share - rest * left) / std::min(left, spread_over);
  const milliseconds affordable(static_cast<std::int64_t>(std::ceil(cost_ / rate * 1000)));
  return std::max(wanted, affordable);
}

CallBudget::Figures CallBudget::figures(Time now) {
  turn(now);
  Figures figures;
  figures.used = spent_.used;
  figures.decisions = spent_.decisions;
  figures.limit = limit();
  figures.reserve = reserve();
  figures.day_ends = spent_.day_ends;
  const double running = std::max(least_paced, seconds(now - began_));
  const double fading = std::exp(-std::max(0.0, seconds(now - counted_at_)) / pace_window);
  const double pace = recent_ * fading / (pace_window * (1 - std::exp(-running / pace_window)));
  figures.forecast = static_cast<double>(spent_.used) + pace * std::max(0.0, seconds(spent_.day_ends - now));
  return figures;
}

}  // namespace bridge
