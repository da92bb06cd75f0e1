#include "bridge/queue/hosted_queue.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/error.h"
#include "tests/support/drain_bench.h"

using bridge::Error;
using bridge::ErrorCode;
using mappings::Json;

class HostedQueueTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HostedQueueTest);
  CPPUNIT_TEST(takes_no_request_for_a_queue_that_is_elsewhere);
  CPPUNIT_TEST(takes_no_request_for_a_queue_that_there_is_not);
  CPPUNIT_TEST_SUITE_END();

 public:
  void takes_no_request_for_a_queue_that_is_elsewhere() {
    tests::DrainBench bench(false, true);
    CPPUNIT_ASSERT(refusal(bench, "acme") == ErrorCode::conflict);
    const auto answers = bench.queue->submit_all("acme", {{request(), ""}, {request(), "key"}}, "test");
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, answers.size());
    for (const auto& answer : answers)
      CPPUNIT_ASSERT(!answer.submitted && answer.refused->code() == ErrorCode::conflict);
    CPPUNIT_ASSERT(bench.store->list({}).empty());
  }

  void takes_no_request_for_a_queue_that_there_is_not() {
    tests::DrainBench bench;
    CPPUNIT_ASSERT(refusal(bench, "nobody") == ErrorCode::not_found);
    CPPUNIT_ASSERT(bench.store->list({}).empty());
    CPPUNIT_ASSERT_NO_THROW(bench.queue->submit("acme", request(), "", "test"));
  }

 private:
  static Json request() {
    return Json::object({{"type", "Run As Admin"}, {"user", Json::object({{"account", "ACME\\ann"}})}});
  }
  static std::optional<ErrorCode> refusal(tests::DrainBench& bench, const std::string& queue) {
    try {
      bench.queue->submit(queue, request(), "", "test");
    } catch (const Error& error) {
      return error.code();
    }
    return std::nullopt;
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(HostedQueueTest);
