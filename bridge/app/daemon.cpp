#include "bridge/app/daemon.h"

#include "bridge/app/open_access.h"
#include "bridge/app/operator.h"
#include "bridge/app/restart_needed.h"
#include "bridge/ops/error.h"
#include "bridge/ops/listen_address.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"

namespace bridge {

using mappings::Json;

namespace {

constexpr std::chrono::seconds status_every{2};
constexpr std::chrono::minutes head_every{10};

std::string first_error(const mappings::Diagnostics& diagnostics) {
  for (const auto& problem : diagnostics.all())
    if (problem.severity == mappings::Severity::error)
      return problem.where.to_string() + ": " + problem.message;
  return "";
}

std::vector<std::string> names(const std::vector<QueueConfig>& queues, bool remote_only) {
  std::vector<std::string> found;
  for (const QueueConfig& queue : queues)
    if (queue.remote || !remote_only) found.push_back(queue.name);
  return found;
}

std::map<std::string, Quota::Settings> quotas(const Config& config) {
  std::map<std::string, Quota::Settings> found;
  for (const QueueConfig& queue : config.queues)
    found[queue.name] = {queue.quota.calls_a_day, queue.quota.time_zone, queue.quota.business_days};
  return found;
}

std::string own_url(const Config& config) {
  const bool beside = config.tls && !config.tls->address.empty();
  const ListenAddress at = beside ? ListenAddress{config.tls->address, config.tls->port}
                                  : ListenAddress{config.address, config.port};
  return (config.tls ? "https://" : "http://") + at.text();
}

}  // namespace

Daemon::Daemon(Config config, Options options) : config_(std::move(config)), options_(std::move(options)) {
  store_ = open_store(config_.store, OpenMode::serve);
  store_->release_leases();
  trail_ = std::make_unique<BridgeTrail>(*store_, clock_);
  directories_ = std::make_unique<Directories>(*store_);
  http_ = std::make_unique<connectors::HttpClient>(connectors::TlsSettings{config_.ca_file});
  mappings::Diagnostics diagnostics;
  auto rules = RuleSet::load(config_, *http_, diagnostics);
  if (!rules) throw Error(ErrorCode::config_invalid, diagnostics.to_text());
  rules_ = std::make_unique<Rules>(std::move(rules));
  if (config_.public_url.empty()) config_.public_url = own_url(config_);
  metrics().expect(names(config_.queues, false), names(config_.queues, true), desk_names(config_));
  metrics().build_info.at(COUNTERSIGN_VERSION).set(1);
  drain_ = std::make_unique<Drain>(config_, *store_, *rules_, clock_, *http_);
  hook_http_ = make_hook_client(config_);
  hooks_ = std::make_unique<Hooks>(
      config_, *store_, *rules_, clock_, open_pepper(config_, *store_, clock_.now()),
      [this](const connectors::HttpRequest& request) { return hook_http_->exchange(request); });
  drain_->ledger().announce_to(hooks_.get());
  siem_ = std::make_unique<Siem>(config_, *store_, store_->trail(), clock_);
  drain_->ledger().look_up_people([this](const std::string& queue) { return directories_->of(queue); });
  queue_ = std::make_unique<HostedQueue>(config_, drain_->ledger());
  quota_ = std::make_unique<Quota>(clock_, quotas(config_));
  quota_->load(*store_);
  access_ = open_access(config_, *store_, clock_);
}

Daemon::~Daemon() {
  stop();
}

void Daemon::start() {
  refused_logins_ = std::make_unique<RefusedLogins>(store_->trail(), clock_);
  api_ = std::make_unique<ApiServer>(
      config_, ApiServer::Parts{*store_, *queue_, *access_, *drain_, *rules_, clock_, *quota_,
                                *refused_logins_, *hooks_, *directories_});
  // Behind the sockets: what cannot listen has not started.
  TrailEntry started;
  started.action = "bridge.started";
  started.new_value = Json::object({{"version", COUNTERSIGN_VERSION}, {"url", config_.public_url}}).dump();
  trail_->record(std::move(started));
  trail_->record_files(fingerprints(config_), "configuration.changed", operator_actor());
  drain_->start();
  hooks_->start();
  siem_->start();
  metrics().at_scrape([this](Metrics& all) {
    drain_->measure(all);
    hooks_->measure(all);
    siem_->measure(all);
    const auto writes = store_->writes();
    auto catch_up = [](Counter& counter, std::int64_t value) {
      counter.add(static_cast<std::uint64_t>(value) - counter.value());
    };
    catch_up(all.store_commits_total.at(), writes.commits);
    catch_up(all.store_jobs_total.at(), writes.verbs);
    const auto http = api_->counters();
    quota_->measure(all);
    access_->lockout().show(all);
    all.http_connections.at("open").set(static_cast<double>(http.open));
    all.http_connections.at("busy").set(static_cast<double>(http.busy));
    if (const auto left = api_->certificate_expires())
      all.certificate_expires_seconds.at().set(static_cast<double>(left->count()));
  });
  status_writer_ = std::thread([this] { write_status(); });
  log(Level::info, "started",
      {{"address", config_.address},
       {"port", static_cast<int>(port())},
       {"tls_port", static_cast<int>(tls_port())},
       {"store", config_.store}});
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
  hook_http_->stop();
  hooks_->stop();
  siem_->stop();
  if (status_writer_.joinable()) status_writer_.join();
  api_.reset();
  refused_logins_.reset();
  TrailEntry stopped;
  stopped.action = "bridge.stopped";
  trail_->record(std::move(stopped));
  try {
    trail_->tell_head();
    access_->save(true);
    quota_->save(*store_);
  } catch (const std::exception& e) {
    log(Level::error, "counts_not_written", {{"why", e.what()}});
  }
  log(Level::info, "stopped");
}

std::optional<Daemon::Fresh> Daemon::load_anew(mappings::Diagnostics& diagnostics) {
  const auto whole = [](std::shared_ptr<const RuleSet> rules, std::shared_ptr<const TlsIdentity> identity,
                        Config from) {
    if (!rules) return std::optional<Fresh>();
    auto files = fingerprints(from);
    return std::optional(Fresh{std::move(rules), std::move(identity), std::move(files), std::move(from)});
  };
  if (config_.file.empty()) return whole(RuleSet::load(config_, *http_, diagnostics), nullptr, config_);
  auto fresh = load_config(config_.file, diagnostics);
  if (!fresh) return std::nullopt;
  if (needs_restart(config_, *fresh))
    diagnostics.warning({config_.file.string(), 0, 0}, "restart-needed",
                        "listen, public_url, http, log, HTTPS on or off, tls.ca, store, access but its "
                        "lockout, queues, subscriptions, the list of desks and their poll, reconcile and "
                        "in_flight stay as they are until a restart",
                        "stop and start countersign serve");
  // A desk that is new has no workers yet, and one that is gone still has requests: both wait for the
  // restart.
  if (desk_names(config_) != desk_names(*fresh)) {
    fresh->desks = config_.desks;
    fresh->routes = config_.routes;
  }
  auto rules = RuleSet::load(*fresh, *http_, diagnostics);
  auto identity = fresh->tls ? fresh->tls->identity : nullptr;
  return whole(std::move(rules), std::move(identity), std::move(*fresh));
}

bool Daemon::reload(mappings::Diagnostics& diagnostics, const Actor& by) {
  try {
    if (take_anew(diagnostics, by)) return true;
  } catch (const std::exception& e) {
    diagnostics.error({config_.file.string(), 0, 0}, "reload-failed", e.what(),
                      "see to what it names, then reload again");
  }
  metrics().reload_total.at("failed").add();
  log(Level::error, "reload_failed", {{"diagnostics", diagnostics.to_json()}});
  TrailEntry refused;
  refused.actor = by;
  refused.action = "configuration.reload_refused";
  refused.detail = first_error(diagnostics);
  trail_->record(std::move(refused));
  return false;
}

bool Daemon::take_anew(mappings::Diagnostics& diagnostics, const Actor& by) {
  if (options_.probe && !options_.probe(config_)) {
    diagnostics.error({config_.file.string(), 0, 0}, "check-failed", "countersign check does not pass",
                      "run countersign check; the set that was loaded before stays in force");
  } else if (auto next = load_anew(diagnostics)) {
    next->config.queues = config_.queues;  // those that run
    siem_->replace(next->config);          // first: it may throw, and then all stays as it was
    rules_->replace(std::move(next->rules));
    if (next->identity && api_) api_->change_identity(std::move(next->identity));
    access_->lockout().change(next->config.access.lockout);
    drain_->resume_lanes();
    metrics().reload_total.at("ok").add();
    trail_->record_files(next->files, "configuration.reloaded", by);
    log(Level::info, "reloaded", {{"diagnostics", diagnostics.to_json()}});
    return true;
  }
  return false;
}

std::uint16_t Daemon::port() const noexcept {
  return api_ ? api_->port() : 0;
}

std::uint16_t Daemon::tls_port() const noexcept {
  return api_ ? api_->tls_port() : 0;
}

void Daemon::write_status() {
  std::map<std::string, std::string> written;
  std::optional<Time> head_told;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    try {
      auto lines = drain_->status();
      lines.merge(hooks_->status());
      lines.merge(siem_->status());
      lines["bridge"] =
          Json::object(
              {{"at", to_iso(clock_.now())}, {"version", COUNTERSIGN_VERSION}, {"url", config_.public_url}})
              .dump();
      for (const auto& [name, line] : lines) {
        if (written[name] == line) continue;
        store_->set_value("status:" + name, line, clock_.now());
        written[name] = line;
      }
      quota_->save(*store_);
      access_->save();
      refused_logins_->settle();
      if (const Time now = clock_.now(); !head_told || now - *head_told >= head_every) {
        trail_->tell_head();
        head_told = now;
      }
      directories_->catch_up();
    } catch (const std::exception& e) {
      log(Level::error, "status_not_written", {{"why", e.what()}});
    }
    lock.lock();
    changed_.wait_for(lock, status_every, [this] { return stopping_; });
  }
}

}  // namespace bridge
