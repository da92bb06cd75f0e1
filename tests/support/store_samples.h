#pragma once

// Requests, steps and effects for tests of the store, and short texts of what it gives back.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <cppunit/TestAssert.h>

#include "bridge/ops/error.h"
#include "bridge/store/store.h"

namespace tests {

// Seconds after a fixed moment.
bridge::Time at(int seconds);
// A pending request of queue "acme" at desk "snow" with one main effect in lane "desk:snow", due at once.
bridge::NewRequest sample_request(const std::string& queue = "acme");
// A step of `record` into `state` that carries nothing else.
bridge::Change step_of(const bridge::Record& record, workflows::State state);
// An effect of lane "desk:snow".
bridge::NewEffect sample_effect(const std::string& slot, bridge::Time not_before = at(0), int priority = 5);

// Fails the running test unless the two agree in all that a record has.
void same(const std::string& what, const bridge::Record& wanted, const bridge::Record& found);
// "acme:1/main acme:2/main "
std::string slots(const std::vector<bridge::DueEffect>& effects);
// "acme:1 acme:2 "
std::string ids(const std::vector<bridge::Record>& records);

// Of the Error that `act` throws; fails the running test when there is none.
template <class Act>
bridge::ErrorCode code_of(const Act& act) {
  try {
    act();
  } catch (const bridge::Error& error) {
    return error.code();
  }
  CPPUNIT_FAIL("no error");
  return bridge::ErrorCode::internal;
}

// Runs `work(0..count-1)` on a thread each and waits for all; how many threw.
template <class Work>
int on_threads(int count, const Work& work) {
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      try {
        work(i);
      } catch (...) {
        ++failed;
      }
    });
  for (auto& thread : threads) thread.join();
  return failed;
}

}  // namespace tests
