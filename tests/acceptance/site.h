#pragma once

// The parts of an acceptance test: the program started as a person would, and clients for what it serves.
// Each test has a folder build/acceptance/<test> with configurations, stores and logs: emptied at its start,
// kept after its end for whoever looks into a failure. Not thread-safe, but for JsonSite.

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mappings/engine/json.h"
#include "tests/support/process.h"

namespace connectors {
class HttpClient;
}

namespace acceptance {

using mappings::Json;
using Environment = std::map<std::string, std::string>;
using HeaderLines = std::vector<std::pair<std::string, std::string>>;

// COUNTERSIGN_PROGRAM, else the program that was built with these tests.
std::string program();
std::filesystem::path fresh_folder(const std::string& name);
// True with COUNTERSIGN_LONG=1.
bool long_run();
// COUNTERSIGN_SEED, else another one in each run.
unsigned seed();

// Returns as soon as `done` does; after `limit` the test fails with `what`.
void eventually(const std::string& what, std::chrono::milliseconds limit, const std::function<bool()>& done);

// Somebody who answers HTTP with JSON. Thread-safe.
class JsonSite {
 public:
  struct Answer {
    int status = 0;  // 0: no answer
    Json body;       // null when it is not JSON
    std::string text;
  };
  explicit JsonSite(std::string base, HeaderLines headers = {});
  ~JsonSite();
  JsonSite(JsonSite&&) noexcept;

  Answer call(const std::string& method, const std::string& path, const Json& body = {},
              const HeaderLines& headers = {},
              std::chrono::milliseconds limit = std::chrono::seconds(15)) const;

 private:
  std::string base_;
  HeaderLines headers_;
  std::unique_ptr<connectors::HttpClient> http_;
};

// `countersign practice-desk` on a free port.
class PracticeDesk {
 public:
  explicit PracticeDesk(const std::filesystem::path& folder, const Environment& environment = {},
                        const std::vector<std::string>& arguments = {});

  std::uint16_t port() const noexcept { return port_; }
  std::string url() const;
  std::string log() const { return log_.string(); }
  // The tickets that carry a correlation key, as /practice/state shows them.
  Json tickets(const std::string& key) const;
  Json state() const;
  // Fails the test when the desk does not take it.
  void decide(const std::string& key, bool approve, const std::string& reason,
              const std::string& by = "approver");
  void set_faults(const Json& faults);
  void reset();

 private:
  std::uint16_t port_;
  std::filesystem::path log_;
  std::optional<tests::Process> process_;
  std::unique_ptr<JsonSite> site_;
};

// A bridge: its configuration, its store, its process and its API.
class Bridge {
 public:
  // `config`: everything but listen and store.
  Bridge(std::filesystem::path folder, std::string name, const std::string& config);
  ~Bridge();

  void write_config(const std::string& config);
  std::string make_key(const std::string& queue);
  // Returns when `ready` answers 200; fails the test when it does not within 30 s.
  void start(const Environment& environment = {}, const std::string& ready = "/readyz");
  bool running();
  int stop(std::chrono::milliseconds grace = std::chrono::seconds(10));
  void kill();
  void reload();
  std::optional<int> wait(std::chrono::milliseconds limit);
  void forget_store();

  // A verb of the program on this configuration.
  tests::Finished command(std::vector<std::string> words, const Environment& environment = {}) const;
  Json show(const std::string& request) const;
  // Lifecycle state and all that `requests list` says of every request.
  Json list(const std::string& state = {}) const;

  std::uint16_t port() const noexcept { return port_; }
  std::string url() const;
  std::string log() const { return (folder_ / (name_ + ".log")).string(); }
  std::string log_text() const { return tests::read_file(log()); }
  std::filesystem::path config_file() const { return folder_ / (name_ + ".yaml"); }
  std::filesystem::path store_file() const { return folder_ / (name_ + ".db"); }
  const std::filesystem::path& folder() const noexcept { return folder_; }
  JsonSite site(const std::string& key = {}) const;
  std::string metrics() const;

 private:
  std::filesystem::path folder_;
  std::string name_;
  std::uint16_t port_;
  std::optional<tests::Process> process_;
};

// Writes a secret that the run uses, and notes it. The file ends with .secret, .key or .password.
std::string secret_file(const std::filesystem::path& file, const std::string& secret);

// The desk part of a configuration: a desk `name` at a practice desk.
std::string practice_part(const std::string& name, const std::string& url,
                          const std::string& more = "poll: 100ms");

// Small requests, all different.
Json request_body(int n, const std::string& reason = "Need it");

// How many comments of a practice ticket carry the mark of its outcome.
int told_count(const Json& ticket, const std::string& key);
// How many carry the mark of a note, such as a reminder.
int reminded_count(const Json& ticket, const std::string& key);

}  // namespace acceptance
