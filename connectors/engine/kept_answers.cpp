#include "connectors/engine/kept_answers.h"

#include <algorithm>

namespace connectors {

namespace {
constexpr std::size_t most = 1000;
}  // namespace

std::optional<std::string> KeptAnswers::find(const std::string& asked, Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  const auto found = all_.find(asked);
  if (found == all_.end() || found->second.until <= now) return std::nullopt;
  return found->second.value;
}

void KeptAnswers::put(const std::string& asked, std::string value, Clock::time_point now,
                      std::chrono::milliseconds keep) {
  const std::lock_guard lock(mutex_);
  if (all_.size() >= most) std::erase_if(all_, [now](const auto& one) { return one.second.until <= now; });
  if (all_.size() >= most) all_.clear();
  all_.insert_or_assign(asked, Kept{std::move(value), now + keep});
}

}  // namespace connectors
