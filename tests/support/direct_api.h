#pragma once

// The whole API over a store in a temporary file, asked without sockets but through the parser, so that
// targets and headers are what a client's bytes would be. One key of the queue "acme" at a time.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/api/api.h"
#include "bridge/directory/directories.h"
#include "mappings/engine/json.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temporary_folder.h"

namespace tests {

class DirectApi {
 public:
  enum class Key { header, basic };

  explicit DirectApi(bridge::ApiParts parts = {});
  ~DirectApi();

  // `target` as it stands in the request line. The key goes with it, as `key_form` says.
  bridge::Reply ask(const std::string& method, const std::string& target,
                    const bridge::HeaderList& headers = {}, const std::string& body = {});
  // The body of a GET that must answer 200.
  mappings::Json get(const std::string& target, const bridge::HeaderList& headers = {});
  // Its ids: "1 2 3".
  std::string ids(const std::string& target, const bridge::HeaderList& headers = {});
  // Asks with a key of this queue from now on.
  void use_queue(const std::string& queue);

  std::string key;
  Key key_form = Key::header;
  FakeClock clock;

  bridge::Store& store() { return *store_; }
  bridge::Api& api() { return *api_; }
  bridge::Directories& directories() { return *directories_; }
  bridge::Access& access() { return *access_; }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<bridge::Store> store_;
  std::optional<bridge::Directories> directories_;
  std::unique_ptr<bridge::QueueService> queue_;  // takes no requests
  std::unique_ptr<bridge::Access> access_;
  std::unique_ptr<bridge::Api> api_;
};

// What the parser makes of these bytes of a client: `target` as it stands in the request line.
bridge::Incoming incoming(const std::string& method, const std::string& target,
                          const bridge::HeaderList& headers = {}, const std::string& body = {});
// What the API answers to it.
bridge::Reply ask(const bridge::Api& api, const std::string& method, const std::string& target,
                  const bridge::HeaderList& headers = {}, const std::string& body = {});
// Of a list of objects: "1 2 3".
std::string ids_of(const mappings::Json& list);
// Empty when the answer has no such header.
std::string header_of(const bridge::Reply& reply, const std::string& name);
// Of an error; fails the running test when there is none.
std::string message_of(const bridge::Reply& reply);

}  // namespace tests
