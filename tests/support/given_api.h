#pragma once

// The API in front of a queue that keeps what it is given, with every hook of it answered by the test. What
// is logged is kept.

#include <memory>
#include <string>
#include <vector>

#include <cppunit/TestFixture.h>

#include "bridge/api/api.h"
#include "tests/support/direct_api.h"
#include "tests/support/given_queue.h"
#include "tests/support/temporary_folder.h"

namespace tests {

class GivenApi : public CppUnit::TestFixture {
 public:
  void setUp() override;
  void tearDown() override;

 protected:
  static constexpr std::int64_t first_id = 615670;

  // With key_, unless it is empty.
  bridge::Reply ask(const std::string& method, const std::string& target,
                    const bridge::HeaderList& headers = {}, const std::string& body = {});
  bridge::Reply post(const std::string& body, const bridge::HeaderList& headers = {});
  // Pending requests from first_id on, with scan results.
  void fill(int count);
  void set_status(std::int64_t id, int code);
  // What was logged since the test began.
  static std::string logged();

  TemporaryFolder directory_;
  std::unique_ptr<bridge::Store> store_;
  std::unique_ptr<GivenQueue> queue_;
  std::unique_ptr<bridge::Access> access_;
  std::unique_ptr<bridge::Api> api_;
  std::string key_;  // of queue "acme"
  std::string key_id_;
  std::string hook_;  // the last webhook that came: "snow|Host|body"
  std::vector<std::string> not_ready_;
};

}  // namespace tests
