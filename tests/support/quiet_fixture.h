#pragma once

// A fixture whose tests write no lines of the log. One that overrides setUp() or tearDown() calls these too.

#include <cppunit/TestFixture.h>

#include "bridge/ops/log.h"

namespace tests {

class QuietFixture : public CppUnit::TestFixture {
 public:
  void setUp() override {
    bridge::set_log_sink([](const std::string&) {});
  }
  void tearDown() override { bridge::set_log_sink(nullptr); }
};

}  // namespace tests
