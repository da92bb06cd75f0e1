#pragma once

// Who may come in, and how far. Holds what the store knows of credentials and roles in memory, so that a call
// costs one keyed hash and no query; what changes in this process counts at once (forget()), what another
// process changes within two seconds. Thread-safe. Store, pepper and clock outlive it. Logs no secret.

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/access/caller.h"
#include "bridge/access/doors.h"
#include "bridge/access/lockout.h"
#include "bridge/access/pepper.h"
#include "bridge/ops/clock.h"
#include "bridge/store/store.h"

namespace bridge {

class Access {
 public:
  struct Settings {
    std::chrono::seconds token_lifetime{std::chrono::hours(24)};
    std::vector<std::string> trusted_proxies;                           // whose X-Forwarded-For counts
    std::map<std::string, std::vector<std::string>> tenant_networks{};  // by queue; beside the key's own
    std::set<std::string, std::less<>> queues{};  // all there are; a call can name no other company
    LockoutRules lockout;
    std::chrono::milliseconds look_every{1000};  // for changes by another process; 0: at every call
    std::chrono::milliseconds believed{10'000};  // how long, when the store does not answer
  };

  Access(Store& store, std::shared_ptr<const Pepper> pepper, const Clock& clock, Settings settings);
  Access(Store& store, std::shared_ptr<const Pepper> pepper, const Clock& clock);
  ~Access();

  // A request as far as it matters here.
  struct Visit {
    std::string_view method;
    std::string_view path;
    const RequestHeaders& headers;
    std::string_view peer;
    std::string_view id;  // of the request, for the log
  };
  // Throws Refused(unauthorized), whatever the cause; Refused(forbidden) for a company that is not the
  // caller's; Error(invalid_request) for two companies; Error(store_unavailable) when the store could not be
  // asked.
  Caller authenticate(const Visit& visit);
  // Where it comes from, behind the trusted proxies; the peer's words when that is no address.
  std::string address_of(const Visit& visit) const;
  // Throws Refused(forbidden) when the scopes lack it or the role does not name the path.
  void must_allow(const Caller& caller, Scope scope, const Visit& visit) const;

  struct Token {
    std::string text;
    std::chrono::seconds lifetime{};
    std::string scope;
    std::vector<std::string> permissions;  // "requests|GET"; empty: no role narrows it
  };
  // For a client's id and secret. `scope`: empty or "api1" for all that the client has, or words of Scopes.
  // Throws Refused(unauthorized); Error(invalid_request) for a scope that the client lacks.
  Token issue_token(const Visit& visit, std::string_view client_id, std::string_view secret,
                    std::string_view scope);

  // After a change of credentials or roles in this process: when it returns, the change counts.
  void forget();
  // Writes what is gathered: uses at most once a minute, refused logins, better hashes. To be called every
  // few seconds, with `whole` at the end. Throws as the Store does; then nothing is lost but time.
  void save(bool whole = false);

  const Pepper& pepper() const noexcept;
  Lockout& lockout() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bridge
