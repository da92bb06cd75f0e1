#pragma once

// The whole API over a hosted queue and a fake desk, asked without sockets but through the parser. The queue
// "acme" knows two approvers; the clock is the test's.

#include <memory>
#include <string>

#include <cppunit/TestFixture.h>

#include "bridge/api/api.h"
#include "tests/support/direct_api.h"
#include "tests/support/drain_bench.h"

namespace tests {

class HostedApi : public CppUnit::TestFixture {
 public:
  void setUp() override;
  void tearDown() override;

 protected:
  bridge::Reply ask(const std::string& method, const std::string& target,
                    const bridge::HeaderList& headers = {}, const std::string& body = {});
  // The body of a GET that must answer 200.
  mappings::Json get(const std::string& target, const bridge::HeaderList& headers = {});
  // A request that must be taken in.
  void post(const std::string& body);

  std::unique_ptr<DrainBench> bench_;
  std::unique_ptr<bridge::Access> access_;
  std::unique_ptr<bridge::Api> api_;
  std::string key_;  // of queue "acme"
};

// A request's body, with one clean scan result.
std::string request_text(const std::string& computer, const std::string& account, const std::string& name,
                         int type_code = 0);

}  // namespace tests
