#pragma once

// The whole API over a store in a temporary file, with three tenants (acme, contoso, initech), asked as one
// credential or another without sockets. What is answered is held to the OpenAPI document.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bridge/access/access.h"
#include "bridge/access/issue.h"
#include "bridge/api/api.h"
#include "mappings/engine/json.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temporary_folder.h"

namespace tests {

class ManagedApi {
 public:
  // `tenant_networks`: from where tenants let callers in.
  explicit ManagedApi(std::map<std::string, std::vector<std::string>> tenant_networks = {});
  ~ManagedApi();

  // Who asks from now on: an API key of this queue with these scopes, a client's token, nobody.
  void as_key(const std::string& queue, const std::string& scopes);
  void as_client(const std::string& queue, const std::string& role,
                 const std::vector<std::string>& more_queues = {});
  void as(const std::string& authorization) { authorization_ = authorization; }
  const std::string& authorization() const { return authorization_; }

  bridge::Reply ask(const std::string& method, const std::string& target, const std::string& body = {},
                    const bridge::HeaderList& headers = {}) const;
  // `data` of an answer that must be 200.
  mappings::Json data(const std::string& method, const std::string& target, const std::string& body = {},
                      const bridge::HeaderList& headers = {}) const;
  // "Bearer ..." for a client's id and secret; empty when there is none to be had.
  std::string token(const std::string& client_id, const std::string& secret) const;
  // How what is asked with this Authorization is answered.
  int status_of(const std::string& authorization, const std::string& target) const;

  // What the audit log was told since the last call of this.
  std::vector<bridge::TrailEntry> noted();

  std::string peer = "192.0.2.7";
  FakeClock clock;

  bridge::Store& store() { return *store_; }
  bridge::Api& api() { return *api_; }

 private:
  bridge::Reply send(const std::string& method, const std::string& target, const std::string& body,
                     const bridge::HeaderList& headers) const;
  bridge::Issued stored(const bridge::Credential& wanted);

  TemporaryFolder folder_;
  std::unique_ptr<bridge::Store> store_;
  std::unique_ptr<bridge::QueueService> queue_;  // takes no requests
  std::unique_ptr<bridge::Access> access_;
  std::unique_ptr<bridge::Api> api_;
  std::string authorization_;
  std::int64_t noted_ = 0;
};

// A client's id and secret that are not stored yet.
struct Pair {
  std::string id, secret;
};
Pair generated_pair(const ManagedApi& api, const bridge::HeaderList& headers = {});
// The body that makes a client of it, named Sync, an approver; `more` goes behind the rest.
std::string new_client(const Pair& pair, const std::string& more = {});
// Its resource id.
std::string created_client(const ManagedApi& api, const Pair& pair, const std::string& more = {});

// validationMessages, a line each.
std::string reasons_of(const bridge::Reply& reply);
// One member of each row, with blanks between.
std::string names_in(const mappings::Json& rows, const char* member);

// An answer to `call` ("GET /api/roles") that the document does not describe; empty: it does.
std::string not_as_described(const std::string& call, const bridge::Reply& reply);

}  // namespace tests
