#pragma once

// The whole API with credentials of every kind, asked by raw bytes from any address. Two tenants, acme and
// beta; a third, fenced, whose credentials are for 192.0.2.0/24 only. 10.0.0.0/8 are trusted proxies.

#include <memory>
#include <string>

#include "bridge/api/api.h"
#include "tests/support/fake_clock.h"
#include "tests/support/key_ring.h"
#include "tests/support/queue_stub.h"
#include "tests/support/temporary_folder.h"

namespace tests {

class AccessSite {
 public:
  explicit AccessSite(bridge::Access::Settings settings = usual());
  ~AccessSite();
  static bridge::Access::Settings usual();

  // `lines`: header lines, each with its line end.
  bridge::Reply ask(const std::string& method, const std::string& target, const std::string& lines,
                    const std::string& body = {});
  // The answer's bytes, but for the Date.
  std::string bytes(const std::string& method, const std::string& target, const std::string& lines,
                    const std::string& body = {});
  // Of POST /connect/token with this form.
  bridge::Reply ask_token(const std::string& form, const std::string& lines = {});
  std::string token(const bridge::Issued& client);

  bridge::Issued add(const bridge::Credential& wanted);
  // Changes the stored one, as another process would.
  void change(const std::string& id, const std::function<void(bridge::Credential&)>& how);

  bridge::Store& store() { return *store_; }
  bridge::Access& access() { return *access_; }
  QueueStub& queue() { return queue_; }
  FakeClock clock;
  std::string peer = "198.51.100.7";

 private:
  TemporaryFolder folder_;
  std::unique_ptr<bridge::Store> store_;
  QueueStub queue_;
  std::unique_ptr<bridge::Access> access_;
  std::unique_ptr<bridge::Api> api_;
};

}  // namespace tests
