#pragma once

// Our API on its sockets: the HTTP front, the routes behind it, and what the parts of the daemon answer when
// a route asks. Listens from its construction to stop(). Thread-safe, but for stop(). Owned by Daemon.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "bridge/api/api.h"
#include "bridge/api/http_front.h"
#include "bridge/app/drain.h"
#include "bridge/config/config.h"

namespace bridge {

class ApiServer {
 public:
  struct Parts {
    Store& store;
    QueueService& queue;
    Access& access;
    Drain& drain;
    const Rules& rules;
    const Clock& clock;
    Quota& quota;
    RefusedLogins& refused_logins;
    Hooks& hooks;
    Directories& directories;
  };

  // All must outlive it. Throws Error(config_invalid) when an address cannot be listened on.
  ApiServer(const Config& config, const Parts& parts);

  // Ends running calls.
  void stop() { front_.stop(); }

  std::uint16_t port() const noexcept { return front_.port(); }
  // Of HTTPS; 0 when it is not spoken.
  std::uint16_t tls_port() const noexcept { return front_.tls_port(); }
  // For connections that come from now on.
  void change_identity(std::shared_ptr<const TlsIdentity> identity) {
    front_.change_identity(std::move(identity));
  }
  // Below zero: it has. Nothing: HTTPS is not spoken.
  std::optional<std::chrono::seconds> certificate_expires() const;
  HttpFront::Counters counters() const noexcept { return front_.counters(); }

 private:
  ApiParts routes(const Parts& parts);
  Reply webhook(const std::string& desk, const HeaderList& headers, const std::string& body);
  Reply queue_webhook(const std::string& name, const std::string& secret, const std::string& body);

  const Config& config_;
  Drain& drain_;
  Api api_;
  HttpFront front_;
};

}  // namespace bridge
