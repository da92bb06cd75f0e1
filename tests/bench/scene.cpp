#include "tests/bench/scene.h"

#include <sstream>
#include <stdexcept>
#include <unistd.h>

#include "mappings/engine/json.h"

namespace bench {

namespace {

constexpr std::chrono::seconds patience{30};

std::string local(std::uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

// The bridge's own poll of a remote queue: new requests wait that long at most.
constexpr const char* queue_poll = "250ms";

}  // namespace

std::string program() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "countersign")
      .string();
}

Usage usage_of(pid_t process) {
  const std::string folder = "/proc/" + std::to_string(process);
  // Behind the name, which may hold anything, fields 14 and 15 are the ticks in user and system mode.
  const std::string stat = tests::read_file(folder + "/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  Usage usage;
  usage.cpu_seconds = (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  const std::string status = tests::read_file(folder + "/status");
  if (const auto at = status.find("VmHWM:"); at != std::string::npos)
    usage.peak_mib = std::stod(status.substr(at + 6)) / 1024;
  return usage;
}

Scene::Scene(const Options& options) : remote_(options.remote) {
  const std::uint16_t desk_port = tests::free_port(), bridge_port = tests::free_port();
  desk_url_ = "http://" + local(desk_port);
  tests::write_file(file("practice.password"), "practice\n");
  tests::write_file(file("webhook.secret"), "a secret of the bench\n");

  // What the desk tells of decisions goes to the bridge; in the reference's scene, to a plain server.
  const std::string bridge_url = "http://" + local(bridge_port);
  desk_.emplace(
      start({"practice-desk", "--listen", local(desk_port), "--webhook", bridge_url + "/hooks/practice"},
            "practice-desk.log", desk_url_ + "/"));
  queue_url_ = bridge_url;
  // Budgets of calls pace the polls by the time of day; that is not what is measured.
  std::string queue = "{name: acme, kind: hosted, quota: {calls_a_day: off}}";
  if (remote_) {
    const std::uint16_t queue_port = tests::free_port();
    queue_url_ = "http://" + local(queue_port);
    const std::string config = write_config("queue", queue_port, queue, "");
    make_key(config);
    queue_.emplace(start({"serve", "-c", config}, "queue.log", queue_url_ + "/readyz"));
    queue = "{name: acme, kind: remote, url: \"" + queue_url_ + "\", key: {file: key}, poll: " + queue_poll +
            ", calls_a_day: 1000000000}";
  }
  if (!options.with_bridge) {
    bridge_.emplace(
        tests::Process::Start{{"/proc/self/exe", "--echo", std::to_string(bridge_port)}, {}, {}, {}, {}});
    if (!tests::wait_for_http(bridge_url + "/", patience))
      throw std::runtime_error("the plain server did not start");
    return;
  }
  const std::string poll = options.desk_poll.empty() ? "" : "    poll: " + options.desk_poll + "\n";
  const std::string config = write_config("bridge", bridge_port, queue,
                                          "desks:\n"
                                          "  - name: practice\n"
                                          "    connector: servicenow\n"
                                          "    settings:\n"
                                          "      url: \"" +
                                              desk_url_ +
                                              "\"\n"
                                              "      user: bridge\n"
                                              "      password: {file: practice.password}\n"
                                              "      webhook_secret: {file: webhook.secret}\n"
                                              "    mapping: servicenow/elevation\n"
                                              "    fallback_mapping: servicenow/minimal\n"
                                              "    workflow: standard\n"
                                              "    in_flight: 16\n" +
                                              poll + "routes:\n  - {queue: acme, desk: practice}\n");
  if (!remote_) make_key(config);
  bridge_.emplace(start({"serve", "-c", config}, "bridge.log", bridge_url + "/readyz"));
}

std::string Scene::write_config(const std::string& name, std::uint16_t port, const std::string& queue,
                                const std::string& rest) {
  tests::write_file(file(name + ".yaml"), "listen: " + local(port) + "\nstore: sqlite:" + name +
                                              ".db\nqueues:\n  - " + queue + "\n" + rest);
  return file(name + ".yaml");
}

void Scene::make_key(const std::string& config) {
  const auto made = tests::run(
      {{program(), "keys", "create", "-c", config, "--queue", queue_name, "--json"}, {}, {}, {}, {}});
  if (made.code != 0) throw std::runtime_error("keys create: " + made.err);
  key_ = mappings::Json::parse(made.out).get("key").string_or("");
  tests::write_file(file("key"), key_);
}

tests::Process Scene::start(const std::vector<std::string>& arguments, const std::string& log,
                            const std::string& ready_url) {
  tests::Process::Start start;
  start.command = {program()};
  start.command.insert(start.command.end(), arguments.begin(), arguments.end());
  start.env = {{"PRACTICE_WEBHOOK_SECRET", "a secret of the bench"}};
  start.out = start.err = file(log);
  tests::Process process(start);
  if (!tests::wait_for_http(ready_url, patience) || !process.running())
    throw std::runtime_error(arguments.front() + " did not start: " + tests::read_file(file(log)));
  return process;
}

void Scene::check() {
  for (auto* process : {&desk_, &queue_, &bridge_})
    if (*process && !(*process)->running())
      throw std::runtime_error("a process of the run has ended by itself");
}

}  // namespace bench
