#pragma once

// How a call to a ticket system ended: Done, Retry, Rejected or Unknown, with a reason that is also the
// metric's label. Plain data.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace connectors {

enum class Verdict {
  done,      // happened, and was read in the answer
  retry,     // certainly did not happen: try again later
  rejected,  // certainly did not happen, and will not by trying again
  unknown,   // may have happened: find before anything else
};
std::string_view to_string(Verdict verdict) noexcept;

// One HTTP exchange, for the timeline and the log. Holds no header and no query value: nothing secret.
struct Call {
  std::string method;
  std::string path;
  int status = 0;  // 0: no answer
  std::chrono::milliseconds took{0};
};

struct Outcome {
  Verdict verdict = Verdict::done;
  std::string reason;  // from reasons(): "rate_limited", "auth", "refused_connection" ...
  std::string detail;  // for a person; what the desk said, cut to 300 characters, no secret
  std::optional<std::chrono::milliseconds> after;  // what the desk asked us to wait
  bool whole_desk = false;  // the fault is the desk's (credentials, down), not this ticket's: pause the desk
  std::vector<Call> calls;
  bool found = false;  // open(): the ticket was there already, a duplicate was avoided

  bool done() const noexcept { return verdict == Verdict::done; }
};

// Every reason, for metrics and docs/operating.md: word and meaning.
const std::vector<std::pair<std::string_view, std::string_view>>& reasons();

// A value when the outcome is Done.
template <class T>
struct Result {
  Outcome outcome;
  std::optional<T> value;
};

}  // namespace connectors
