#include "tests/support/given_api.h"

#include <mutex>

#include <cppunit/TestAssert.h>

#include "bridge/ops/log.h"
#include "tests/support/key_ring.h"

namespace tests {

using bridge::Reply;

namespace {

std::mutex log_mutex;
std::string log_text;
void keep_log(const std::string& line) {
  const std::lock_guard lock(log_mutex);
  log_text += line;
}

}  // namespace

void GivenApi::setUp() {
  {
    const std::lock_guard lock(log_mutex);
    log_text.clear();
  }
  bridge::set_log_sink(keep_log);
  store_ = bridge::open_store("sqlite:" + (directory_ / "test.db").string());
  queue_ = std::make_unique<GivenQueue>(*store_);
  key_ = add_key(*store_, "acme");
  key_id_ = key_.substr(8, 8);
  access_ = make_access(*store_);
  bridge::ApiParts parts;
  parts.not_ready = [this] { return not_ready_; };
  parts.metrics = [] { return std::string("up 1\n"); };
  parts.webhook = [this](const std::string& desk, const bridge::HeaderList& headers,
                         const std::string& body) {
    hook_ = desk + '|' + headers.front().first + '|' + body;
    return Reply{202, {}, {}};
  };
  parts.queue_webhook = [this](const std::string& queue, const std::string& secret, const std::string& body) {
    hook_ = queue + '|' + secret + '|' + body;
    return Reply{202, {}, {}};
  };
  api_ = std::make_unique<bridge::Api>(*store_, *queue_, *access_, std::move(parts));
}

void GivenApi::tearDown() {
  bridge::set_log_sink(nullptr);
}

std::string GivenApi::logged() {
  const std::lock_guard lock(log_mutex);
  return log_text;
}

Reply GivenApi::ask(const std::string& method, const std::string& target, const bridge::HeaderList& headers,
                    const std::string& body) {
  bridge::HeaderList all;
  if (!key_.empty()) all.emplace_back("apiKey", key_);
  all.insert(all.end(), headers.begin(), headers.end());
  return tests::ask(*api_, method, target, all, body);
}

Reply GivenApi::post(const std::string& body, const bridge::HeaderList& headers) {
  return ask("POST", "/requests", headers, body);
}

void GivenApi::fill(int count) {
  std::vector<bridge::NewRequest> requests(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < requests.size(); ++i) {
    requests[i].queue = "acme";
    requests[i].id = first_id + static_cast<std::int64_t>(i);
    requests[i].body = [](std::int64_t id) { return body_of(id, ""); };
    requests[i].scan_results = R"([{"scanResult":"Clean"}])";
  }
  store_->submit_unknown(requests);
}

void GivenApi::set_status(std::int64_t id, int code) {
  const bridge::Record record = store_->find({"acme", id}).value();
  bridge::Change change;
  change.ref = record.ref;
  change.from_version = record.lifecycle.version;
  change.lifecycle = record.lifecycle;
  ++change.lifecycle.version;
  change.status_code = code;
  CPPUNIT_ASSERT(store_->apply({&change, 1}).at(0) == bridge::Applied::yes);
}

}  // namespace tests
