#include "tests/bench/reading.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <unistd.h>

#include "bridge/access/issue.h"
#include "bridge/ops/clock.h"
#include "bridge/store/store.h"
#include "mappings/engine/request_shape.h"
#include "tests/bench/load.h"
#include "tests/bench/scene.h"
#include "tests/bench/workload.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace bench {

namespace {

using mappings::Json;
using Say = std::function<void(const std::string&, int, int)>;

constexpr const char* queue = "acme";
constexpr std::chrono::seconds patience{60};

std::string local(std::uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

// As a queue that has been at work for long: all but the latest decided.
void fill(const std::string& store_name, int count, const std::string& key_file, const Say& say) {
  auto store = bridge::open_store(store_name);
  const bridge::SystemClock clock;
  const auto pepper = bridge::open_pepper(*store, bridge::pepper_file(store_name), std::nullopt, clock.now());
  bridge::Credential wanted;
  wanted.queue = queue;
  const auto key = bridge::issue(*pepper, wanted, clock.now());
  store->credentials().add(key.row, {});
  tests::write_file(key_file, key.secret);

  constexpr int batch = 5000, kinds = 50, pending = 100;
  std::vector<std::string> bodies;
  for (int n = 0; n < kinds; ++n) {
    std::vector<std::string> problems;
    Json request = mappings::complete_request(Json::parse(request_text(n)), problems);
    if (!problems.empty()) throw std::runtime_error("a sample request: " + problems.front());
    request.set("scanResults", Json::array());
    request.set("requestTime", "2026-01-31T10:00:00");
    request.set("id", nullptr);
    bodies.push_back(request.dump());
  }
  const auto with_id = [&bodies](std::int64_t id) {
    std::string body = bodies[static_cast<std::size_t>(id % kinds)];
    constexpr std::string_view before = R"("id":)";
    return body.replace(body.find(before) + before.size(), 4, std::to_string(id));
  };
  for (int from = 1; from <= count; from += batch) {
    std::vector<bridge::NewRequest> some;
    for (int id = from; id < from + batch && id <= count; ++id) {
      bridge::NewRequest request;
      request.queue = queue;
      request.id = id;
      request.body = with_id;
      request.status_code = id > count - pending ? 4 : 0;
      request.received = clock.now();
      request.lifecycle.state = workflows::State::settled;
      request.lifecycle.since = request.received;
      some.push_back(std::move(request));
    }
    if (store->submit_unknown(some).size() != some.size())
      throw std::runtime_error("the store has them already");
    say("storing requests", from + batch - 1, count);
  }
}

// A bridge with nothing but a queue of so many requests.
class Filled {
 public:
  Filled(const std::filesystem::path& folder, const std::string& name, int count, const Say& say)
      : port_(tests::free_port()) {
    const auto file = [&](const std::string& end) { return (folder / (name + end)).string(); };
    fill("sqlite:" + file(".db"), count, file(".key"), say);
    key_ = tests::read_file(file(".key"));
    tests::write_file(file(".yaml"),
                      "listen: " + local(port_) + "\nstore: sqlite:" + name +
                          ".db\nqueues:\n  - {name: acme, kind: hosted, quota: {calls_a_day: 0}}\n");
    process_.emplace(
        tests::Process::Start{{program(), "serve", "-c", file(".yaml")}, {}, {}, file(".log"), file(".log")});
    if (!tests::wait_for_http("http://" + local(port_) + "/readyz", patience))
      throw std::runtime_error("the bridge did not start: " + tests::read_file(file(".log")));
  }
  Target target(int take) const {
    return {port_, "/requests?take=" + std::to_string(take), {{"apikey", key_}}};
  }

 private:
  std::uint16_t port_;
  std::string key_;
  std::optional<tests::Process> process_;
};

// Serves files of a folder: /NAME.json.
class Nginx {
 public:
  explicit Nginx(const std::filesystem::path& folder) : port_(tests::free_port()) {
    const std::string here = folder.string();
    std::string config =
        "daemon off;\nworker_processes auto;\npid " + here +
        "/nginx.pid;\nerror_log stderr warn;\n"
        "events { worker_connections 1024; }\nhttp {\n  access_log off;\n  sendfile on;\n  tcp_nopush on;\n"
        "  keepalive_requests 100000000;\n  types { application/json json; }\n";
    if (geteuid() == 0) config.insert(0, "user root;\n");
    for (const char* temporary : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
      config += std::string("  ") + temporary + "_temp_path " + here + "/" + temporary + ";\n";
    config += "  server { listen " + local(port_) + "; root " + here + "; }\n}\n";
    tests::write_file(folder / "nginx.conf", config);
    process_.emplace(tests::Process::Start{{"nginx", "-p", here, "-c", here + "/nginx.conf"},
                                           {},
                                           {},
                                           folder / "nginx.log",
                                           folder / "nginx.log"});
    if (!tests::wait_for_port(port_, patience) || !process_->running())
      throw std::runtime_error("nginx did not start (Debian package nginx-light): " +
                               tests::read_file(folder / "nginx.log"));
  }
  // It must end its workers itself.
  ~Nginx() { process_->stop(); }
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  Target target(int take) const { return {port_, "/" + std::to_string(take) + ".json", {}}; }

 private:
  std::uint16_t port_;
  std::optional<tests::Process> process_;
};

LoadFigures median(std::vector<LoadFigures> runs) {
  std::sort(runs.begin(), runs.end(),
            [](const LoadFigures& a, const LoadFigures& b) { return a.per_second < b.per_second; });
  return runs[runs.size() / 2];
}

}  // namespace

Readings measure_reading(const ReadingOptions& options, const Say& progress) {
  Readings readings;
  readings.options = options;
  const tests::TemporaryFolder folder;
  const Filled few(folder.path(), "few", options.few, progress);
  const auto begin = std::chrono::steady_clock::now();
  const Filled many(folder.path(), "many", options.many, progress);
  readings.fill_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::filesystem::create_directory(folder.path() / "www");
  for (int take : {50, 1000})
    tests::write_file(folder.path() / "www" / (std::to_string(take) + ".json"), get_once(many.target(take)));
  const Nginx nginx(folder.path() / "www");

  int done = 0;
  for (int take : {50, 1000})
    for (int connections : {1, 16, 64}) {
      std::vector<LoadFigures> from_few, from_many, from_nginx;
      for (int run = 0; run < options.runs; ++run) {
        from_few.push_back(get_again_and_again(few.target(take), connections, options.each));
        from_many.push_back(get_again_and_again(many.target(take), connections, options.each));
        from_nginx.push_back(get_again_and_again(nginx.target(take), connections, options.each));
        progress("reading", ++done, 6 * options.runs);
      }
      readings.all.push_back({take, connections, median(from_few), median(from_many), median(from_nginx)});
      if (readings.all.back().nginx.body_bytes != readings.all.back().many.body_bytes)
        throw std::runtime_error("nginx served other bytes than the bridge");
    }
  return readings;
}

}  // namespace bench
