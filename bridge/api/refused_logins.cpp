#include "bridge/api/refused_logins.h"

#include <exception>
#include <map>
#include <mutex>
#include <vector>

#include "bridge/ops/ip_address.h"
#include "bridge/ops/log.h"
#include "mappings/engine/json.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::Json;

namespace {
constexpr std::chrono::minutes period{1};
constexpr std::size_t most_sources = 20;
constexpr std::size_t longest_agent = 200;

std::string source_of(const std::string& ip) {
  const auto address = IpAddress::parse(ip);
  if (!address) return ip;
  return address->is_v4() ? address->text() : address->first_of(64).text() + "/64";
}

TrailEntry entry_of(const RefusedLogin& login, Time now) {
  TrailEntry entry;
  entry.at = now;
  entry.queue = login.queue;
  entry.actor.name = login.name.empty() ? "unknown" : login.name;
  entry.actor.ip = login.ip;
  entry.actor.user_agent = mappings::cut_text(login.user_agent, longest_agent);
  entry.action = "login.refused";
  if (!login.id.empty()) entry.object = "credential " + login.id;
  entry.detail = "door " + login.door + (login.cause.empty() ? "" : ": " + login.cause);
  if (!login.cause.empty()) entry.new_value = "{\"cause\":" + Json(login.cause).dump() + '}';
  return entry;
}

void record(Trail& trail, const std::vector<TrailEntry>& entries) noexcept {
  try {
    trail.add(entries);
  } catch (const std::exception& e) {
    log(Level::error, "refused_login_not_recorded", {{"why", e.what()}});
  }
}
}  // namespace

struct RefusedLogins::State {
  struct Counted {
    RefusedLogin last;
    Time since{};
    std::int64_t times = 0;  // beside the one that was recorded
    std::map<std::string, std::int64_t> causes;
  };
  Trail& trail;
  const Clock& clock;
  std::mutex mutex;
  std::map<std::string, Counted> sources;

  // What was counted of minutes that are over; of all when `whole`.
  std::vector<TrailEntry> take(Time now, bool whole) {
    std::vector<TrailEntry> entries;
    for (auto source = sources.begin(); source != sources.end();) {
      const Counted& counted = source->second;
      if (!whole && now - counted.since < period && now >= counted.since) {
        ++source;
        continue;
      }
      if (counted.times > 0) {
        TrailEntry entry = entry_of(counted.last, now);
        if (source->first.empty()) {
          // Of many: no tenant's alone.
          entry.actor = {"unknown", "", "", "", ""};
          entry.object.clear();
          entry.queue.clear();
        }
        Json told = Json::object({{"times", counted.times}});
        Json causes = Json::object();
        for (const auto& [cause, times] : counted.causes) causes.set(cause, times);
        if (!counted.causes.empty()) told.set("causes", causes);
        entry.new_value = told.dump();
        entry.detail = std::to_string(counted.times) + " more within a minute from " +
                       (source->first.empty() ? "other addresses" : source->first) +
                       (source->first.empty() ? "" : ", the last at " + entry.detail);
        entries.push_back(std::move(entry));
      }
      source = sources.erase(source);
    }
    return entries;
  }
};

RefusedLogins::RefusedLogins(Trail& trail, const Clock& clock)
    : state_(new State{.trail = trail, .clock = clock, .mutex = {}, .sources = {}}) {}

RefusedLogins::~RefusedLogins() {
  const auto entries = state_->take(state_->clock.now(), true);
  if (!entries.empty()) record(state_->trail, entries);
}

void RefusedLogins::note(const RefusedLogin& login) noexcept {
  const Time now = state_->clock.now();
  std::vector<TrailEntry> entries;
  {
    const std::lock_guard lock(state_->mutex);
    entries = state_->take(now, false);
    std::string source = source_of(login.ip);
    auto known = state_->sources.find(source);
    if (known == state_->sources.end() && state_->sources.size() >= most_sources) {
      source.clear();  // all others
      known = state_->sources.try_emplace(source, State::Counted{{}, now, 0, {}}).first;
    }
    if (known == state_->sources.end()) {
      state_->sources.emplace(source, State::Counted{login, now, 0, {}});
      entries.push_back(entry_of(login, now));
    } else {
      known->second.last = login;
      ++known->second.times;
      if (!login.cause.empty()) ++known->second.causes[login.cause];
    }
  }
  if (!entries.empty()) record(state_->trail, entries);
}

void RefusedLogins::settle() noexcept {
  std::vector<TrailEntry> entries;
  {
    const std::lock_guard lock(state_->mutex);
    entries = state_->take(state_->clock.now(), false);
  }
  if (!entries.empty()) record(state_->trail, entries);
}

}  // namespace bridge
