#pragma once

// A bridge with a desk, over a hosted queue or over a remote one in a second Countersign, to be killed; used
// for one scene after another, each with a new store of the bridge. Not thread-safe.

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "tests/acceptance/crash_scene.h"

namespace tests {
class Certificates;
}

namespace acceptance {

// How long a scene may take.
std::chrono::seconds scene_limit();
// The name of the fault point that ended a bridge, from what it logged behind `offset`; empty: none did.
std::string struck_since(const Bridge& bridge, std::size_t offset);
std::size_t log_size(const Bridge& bridge);

class CrashSite {
 public:
  struct Options {
    bool remote = false;
    bool https = false;            // between bridge and tenant
    std::string reconcile = "1s";  // of the remote queue
    std::string workflow = {};     // text of the desk's workflow, named crash; empty: the standard one
  };
  // What a tenant of these tests allows a day, as its X-RateLimit-Limit says it.
  static constexpr std::int64_t tenant_quota = 90'000'000;

  CrashSite(const std::string& name, const Options& options);
  ~CrashSite();

  CrashScene scene();
  // A few requests of every kind, once through; who dies is started again, with nothing to die of. Killed
  // where `environment` says, and the tenant where `of_tenant` does. The point that struck the bridge, if
  // any.
  std::string run_once(const Environment& environment, const Environment& of_tenant = {});
  // Until all is over, both started again whenever they are found dead; whether the bridge was.
  bool finish(CrashScene& scene);

  Bridge& bridge() { return *bridge_; }
  Bridge& tenant() { return *tenant_; }
  PracticeDesk& desk() { return desk_; }
  // What the bridge calls the tenant with; of the tenant's queue, and of another organisation there.
  const std::string& key() const { return key_; }
  const std::string& other_key() const { return other_key_; }
  void give_key(const std::string& key) const { tests::write_file(folder_ / "remote.key", key); }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::string config() const;
  std::string logs() const { return folder_.string() + "/*.log"; }

  const std::filesystem::path folder_;
  const Options options_;
  std::unique_ptr<tests::Certificates> certificates_;
  std::string tenant_url_;
  PracticeDesk desk_;
  std::optional<Bridge> tenant_, bridge_;
  std::string key_, other_key_;
};

}  // namespace acceptance
