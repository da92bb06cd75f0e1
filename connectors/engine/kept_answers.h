#pragma once

// What `keep:` keeps of a desk's answers: found values by what was asked, each until its time is over. One
// for each bound desk, so a reload forgets all. Thread-safe; never keeps that something was not there.

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace connectors {

class KeptAnswers {
 public:
  using Clock = std::chrono::steady_clock;

  // `asked`: the step and its whole request. The value is JSON text.
  std::optional<std::string> find(const std::string& asked, Clock::time_point now) const;
  void put(const std::string& asked, std::string value, Clock::time_point now,
           std::chrono::milliseconds keep);

 private:
  struct Kept {
    std::string value;
    Clock::time_point until;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Kept> all_;
};

}  // namespace connectors
