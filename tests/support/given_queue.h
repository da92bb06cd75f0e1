#pragma once

// A queue that stores requests as they are given, and remembers what it was asked to decide: for tests of the
// API in front of it. Taking in is thread-safe.

#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "bridge/ops/error.h"
#include "bridge/queue/queue_service.h"
#include "bridge/store/store.h"

namespace tests {

// The object that it makes of a request.
std::string body_of(std::int64_t id, const std::string& reason);

class GivenQueue : public bridge::QueueService {
 public:
  explicit GivenQueue(bridge::Store& store) : store_(store) {}

  struct Decided {
    std::string key;
    bool approve;
    std::string email, reason, actor;
  };
  std::vector<Decided> decided;
  std::string last_actor;

  bridge::Submitted submit(const std::string& queue, const mappings::Json& given, const std::string& key,
                           const std::string& actor) override;
  bool decide(const bridge::RequestRef& ref, bool approve, const std::string& email,
              const std::string& reason, const bridge::Actor& actor) override;
  std::vector<Answered> submit_all(const std::string&, const std::vector<Wanted>&,
                                   const std::string&) override {
    throw std::logic_error("this verb is not faked");
  }
  bool withdraw(const bridge::RequestRef&, const bridge::Actor&) override {
    throw std::logic_error("this verb is not faked");
  }
  void report_use(const bridge::RequestRef&, const mappings::Json&, const std::string&) override {
    throw std::logic_error("this verb is not faked");
  }

 private:
  bridge::Store& store_;
  std::mutex mutex_;
};

}  // namespace tests
