#include "bridge/app/demo_parts.h"

#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "bridge/ops/error.h"

namespace bridge {

using mappings::Json;
using Steady = std::chrono::steady_clock;

namespace {

constexpr const char* practice_password = "practice";
// The first file that a demo writes: a folder with it is one of a demo before.
constexpr const char* password_file = "practice.password";

std::uint16_t free_port(std::uint16_t wanted) {
  for (std::uint16_t port = wanted; port < wanted + 200; ++port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    if (free) return port;
  }
  throw Error(ErrorCode::config_invalid, "no free port from " + std::to_string(wanted) + " on");
}

std::string local(std::uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

}  // namespace

DemoSite::Answer DemoSite::call(const std::string& method, const std::string& path, const Json& body) {
  connectors::HttpRequest request;
  request.method = method;
  request.url = base_ + path;
  request.headers = headers_;
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("Content-Type", "application/json");
  if (!body.is_null()) request.body = body.dump();
  auto result = http_.exchange(request);
  if (result.delivery != connectors::Delivery::answered) return {0, Json(result.detail)};
  Answer answer{result.answer.status, {}};
  const auto type = result.answer.header("Content-Type").value_or("");
  if (type.rfind("application/json", 0) == 0 && !result.answer.body.empty())
    answer.body = Json::parse(result.answer.body);
  return answer;
}

void clear_demo(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  if (!std::filesystem::is_empty(directory) && !std::filesystem::exists(directory / password_file))
    throw Error(ErrorCode::config_invalid, directory.string() +
                                               " holds files that are not of a demo, and nothing was "
                                               "touched: name an empty folder with --directory");
  for (const char* name : {"countersign.yaml", "countersign.log", "remote.yaml", "remote.log",
                           "practice-desk.log", "key", "key.json", "keys.log"})
    std::filesystem::remove(directory / name);
  for (const char* store : {"countersign.db", "remote.db"})
    for (const char* beside : {"", "-wal", "-shm", ".lock", ".pepper"})
      std::filesystem::remove(directory / (std::string(store) + beside));
}

DemoParts::DemoParts(std::filesystem::path directory, bool remote)
    : directory_(std::move(directory)), is_remote_(remote) {
  clear_demo(directory_);
  desk_port_ = free_port(8081);
  port_ = free_port(8080);
  if (is_remote_) remote_port_ = free_port(8090);
  start_desk();
  if (is_remote_) start_remote_queue();
  start_bridge();
  queue_ = std::make_unique<DemoSite>(http_, queue_address(), DemoSite::Headers{{"apikey", key_}});
  tickets_ = std::make_unique<DemoSite>(
      http_, desk_address() + "/api/now/table",
      DemoSite::Headers{{"Authorization", "Basic YXBwcm92ZXI6cHJhY3RpY2U="}});  // approver:practice
}

std::string DemoParts::queue_address() const {
  return "http://" + local(is_remote_ ? remote_port_ : port_);
}

std::string DemoParts::desk_address() const {
  return "http://" + local(desk_port_);
}

void DemoParts::start_desk() {
  write_file(file(password_file), std::string(practice_password) + '\n');
  desk_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{"practice-desk", "--listen", local(desk_port_)}, file("practice-desk.log"));
  wait_until_ready(desk_port_, "/", *desk_, "practice-desk.log");
}

void DemoParts::start_remote_queue() {
  write_file(file("remote.yaml"), "listen: " + local(remote_port_) +
                                      "\nstore: sqlite:remote.db\n"
                                      "queues:\n  - {name: tenant, kind: hosted}\n");
  make_key("remote.yaml", "tenant");
  remote_ = std::make_unique<ChildProcess>(std::vector<std::string>{"serve", "-c", file("remote.yaml")},
                                           file("remote.log"));
  wait_until_ready(remote_port_, "/readyz", *remote_, "remote.log");
}

void DemoParts::start_bridge() {
  const std::string queue = is_remote_ ? "{name: acme, kind: remote, url: \"" + queue_address() +
                                             "\", key: {file: key}, poll: 250ms, calls_a_day: 100000000}"
                                       : "{name: acme, kind: hosted}";
  write_file(file("countersign.yaml"), "listen: " + local(port_) +
                                           "\nstore: sqlite:countersign.db\n"
                                           "queues:\n  - " +
                                           queue + "\n" +
                                           "desks:\n"
                                           "  - name: practice\n"
                                           "    connector: servicenow\n"
                                           "    settings: {url: \"" +
                                           desk_address() +
                                           "\", user: bridge, password: {file: practice.password}}\n"
                                           "    mapping: servicenow/elevation\n"
                                           "    fallback_mapping: servicenow/minimal\n"
                                           "    workflow: standard\n"
                                           "    poll: 250ms\n"
                                           "routes:\n  - {queue: acme, desk: practice}\n");
  if (!is_remote_) make_key("countersign.yaml", "acme");
  bridge_ = std::make_unique<ChildProcess>(std::vector<std::string>{"serve", "-c", file("countersign.yaml")},
                                           file("countersign.log"));
  wait_until_ready(port_, "/readyz", *bridge_, "countersign.log");
}

void DemoParts::make_key(const std::string& config, const std::string& queue) {
  ChildProcess child({"keys", "create", "-c", file(config), "--queue", queue, "--label", "demo", "--json"},
                     file("key.json"), file("keys.log"));
  const auto code = child.wait(std::chrono::seconds(20));
  const std::string text = read_file(file("key.json"));
  std::filesystem::remove(file("key.json"));
  if (!code || *code != 0) throw Error(ErrorCode::internal, "keys create failed: see " + file("keys.log"));
  key_ = Json::parse(text).get("key").string_or("");
  write_file(file("key"), key_);
  std::filesystem::permissions(file("key"),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

void DemoParts::wait_until_ready(std::uint16_t port, const char* path, ChildProcess& child,
                                 const std::string& log) {
  DemoSite site(http_, "http://" + local(port), {});
  const auto end = Steady::now() + std::chrono::seconds(20);
  while (Steady::now() < end && child.running()) {
    const int status = site.call("GET", path).status;
    if (status == 200) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  std::cerr << read_file(file(log));
  throw Error(ErrorCode::internal, "did not start: see " + file(log));
}

}  // namespace bridge
