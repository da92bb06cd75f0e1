#pragma once

// A clock that stands still until a test moves it. Thread-safe.

#include <atomic>
#include <chrono>

#include "bridge/ops/clock.h"

namespace tests {

class FakeClock final : public bridge::Clock {
 public:
  bridge::Time now() const override { return bridge::from_micros(micros_); }
  void advance(std::chrono::microseconds by) { micros_ += by.count(); }

 private:
  std::atomic<std::int64_t> micros_{1'700'000'000'000'000};
};

}  // namespace tests
