#pragma once

// A queue that takes nothing in and remembers what it was told to decide: for tests of the API around it.
// Not thread-safe.

#include <string>
#include <vector>

#include "bridge/queue/queue_service.h"

namespace tests {

class QueueStub : public bridge::QueueService {
 public:
  std::vector<std::string> decided;  // "approve acme:7 bob@acme.test reason"

  bridge::Submitted submit(const std::string&, const mappings::Json&, const std::string&,
                           const std::string&) override {
    return {};
  }
  bool decide(const bridge::RequestRef& ref, bool approve, const std::string& email,
              const std::string& reason, const bridge::Actor&) override {
    decided.push_back((approve ? "approve " : "deny ") + ref.key() + ' ' + email + ' ' + reason);
    return true;
  }
  std::vector<Answered> submit_all(const std::string&, const std::vector<Wanted>& wanted,
                                   const std::string&) override {
    return std::vector<Answered>(wanted.size());
  }
  bool withdraw(const bridge::RequestRef& ref, const bridge::Actor&) override {
    decided.push_back("withdraw " + ref.key());
    return true;
  }
  void report_use(const bridge::RequestRef&, const mappings::Json&, const std::string&) override {}
};

}  // namespace tests
