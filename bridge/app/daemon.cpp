#include "bridge/app/daemon.h"

#include "bridge/api/api.h"
#include "bridge/ops/error.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"

namespace bridge {

using mappings::Json;

namespace {

constexpr std::chrono::seconds status_every{2};

std::vector<std::string> names(const std::vector<QueueConfig>& queues, bool remote_only) {
  std::vector<std::string> found;
  for (const QueueConfig& queue : queues)
    if (queue.remote || !remote_only) found.push_back(queue.name);
  return found;
}

std::vector<std::string> desk_names(const Config& config) {
  std::vector<std::string> found;
  for (const DeskConfig& desk : config.desks) found.push_back(desk.name);
  return found;
}

bool needs_restart(const Config& now, const Config& fresh) {
  if (now.port != fresh.port || now.address != fresh.address || now.store != fresh.store) return true;
  if (desk_names(now) != desk_names(fresh) || now.queues.size() != fresh.queues.size()) return true;
  for (const QueueConfig& queue : now.queues) {
    const QueueConfig* same = fresh.queue(queue.name);
    if (same == nullptr || same->remote != queue.remote || same->url != queue.url ||
        same->key.reveal() != queue.key.reveal())
      return true;
  }
  return false;
}

}  // namespace

class Daemon::ApiSide {
 public:
  explicit ApiSide(Daemon& daemon)
      : daemon_(daemon),
        api_(*daemon.store_, *daemon.queue_,
             {[this](const std::string& desk, const HeaderList& headers, const std::string& body) {
                return webhook(desk, headers, body);
              },
              [this] { return not_ready(); }, [] { return metrics().render(); }}),
        front_(settings(daemon.config_), [this](const Incoming& request) { return api_.handle(request); }) {}

  std::uint16_t port() const noexcept { return front_.port(); }
  HttpFront::Counters counters() const noexcept { return front_.counters(); }
  void stop() { front_.stop(); }

 private:
  static HttpFront::Settings settings(const Config& config) {
    HttpFront::Settings settings;
    settings.address = config.address;
    settings.port = config.port;
    settings.workers = config.http_workers;
    settings.max_connections = config.max_connections;
    settings.request_deadline = config.request_deadline;
    return settings;
  }

  Reply webhook(const std::string& desk, const HeaderList& headers, const std::string& body) {
    std::string refused;
    const bool taken = daemon_.drain_->hint(desk, headers, body, refused);
    metrics().webhooks_total.at(desk, taken ? "taken" : "refused").add();
    if (taken) return {202, {{"Content-Type", "application/json"}}, "{}", false};
    log(Level::warning, "webhook_refused", {{"desk", desk}, {"why", refused}});
    throw Error(ErrorCode::unauthorized, "this webhook was not accepted");
  }

  std::vector<std::string> not_ready() const {
    const std::string why = daemon_.drain_->unready();
    return why.empty() ? std::vector<std::string>{} : std::vector{why};
  }

  Daemon& daemon_;
  Api api_;
  HttpFront front_;
};

Daemon::Daemon(Config config, Options options) : config_(std::move(config)), options_(std::move(options)) {
  store_ = open_store(config_.store, OpenMode::serve);
  store_->release_leases();
  http_ = std::make_unique<connectors::HttpClient>(connectors::TlsSettings{config_.ca_file});
  mappings::Diagnostics diagnostics;
  auto rules = RuleSet::load(config_, *http_, diagnostics);
  if (!rules) throw Error(ErrorCode::config_invalid, diagnostics.to_text());
  rules_ = std::make_unique<Rules>(std::move(rules));
  if (config_.public_url.empty())
    config_.public_url = "http://" + config_.address + ':' + std::to_string(config_.port);
  metrics().expect(names(config_.queues, false), names(config_.queues, true), desk_names(config_));
  metrics().build_info.at(COUNTERSIGN_VERSION).set(1);
  drain_ = std::make_unique<Drain>(config_, *store_, *rules_, clock_, *http_);
  queue_ = std::make_unique<HostedQueue>(config_, drain_->ledger());
}

Daemon::~Daemon() {
  stop();
}

void Daemon::start() {
  api_ = std::make_unique<ApiSide>(*this);
  drain_->start();
  metrics().at_scrape([this](Metrics& all) {
    drain_->measure(all);
    const auto writes = store_->writes();
    auto catch_up = [](Counter& counter, std::int64_t value) {
      counter.add(static_cast<std::uint64_t>(value) - counter.value());
    };
    catch_up(all.store_commits_total.at(), writes.commits);
    catch_up(all.store_jobs_total.at(), writes.verbs);
    const auto http = api_->counters();
    all.http_connections.at("open").set(static_cast<double>(http.open));
    all.http_connections.at("busy").set(static_cast<double>(http.busy));
  });
  status_writer_ = std::thread([this] { write_status(); });
  log(Level::info, "started",
      {{"address", config_.address}, {"port", static_cast<int>(port())}, {"store", config_.store}});
}

void Daemon::stop() {
  if (!api_) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  metrics().at_scrape(nullptr);
  api_->stop();
  drain_->stop();
  if (status_writer_.joinable()) status_writer_.join();
  api_.reset();
  log(Level::info, "stopped");
}

std::shared_ptr<const RuleSet> Daemon::load_anew(mappings::Diagnostics& diagnostics) {
  if (config_.file.empty()) return RuleSet::load(config_, *http_, diagnostics);
  auto fresh = load_config(config_.file, diagnostics);
  if (!fresh) return nullptr;
  if (needs_restart(config_, *fresh))
    diagnostics.warning({config_.file.string(), 0, 0}, "restart-needed",
                        "listen, store, queues and the list of desks stay as they are until a restart",
                        "stop and start countersign serve");
  // A desk that is new has no workers yet, and one that is gone still has requests: both wait for the
  // restart.
  if (desk_names(config_) != desk_names(*fresh)) {
    fresh->desks = config_.desks;
    fresh->routes = config_.routes;
  }
  return RuleSet::load(*fresh, *http_, diagnostics);
}

bool Daemon::reload(mappings::Diagnostics& diagnostics) {
  if (options_.probe && !options_.probe(config_)) {
    diagnostics.error({config_.file.string(), 0, 0}, "check-failed", "countersign check does not pass",
                      "run countersign check; the set that was loaded before stays in force");
  } else if (auto next = load_anew(diagnostics)) {
    rules_->replace(std::move(next));
    drain_->resume_lanes();
    metrics().reload_total.at("ok").add();
    log(Level::info, "reloaded", {{"diagnostics", diagnostics.to_json()}});
    return true;
  }
  metrics().reload_total.at("failed").add();
  log(Level::error, "reload_failed", {{"diagnostics", diagnostics.to_json()}});
  return false;
}

std::uint16_t Daemon::port() const noexcept {
  return api_ ? api_->port() : 0;
}

void Daemon::write_status() {
  std::map<std::string, std::string> written;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    try {
      auto lines = drain_->status();
      lines["bridge"] =
          Json::object(
              {{"at", to_iso(clock_.now())}, {"version", COUNTERSIGN_VERSION}, {"url", config_.public_url}})
              .dump();
      for (const auto& [name, line] : lines) {
        if (written[name] == line) continue;
        store_->set_value("status:" + name, line, clock_.now());
        written[name] = line;
      }
    } catch (const std::exception& e) {
      log(Level::error, "status_not_written", {{"why", e.what()}});
    }
    lock.lock();
    changed_.wait_for(lock, status_every, [this] { return stopping_; });
  }
}

}  // namespace bridge
