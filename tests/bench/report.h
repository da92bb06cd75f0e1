#pragma once

// What was measured, the bars it is held to, and how both are shown.

#include <iosfwd>
#include <string>
#include <vector>

#include "tests/bench/load.h"
#include "tests/bench/reading.h"

namespace bench {

// Of one kind of queue.
struct Measured {
  std::string queue;                     // "hosted", "remote"
  std::vector<Figures> runs, reference;  // as many of each
  Figures many;                          // the run with more requests, for its memory; none: requests 0
  std::vector<double> idle_ms;

  double rate() const;  // medians
  double reference_rate() const;
  double ratio() const;  // of the pairs
};

// The tables, or one JSON object. True when every bar is met.
bool report(const std::vector<Measured>& all, const Readings& readings, bool json, std::ostream& out);

}  // namespace bench
