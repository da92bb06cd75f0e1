#pragma once

// The processes of one run, each its own: a practice desk, a bridge with a new store, and for a remote queue
// a second bridge that is that queue. Without the bridge: what the reference program talks to. They end with
// the scene. Not thread-safe.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace bench {

struct Usage {
  double cpu_seconds = 0;
  double peak_mib = 0;
};
// Of a process that runs.
Usage usage_of(pid_t process);

class Scene {
 public:
  struct Options {
    bool remote = false;  // the queue is another bridge's
    bool with_bridge = true;
    std::string desk_poll;  // empty: the connector's own
  };
  explicit Scene(const Options& options);

  const std::string& desk_url() const noexcept { return desk_url_; }
  // Where requests are taken in, and its key (empty: it asks for none).
  const std::string& queue_url() const noexcept { return queue_url_; }
  const std::string& key() const noexcept { return key_; }
  // The files where the requests lie: the bridge's, and the queue's own (the same when it is hosted).
  std::string bridge_store() const { return file("bridge.db"); }
  std::string queue_store() const { return file(remote_ ? "queue.db" : "bridge.db"); }
  static constexpr const char* queue_name = "acme";
  pid_t bridge() const { return bridge_->pid(); }
  // Throws when a process has ended.
  void check();

 private:
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string write_config(const std::string& name, std::uint16_t port, const std::string& queue,
                           const std::string& rest);
  void make_key(const std::string& config);
  tests::Process start(const std::vector<std::string>& arguments, const std::string& log,
                       const std::string& ready_url);

  tests::TemporaryFolder folder_;
  const bool remote_;
  std::string desk_url_, queue_url_, key_;
  std::optional<tests::Process> desk_, queue_, bridge_;
};

// The program under test, beside this one.
std::string program();

}  // namespace bench
