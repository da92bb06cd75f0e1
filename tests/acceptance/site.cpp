#include "tests/acceptance/site.h"

#include <csignal>
#include <cstdlib>
#include <random>
#include <thread>

#include <cppunit/TestAssert.h>

#include "connectors/engine/http_exchange.h"
#include "tests/support/used_secrets.h"

namespace acceptance {

namespace {

using Steady = std::chrono::steady_clock;
constexpr std::chrono::milliseconds between_looks{10};
constexpr std::chrono::seconds start_limit{30};

Json parsed(const std::string& text) {
  try {
    return text.empty() ? Json() : Json::parse(text);
  } catch (const mappings::JsonError&) {
    return {};
  }
}

std::string whole_text(const connectors::HttpAnswer& answer) {
  std::string text;
  for (const auto& [name, value] : answer.headers) text += name + ": " + value + '\n';
  return text + answer.body;
}

std::string local(std::uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

}  // namespace

std::string program() {
  if (const char* named = std::getenv("COUNTERSIGN_PROGRAM"))
    return std::filesystem::absolute(named).string();
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "countersign")
      .string();
}

std::filesystem::path fresh_folder(const std::string& name) {
  const auto folder = std::filesystem::path(SOURCE_DIR) / "build/acceptance" / name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

bool long_run() {
  const char* value = std::getenv("COUNTERSIGN_LONG");
  return value != nullptr && std::string(value) == "1";
}

unsigned seed() {
  static const unsigned chosen = [] {
    const char* value = std::getenv("COUNTERSIGN_SEED");
    return value != nullptr ? static_cast<unsigned>(std::strtoul(value, nullptr, 10))
                            : std::random_device{}() % 100'000;
  }();
  return chosen;
}

void eventually(const std::string& what, std::chrono::milliseconds limit, const std::function<bool()>& done) {
  const auto until = Steady::now() + limit;
  while (!done()) {
    if (Steady::now() >= until) CPPUNIT_FAIL("not after " + std::to_string(limit.count()) + " ms: " + what);
    std::this_thread::sleep_for(between_looks);
  }
}

JsonSite::JsonSite(std::string base, HeaderLines headers)
    : base_(std::move(base)),
      headers_(std::move(headers)),
      http_(std::make_unique<connectors::HttpClient>()) {}
JsonSite::~JsonSite() = default;
JsonSite::JsonSite(JsonSite&&) noexcept = default;

JsonSite::Answer JsonSite::call(const std::string& method, const std::string& path, const Json& body,
                                const HeaderLines& headers, std::chrono::milliseconds limit) const {
  connectors::HttpRequest request;
  request.method = method;
  request.url = base_ + path;
  request.headers = headers_;
  request.headers.emplace_back("Accept", "application/json");
  if (!body.is_null()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = body.dump();
  }
  request.headers.insert(request.headers.end(), headers.begin(), headers.end());
  request.deadline = limit;
  const auto result = http_->exchange(request);
  if (result.delivery != connectors::Delivery::answered) return {0, {}, result.detail};
  tests::must_show_no_secret("the answer to " + method + ' ' + path, whole_text(result.answer));
  return {result.answer.status, parsed(result.answer.body), result.answer.body};
}

PracticeDesk::PracticeDesk(const std::filesystem::path& folder, const Environment& environment,
                           const std::vector<std::string>& arguments)
    : port_(tests::free_port()), log_(folder / "practice-desk.log") {
  std::vector<std::string> command{program(), "practice-desk", "--listen", local(port_)};
  command.insert(command.end(), arguments.begin(), arguments.end());
  process_.emplace(tests::Process::Start{command, environment, {}, log_, log_});
  CPPUNIT_ASSERT_MESSAGE("the practice desk did not start: see " + log(),
                         tests::wait_for_http(url(), start_limit));
  site_ = std::make_unique<JsonSite>(url(), HeaderLines{{"X-Practice", "1"}});
}

std::string PracticeDesk::url() const {
  return "http://" + local(port_);
}

Json PracticeDesk::tickets(const std::string& key) const {
  const auto answer = site_->call("GET", "/practice/state?correlation_id=" + key);
  CPPUNIT_ASSERT_EQUAL_MESSAGE("state of " + key + " at the practice desk: see " + log(), 200, answer.status);
  return answer.body.get("tickets");
}

Json PracticeDesk::state() const {
  const auto answer = site_->call("GET", "/practice/state?limit=1000");
  CPPUNIT_ASSERT_EQUAL_MESSAGE("state of the practice desk: see " + log(), 200, answer.status);
  return answer.body;
}

void PracticeDesk::decide(const std::string& key, bool approve, const std::string& reason,
                          const std::string& by) {
  const auto answer = site_->call("POST", "/practice/decide",
                                  Json::object({{"correlation_id", key},
                                                {"decision", approve ? "approve" : "deny"},
                                                {"reason", reason},
                                                {"by", by}}));
  CPPUNIT_ASSERT_EQUAL_MESSAGE("decision about " + key + ": " + answer.text, 200, answer.status);
}

void PracticeDesk::set_faults(const Json& faults) {
  const auto answer = site_->call("POST", "/practice/faults", faults);
  CPPUNIT_ASSERT_EQUAL_MESSAGE("faults of the practice desk: " + answer.text, 200, answer.status);
}

void PracticeDesk::reset() {
  CPPUNIT_ASSERT_EQUAL_MESSAGE("reset of the practice desk: see " + log(), 200,
                               site_->call("POST", "/practice/reset", Json::object({})).status);
}

Bridge::Bridge(std::filesystem::path folder, std::string name, const std::string& config)
    : folder_(std::move(folder)), name_(std::move(name)), port_(tests::free_port()) {
  write_config(config);
}

Bridge::~Bridge() {
  if (process_) process_->stop();
}

void Bridge::write_config(const std::string& config) {
  tests::write_file(config_file(), "listen: " + local(port_) + "\nstore: sqlite:" + name_ + ".db\n" + config);
}

std::string Bridge::make_key(const std::string& queue) {
  const auto made = command({"keys", "create", "--queue", queue, "--label", "test", "--scopes",
                             "read submit decide manage", "--json"});
  CPPUNIT_ASSERT_EQUAL_MESSAGE("keys create: " + made.err, 0, made.code);
  const std::string key = parsed(made.out).get("key").string_or("");
  tests::note_secret(key);
  return key;
}

void Bridge::start(const Environment& environment, const std::string& ready) {
  process_.emplace(tests::Process::Start{
      {program(), "serve", "-c", config_file().string()}, environment, {}, log(), log()});
  const JsonSite here = site();
  const auto until = Steady::now() + start_limit;
  while (Steady::now() < until && process_->running()) {
    if (here.call("GET", ready, {}, {}, std::chrono::seconds(2)).status == 200) return;
    std::this_thread::sleep_for(between_looks);
  }
  // With a crash asked for, it may have come before anybody could ask.
  if (environment.contains("COUNTERSIGN_CRASH_AT") && !process_->running()) return;
  CPPUNIT_FAIL("the bridge is not ready: see " + log());
}

bool Bridge::running() {
  return process_ && process_->running();
}

int Bridge::stop(std::chrono::milliseconds grace) {
  return process_->stop(grace);
}

void Bridge::kill() {
  process_->kill();
}

void Bridge::reload() {
  process_->signal(SIGHUP);
}

std::optional<int> Bridge::wait(std::chrono::milliseconds limit) {
  return process_->wait(limit);
}

void Bridge::forget_store() {
  for (const char* end : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(store_file().string() + end);
}

tests::Finished Bridge::command(std::vector<std::string> words, const Environment& environment) const {
  words.insert(words.begin(), program());
  words.insert(words.end(), {"-c", config_file().string()});
  auto finished = tests::run({words, environment, {}, {}, {}}, std::chrono::seconds(60));
  tests::must_show_no_secret(words.at(1), finished.out + finished.err);
  return finished;
}

Json Bridge::show(const std::string& request) const {
  const auto shown = command({"requests", "show", request, "--json"});
  CPPUNIT_ASSERT_EQUAL_MESSAGE("requests show " + request + ": " + shown.err, 0, shown.code);
  return parsed(shown.out);
}

Json Bridge::list(const std::string& state) const {
  std::vector<std::string> words{"requests", "list", "--limit", "10000", "--json"};
  if (!state.empty()) words.insert(words.end(), {"--state", state});
  const auto listed = command(words);
  CPPUNIT_ASSERT_EQUAL_MESSAGE("requests list: " + listed.err, 0, listed.code);
  return parsed(listed.out);
}

std::string Bridge::url() const {
  return "http://" + local(port_);
}

JsonSite Bridge::site(const std::string& key) const {
  return key.empty() ? JsonSite(url()) : JsonSite(url(), {{"apikey", key}});
}

std::string secret_file(const std::filesystem::path& file, const std::string& secret) {
  tests::note_secret(secret);
  tests::write_file(file, secret);
  return secret;
}

std::string Bridge::metrics() const {
  return site().call("GET", "/metrics").text;
}

std::string practice_part(const std::string& name, const std::string& url, const std::string& more) {
  return "  - {name: " + name + ", connector: servicenow, mapping: servicenow/elevation, settings: {url: \"" +
         url + "\", user: bridge, password: {file: desk.password}}" + (more.empty() ? "" : ", " + more) +
         "}\n";
}

Json request_body(int n, const std::string& reason) {
  const std::string number = std::to_string(n);
  return Json::object(
      {{"type", "Run As Admin"},
       {"reason", reason},
       {"user", Json::object({{"account", "ACME\\user" + number},
                              {"fullName", "User " + number},
                              {"email", "user" + number + "@acme.test"}})},
       {"computer", Json::object({{"name", "PC-" + number}})},
       {"application", Json::object({{"name", "Program " + number}, {"file", "setup.exe"}})}});
}

namespace {
int comments_with(const Json& ticket, const std::string& mark) {
  int count = 0;
  const Json comments = ticket.get("comments");
  for (std::size_t i = 0; i < comments.size(); ++i)
    if (comments.at(i).get("text").string_or("").find(mark) != std::string::npos) ++count;
  return count;
}
}  // namespace

int told_count(const Json& ticket, const std::string& key) {
  return comments_with(ticket, "[countersign " + key + "/told]");
}

int reminded_count(const Json& ticket, const std::string& key) {
  return comments_with(ticket, "[countersign " + key + "/note:");
}

}  // namespace acceptance
