#pragma once

// The programs of `countersign demo`: a practice desk and a bridge, with --remote a second bridge as the
// remote queue, each a process of its own, as a person would start them. They end with the object. Not
// thread-safe.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bridge/app/child_process.h"
#include "connectors/engine/http_exchange.h"
#include "mappings/engine/json.h"

namespace bridge {

// One side of the demo that answers HTTP with JSON.
class DemoSite {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  DemoSite(connectors::HttpClient& http, std::string base, Headers headers)
      : http_(http), base_(std::move(base)), headers_(std::move(headers)) {}

  struct Answer {
    int status = 0;  // 0: none came, the body says why
    mappings::Json body;
  };
  Answer call(const std::string& method, const std::string& path, const mappings::Json& body = {});

 private:
  connectors::HttpClient& http_;
  const std::string base_;
  const Headers headers_;
};

// Takes away what an earlier demo left in `directory`, and nothing else; makes it where it is not. Throws
// Error, having touched nothing, when it holds files and was no demo's.
void clear_demo(const std::filesystem::path& directory);

class DemoParts {
 public:
  // Clears `directory` and puts configurations, stores and logs there. Throws Error when something does not
  // start.
  DemoParts(std::filesystem::path directory, bool remote);

  DemoSite& queue() noexcept { return *queue_; }      // the API that requests come in by
  DemoSite& tickets() noexcept { return *tickets_; }  // the desk's Table API, as its approver
  std::string queue_address() const;
  std::string desk_address() const;
  std::string file(const std::string& name) const { return (directory_ / name).string(); }
  bool running() { return bridge_->running() && desk_->running(); }

 private:
  void start_desk();
  void start_remote_queue();
  void start_bridge();
  void make_key(const std::string& config, const std::string& queue);
  void wait_until_ready(std::uint16_t port, const char* path, ChildProcess& child, const std::string& log);

  const std::filesystem::path directory_;
  const bool is_remote_;
  std::uint16_t desk_port_ = 0, port_ = 0, remote_port_ = 0;
  std::string key_;
  connectors::HttpClient http_;
  std::unique_ptr<ChildProcess> desk_, remote_, bridge_;
  std::unique_ptr<DemoSite> queue_, tickets_;
};

}  // namespace bridge
