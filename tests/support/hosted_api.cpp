#include "tests/support/hosted_api.h"

#include <cppunit/TestAssert.h>

#include "bridge/ops/log.h"
#include "tests/support/key_ring.h"

namespace tests {

using bridge::Reply;
using mappings::Json;

void HostedApi::setUp() {
  bridge::set_log_sink([](const std::string&) {});
  bench_ = std::make_unique<DrainBench>();
  bench_->config.queues.front().approvers = {"Bob.Admin@acme.test", "j+x@acme.test"};
  key_ = add_key(*bench_->store, "acme");
  access_ = make_access(*bench_->store);
  bridge::ApiParts parts;
  parts.clock = &bench_->clock;
  parts.bulk_body = 100'000;
  api_ = std::make_unique<bridge::Api>(*bench_->store, *bench_->queue, *access_, std::move(parts));
}

void HostedApi::tearDown() {
  bridge::set_log_sink(nullptr);
}

Reply HostedApi::ask(const std::string& method, const std::string& target, const bridge::HeaderList& headers,
                     const std::string& body) {
  bridge::HeaderList all = {{"apiKey", key_}};
  all.insert(all.end(), headers.begin(), headers.end());
  return tests::ask(*api_, method, target, all, body);
}

Json HostedApi::get(const std::string& target, const bridge::HeaderList& headers) {
  const Reply reply = ask("GET", target, headers);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(target + ' ' + reply.body, 200, reply.status);
  return Json::parse(reply.body);
}

void HostedApi::post(const std::string& body) {
  CPPUNIT_ASSERT_EQUAL(201, ask("POST", "/requests", {}, body).status);
}

std::string request_text(const std::string& computer, const std::string& account, const std::string& name,
                         int type_code) {
  return Json::object({{"typeCode", type_code},
                       {"computer", Json::object({{"name", computer}})},
                       {"user", Json::object({{"account", account}, {"fullName", name}})},
                       {"scanResults", Json::array({Json::object({{"scanResult", "Clean"}})})}})
      .dump();
}

}  // namespace tests
