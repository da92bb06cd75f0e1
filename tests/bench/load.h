#pragma once

// Drives one bridge: submits, decides in the desk what has a ticket, and sees from the stores (read beside
// their owners, at no cost to them) what has come back. Everything the bridge does meanwhile is its own.

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "tests/bench/scene.h"

namespace bench {

struct Figures {
  int requests = 0;
  double seconds = 0;      // from the first request to the last ticket told
  double cpu_seconds = 0;  // of the bridge
  double peak_mib = 0;
  std::vector<double> written_ms;  // from a decision in the desk to the queue's answer, of some
};
// `progress`: how many are settled; called now and then.
using Progress = std::function<void(const std::string& what, int settled, int of)>;

// All at once: as fast as 16 connections submit and 4 decide. Throws when a request does not come out right.
Figures run_load(Scene& scene, bool remote, int requests, const Progress& progress);

// One decision at a time on a bridge that has nothing else to do.
std::vector<double> run_idle(Scene& scene, bool remote, int decisions, const Progress& progress);

// Of sorted or unsorted values; 0 of none.
double percentile(std::vector<double> values, double share);

}  // namespace bench
