#pragma once

// One bridge that serves the API for a whole suite, over HTTP and HTTPS, and tenants of it as a client sees
// them: a hosted queue with nothing else in it, a key, one of the two ways to send the key. No desk: whoever
// has the key decides. Not thread-safe.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tests/acceptance/site.h"

namespace acceptance {

class ApiSite;

struct ApiAnswer {
  int status = 0;  // 0: no answer
  HeaderLines headers;
  std::string text;
  Json json;  // null when it is not JSON
  std::string header(std::string_view name) const;
};

class Tenant {
 public:
  // Every call carries the key, whether as header or as Basic.
  ApiAnswer call(const std::string& method, const std::string& path, const HeaderLines& headers = {},
                 const std::string& body = {}) const;
  ApiAnswer get(const std::string& path, const HeaderLines& headers = {}) const;
  // With these credentials and no others.
  ApiAnswer call_as(const HeaderLines& credentials, const std::string& method, const std::string& path) const;

  // Takes a request in: `more` over a sample. Its id.
  std::int64_t submit(const Json& more = {}) const;
  // Approves it and reports that it was used.
  void use(std::int64_t id) const;
  void approve(std::int64_t id, const std::string& by = {}) const;
  void deny(std::int64_t id) const;

  // Takes an event in, of Ann at PC-0042: `more` members are added as they stand. Its id.
  std::int64_t post_event(const std::string& more = {}) const;
  void put_computer(const std::string& computer) const;

  // "HTTPS, Basic": for messages.
  const std::string& name() const noexcept { return name_; }
  const std::string& key() const noexcept { return key_; }
  const std::string& queue() const noexcept { return queue_; }

 private:
  friend class ApiSite;
  Tenant(std::string name, std::string base, std::string ca_file, std::string queue, std::string key,
         bool basic);

  std::string name_, base_, queue_, key_;
  HeaderLines credentials_;
  std::shared_ptr<connectors::HttpClient> http_;
};

// `scene` once for each way in: HTTP and HTTPS, apikey and Basic; each time for a tenant of its own, so that
// nothing is left from before. `limited`: a tenant whose quota is 6 calls a day.
void for_each_door(const std::function<void(const Tenant&)>& scene, bool limited = false);

std::string text(std::int64_t number);
// "k1,k2,...": the names of an object's members, in order.
std::string keys_of(const Json& object);
// The ids of a JSON array of objects, "1,2,3".
std::string ids(const Json& array);

}  // namespace acceptance
