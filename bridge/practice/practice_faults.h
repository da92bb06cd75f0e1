#pragma once

// The practice desk's faults: what goes wrong with the n-th call of the Table API follows from the seed and n
// alone, so a run with one client can be repeated. Thread-safe; decides, and performs nothing.

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace bridge {

class PracticeFaults {
 public:
  struct Settings {
    double lose_answers = 0;        // done, then the connection is cut
    double lose_requests = 0;       // cut before anything is done
    double errors_5xx = 0;          // 500, 502, 503 before anything is done, 504 after
    double html = 0;                // 200 with the page of an instance that sleeps
    std::uint64_t limit_every = 0;  // each n-th call is answered 429; 0: none
    int retry_after_s = 1;
    int slow_ms = 0;
    std::uint64_t seed = 1;
  };
  struct Fate {
    bool lose_answer = false;
    bool lose_request = false;
    int error = 0;
    bool html = false;
    bool limited = false;
    int retry_after_s = 0;
    int slow_ms = 0;
  };

  Fate next();
  Settings settings() const;
  // Begins to count again.
  void set(const Settings& settings);
  // Takes the keys that are in the text, leaves the others. Throws std::invalid_argument, and changes
  // nothing, when a key is unknown or a value makes no sense.
  void change(std::string_view json);
  // {"lose_answers":0,...,"calls":12}
  std::string json() const;

 private:
  mutable std::mutex mutex_;
  Settings settings_;
  std::uint64_t calls_ = 0;
};

}  // namespace bridge
