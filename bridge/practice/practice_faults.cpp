#include "bridge/practice/practice_faults.h"

#include <stdexcept>

#include "mappings/engine/json.h"

namespace bridge {

using mappings::Json;

namespace {

// One draw in [0, 1) for each pair of call and question.
double draw(std::uint64_t seed, std::uint64_t call, std::uint64_t question) {
  std::uint64_t z = seed * 0x9E3779B97F4A7C15u + call * 0xD1B54A32D192ED03u + question * 0x8CB92BA72F3D8DD7u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1.0p-53;
}

double share(const std::string& key, const Json& value) {
  const auto number = value.as_number();
  if (!number || !(*number >= 0 && *number <= 1))
    throw std::invalid_argument(key + " is a share of the calls, from 0 to 1");
  return *number;
}

std::int64_t whole(const std::string& key, const Json& value, std::int64_t most) {
  const auto number = value.as_integer();
  if (!number || *number < 0 || *number > most)
    throw std::invalid_argument(key + " is a whole number from 0 to " + std::to_string(most));
  return *number;
}

}  // namespace

PracticeFaults::Fate PracticeFaults::next() {
  std::lock_guard lock(mutex_);
  const std::uint64_t call = ++calls_;
  const auto hit = [&](std::uint64_t question, double chance) {
    return chance > 0 && draw(settings_.seed, call, question) < chance;
  };
  Fate fate;
  fate.slow_ms = settings_.slow_ms;
  fate.limited = settings_.limit_every > 0 && call % settings_.limit_every == 0;
  fate.retry_after_s = settings_.retry_after_s;
  fate.lose_request = hit(1, settings_.lose_requests);
  fate.lose_answer = hit(2, settings_.lose_answers);
  fate.html = hit(3, settings_.html);
  if (hit(4, settings_.errors_5xx)) {
    static constexpr int errors[] = {500, 502, 503, 504};
    fate.error = errors[static_cast<int>(draw(settings_.seed, call, 5) * 4)];
  }
  return fate;
}

PracticeFaults::Settings PracticeFaults::settings() const {
  std::lock_guard lock(mutex_);
  return settings_;
}

void PracticeFaults::set(const Settings& settings) {
  std::lock_guard lock(mutex_);
  settings_ = settings;
  calls_ = 0;
}

void PracticeFaults::change(std::string_view text) {
  Json body;
  try {
    body = Json::parse(text);
  } catch (const mappings::JsonError& error) {
    throw std::invalid_argument(std::string("not JSON: ") + error.what());
  }
  if (!body.is_object())
    throw std::invalid_argument("an object is expected, such as {\"lose_answers\": 0.1}");
  Settings next = settings();
  for (const auto& key : body.keys()) {
    const Json value = body.get(key);
    if (key == "lose_answers") {
      next.lose_answers = share(key, value);
    } else if (key == "lose_requests") {
      next.lose_requests = share(key, value);
    } else if (key == "errors_5xx") {
      next.errors_5xx = share(key, value);
    } else if (key == "html") {
      next.html = share(key, value);
    } else if (key == "slow_ms") {
      next.slow_ms = static_cast<int>(whole(key, value, 120'000));
    } else if (key == "seed") {
      next.seed = static_cast<std::uint64_t>(whole(key, value, std::int64_t{1} << 53));
    } else if (key == "rate_limit" && value.is_null()) {
      next.limit_every = 0;
    } else if (key == "rate_limit" && value.is_object()) {
      for (const auto& part : value.keys()) {
        if (part == "every") {
          next.limit_every =
              static_cast<std::uint64_t>(whole("rate_limit.every", value.get(part), 1'000'000'000));
        } else if (part == "retry_after") {
          next.retry_after_s =
              static_cast<int>(whole("rate_limit.retry_after", value.get(part), 1'000'000'000));
        } else {
          throw std::invalid_argument("rate_limit has every and retry_after, not " + part);
        }
      }
    } else {
      throw std::invalid_argument(
          "there is no fault \"" + key +
          "\": lose_answers, lose_requests, errors_5xx, html, rate_limit, slow_ms, seed");
    }
  }
  set(next);
}

std::string PracticeFaults::json() const {
  std::lock_guard lock(mutex_);
  return Json::object(
             {{"lose_answers", settings_.lose_answers},
              {"lose_requests", settings_.lose_requests},
              {"errors_5xx", settings_.errors_5xx},
              {"html", settings_.html},
              {"rate_limit", Json::object({{"every", static_cast<std::int64_t>(settings_.limit_every)},
                                           {"retry_after", settings_.retry_after_s}})},
              {"slow_ms", settings_.slow_ms},
              {"seed", static_cast<std::int64_t>(settings_.seed)},
              {"calls", static_cast<std::int64_t>(calls_)}})
      .dump();
}

}  // namespace bridge
