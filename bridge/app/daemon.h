#pragma once

// The whole bridge as one object: store, drain, API. `countersign serve` runs it, and so do tests, in their
// own process. start() and stop() from one thread; reload() from any.

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "bridge/access/access.h"
#include "bridge/api/quota.h"
#include "bridge/api/refused_logins.h"
#include "bridge/app/api_server.h"
#include "bridge/app/bridge_trail.h"
#include "bridge/app/drain.h"
#include "bridge/config/config.h"
#include "bridge/directory/directories.h"
#include "bridge/hooks/hooks.h"
#include "bridge/queue/hosted_queue.h"
#include "bridge/siem/siem.h"

namespace bridge {

class Daemon {
 public:
  struct Options {
    // Tried with the configuration file before a reload: false keeps what is in force. `countersign serve`
    // runs `countersign check` here, in a process with limits. Empty: no such check.
    std::function<bool(const Config& config)> probe;
  };

  // Opens the store and loads mappings, workflows and connectors. Throws Error: config_invalid (its message
  // is the diagnostics' text), store_unavailable.
  Daemon(Config config, Options options);
  explicit Daemon(Config config) : Daemon(std::move(config), Options{}) {}
  ~Daemon();  // stops
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Throws Error(config_invalid) when the address cannot be listened on; then nothing was recorded.
  void start();
  // Clean: no new work, running calls are ended, everything that was acknowledged is in the store.
  // Idempotent.
  void stop();

  // Mappings, workflows, connectors, and from the configuration file the routes, the desks' settings with
  // their secrets, the sinks of a SIEM and our TLS certificate with its key, anew: all or nothing. False: the
  // old ones stay in force and the diagnostics, also logged, say why. What needs a restart (see
  // restart_needed.h) stays as it is, with a warning. The audit log has who asked for it, and what
  // was loaded.
  bool reload(mappings::Diagnostics& diagnostics, const Actor& by = {"countersign", "", "", "", ""});

  std::uint16_t port() const noexcept;
  // Of HTTPS; 0 when it is not spoken.
  std::uint16_t tls_port() const noexcept;
  const std::string& public_url() const noexcept { return config_.public_url; }
  Store& store() noexcept { return *store_; }
  Drain& drain() noexcept { return *drain_; }
  Access& access() noexcept { return *access_; }

 private:
  struct Fresh {
    std::shared_ptr<const RuleSet> rules;
    std::shared_ptr<const TlsIdentity> identity;  // null: as it was
    Fingerprints files;
    Config config;
  };
  std::optional<Fresh> load_anew(mappings::Diagnostics& diagnostics);
  // False: nothing was taken, and the diagnostics say why.
  bool take_anew(mappings::Diagnostics& diagnostics, const Actor& by);
  void write_status();

  Config config_;
  const Options options_;
  SystemClock clock_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<BridgeTrail> trail_;
  std::unique_ptr<Directories> directories_;
  std::unique_ptr<connectors::HttpClient> http_;
  std::unique_ptr<Rules> rules_;
  std::unique_ptr<Drain> drain_;
  std::unique_ptr<connectors::HttpClient> hook_http_;
  std::unique_ptr<Hooks> hooks_;
  std::unique_ptr<Siem> siem_;
  std::unique_ptr<HostedQueue> queue_;
  std::unique_ptr<Quota> quota_;
  std::unique_ptr<Access> access_;
  std::unique_ptr<RefusedLogins> refused_logins_;
  std::unique_ptr<ApiServer> api_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread status_writer_;
};

}  // namespace bridge
