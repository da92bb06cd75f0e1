#pragma once

// Calls a practice desk without sockets, as the bridge or as its approver, at a time that the test sets.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bridge/practice/practice_desk.h"
#include "mappings/engine/json.h"

namespace practice_test {

class SetClock final : public bridge::Clock {
 public:
  bridge::Time now() const override { return now_; }
  void advance(std::chrono::seconds by) { now_ += by; }

 private:
  bridge::Time now_ = bridge::from_micros(1'769'853'600'000'000);  // 2026-01-31 10:00:00
};

using Query = bridge::HeaderList;

class Calls {
 public:
  explicit Calls(bridge::PracticeDesk::Settings settings = {});

  // Table API, with the usual headers and the password of `user`.
  bridge::Reply api(const std::string& method, const std::string& path, Query query = {},
                    const std::string& body = {}, const std::string& user = "bridge");
  // /practice/..., as the page calls it.
  bridge::Reply page(const std::string& method, const std::string& path, const std::string& body = {},
                     Query query = {});
  static bridge::Incoming incoming(const std::string& method, const std::string& path);
  static std::string basic(const std::string& user, const std::string& password);

  // Creates a ticket; gives its record.
  mappings::Json create(const std::string& body);
  mappings::Json record(const std::string& sys_id, Query query = {});
  // The numbers of the tickets that a query finds.
  std::vector<std::string> numbers(const std::string& query);

  std::shared_ptr<SetClock> clock = std::make_shared<SetClock>();
  bridge::PracticeDesk desk;
};

mappings::Json result(const bridge::Reply& reply);
std::string header(const bridge::Reply& reply, const std::string& name);

}  // namespace practice_test
