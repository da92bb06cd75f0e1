#pragma once

// GET /requests, from a bridge with few stored requests, from one with many, and beside both an nginx that
// serves the same bytes from a file.

#include <functional>
#include <string>
#include <vector>

#include "tests/bench/http_load.h"

namespace bench {

struct ReadingOptions {
  int few = 1000;
  int many = 1'000'000;
  int runs = 3;  // of which the median counts
  std::chrono::milliseconds each{1000};
};

// One page size over one number of connections: medians.
struct Reading {
  int take = 0;
  int connections = 0;
  LoadFigures few, many, nginx;

  double of_few() const { return few.per_second > 0 ? many.per_second / few.per_second : 0; }
  double of_nginx() const { return nginx.per_second > 0 ? many.per_second / nginx.per_second : 0; }
};

struct Readings {
  ReadingOptions options;
  std::vector<Reading> all;  // none: not measured
  double fill_seconds = 0;   // to store the many
};

// Throws std::runtime_error, when nginx is not installed among others. `progress`: what is done now.
Readings measure_reading(const ReadingOptions& options,
                         const std::function<void(const std::string& what, int done, int of)>& progress);

}  // namespace bench
