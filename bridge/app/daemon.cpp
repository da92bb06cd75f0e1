#include "bridge/app/daemon.h"

#include "bridge/access/basic_auth.h"
#include "bridge/api/api.h"
#include "bridge/app/open_access.h"
#include "bridge/app/operator.h"
#include "bridge/ops/error.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"

namespace bridge {

using mappings::Json;

namespace {

constexpr std::chrono::seconds status_every{2};
constexpr std::chrono::minutes head_every{10};
// The value of the store that says which files were in force last.
constexpr const char* files_in_force = "configuration:files";

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

std::vector<std::string> desk_names(const Config& config) {
  std::vector<std::string> found;
  for (const DeskConfig& desk : config.desks) found.push_back(desk.name);
  return found;
}

std::map<std::string, Tenant> tenants(const Config& config) {
  std::map<std::string, Tenant> found;
  for (const QueueConfig& queue : config.queues)
    found[queue.name] = {queue.tenant.empty() ? queue.name : queue.tenant, queue.workstation_seats,
                         queue.server_seats};
  return found;
}

std::map<std::string, bool> remote_queues(const Config& config) {
  std::map<std::string, bool> found;
  for (const QueueConfig& queue : config.queues)
    if (queue.remote) found[queue.name] = queue.mirror.auditlog;
  return found;
}

std::map<std::string, Quota::Settings> quotas(const Config& config) {
  std::map<std::string, Quota::Settings> found;
  for (const QueueConfig& queue : config.queues)
    found[queue.name] = {queue.quota.calls_a_day, queue.quota.time_zone, queue.quota.business_days};
  return found;
}

// What subscriptions are, but for their conditions and mappings: those are rules, and reloaded.
std::string hooks_text(const Config& config) {
  std::string text;
  for (const std::string& entry : config.hooks_allow) text += entry + '\n';
  for (const HookConfig& hook : config.hooks) {
    text += hook.name + ' ' + hook.queue + ' ' + hook.mapping + ' ' + hook.slack_channel + ' ' +
            hook.url.reveal() + ' ' + hook.slack_token.reveal();
    for (const auto* list : {&hook.events, &hook.settings_names})
      for (const std::string& one : *list) text += ' ' + one;
    for (const Secret& secret : hook.secrets) text += ' ' + secret.reveal();
    for (const auto time : {hook.timeout, hook.retry_for, hook.wait_for_ticket})
      text += ' ' + std::to_string(time.count());
    text += '\n';
  }
  return text;
}

// All but the lockout, which is reloaded.
bool same_access(const AccessConfig& a, const AccessConfig& b) {
  const auto pepper = [](const AccessConfig& access) {
    return access.pepper ? access.pepper->reveal() : std::string();
  };
  return a.token_lifetime == b.token_lifetime && a.trusted_proxies == b.trusted_proxies &&
         pepper(a) == pepper(b);
}

bool needs_restart(const Config& now, const Config& fresh) {
  if (!same_access(now.access, fresh.access)) return true;
  if (now.tls.has_value() != fresh.tls.has_value()) return true;
  if (now.tls && (now.tls->address != fresh.tls->address || now.tls->port != fresh.tls->port)) return true;
  if (now.port != fresh.port || now.address != fresh.address || now.store != fresh.store) return true;
  if (desk_names(now) != desk_names(fresh) || now.queues.size() != fresh.queues.size()) return true;
  for (const QueueConfig& queue : now.queues) {
    const QueueConfig* same = fresh.queue(queue.name);
    if (same == nullptr || same->remote != queue.remote || same->url != queue.url ||
        same->key.reveal() != queue.key.reveal() || same->tenant != queue.tenant ||
        same->workstation_seats != queue.workstation_seats || same->server_seats != queue.server_seats ||
        same->webhook_secret.reveal() != queue.webhook_secret.reveal() ||
        same->approvers != queue.approvers || same->approver_group != queue.approver_group ||
        same->approvers_of_directory != queue.approvers_of_directory ||
        same->calls_a_day != queue.calls_a_day || same->poll != queue.poll ||
        same->networks != queue.networks || !(same->mirror == queue.mirror) || !(same->quota == queue.quota))
      return true;
  }
  return hooks_text(now) != hooks_text(fresh);
}

std::string own_url(const Config& config) {
  const bool beside = config.tls && !config.tls->address.empty();
  const std::string address = beside ? config.tls->address : config.address;
  const bool brackets = address.find(':') != std::string::npos;
  return (config.tls ? "https://" : "http://") + (brackets ? '[' + address + ']' : address) + ':' +
         std::to_string(beside ? config.tls->port : config.port);
}

}  // namespace

class Daemon::ApiSide {
 public:
  explicit ApiSide(Daemon& daemon)
      : daemon_(daemon),
        api_(*daemon.store_, *daemon.queue_, *daemon.access_,
             {.webhook = [this](const std::string& desk, const HeaderList& headers,
                                const std::string& body) { return webhook(desk, headers, body); },
              .queue_webhook = [this](const std::string& queue, const std::string& secret,
                                      const std::string& body) { return queue_webhook(queue, secret, body); },
              .not_ready = [this] { return not_ready(); },
              .metrics = [] { return metrics().render(); },
              .bulk_body = daemon.config_.bulk_body,
              .quota = daemon.quota_.get(),
              .refused_logins = daemon.refused_logins_.get(),
              .hooks = daemon.hooks_.get(),
              .directories = daemon.directories_.get(),
              .people_by_file =
                  [&rules = *daemon.rules_](const std::string& queue) {
                    return rules.current()->people(queue) != nullptr;
                  },
              .clock = &daemon.clock_,
              .tenants = tenants(daemon.config_),
              .public_url = daemon.config_.public_url,
              .remote_queues = remote_queues(daemon.config_)}),
        front_(settings(daemon.config_), [this](const Incoming& request) { return api_.handle(request); }) {}

  std::uint16_t port() const noexcept { return front_.port(); }
  std::uint16_t tls_port() const noexcept { return front_.tls_port(); }
  void change_identity(std::shared_ptr<const TlsIdentity> identity) {
    front_.change_identity(std::move(identity));
  }
  std::optional<std::chrono::seconds> certificate_expires() const {
    const auto identity = front_.identity();
    if (!identity) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::seconds>(identity->not_after() -
                                                            std::chrono::system_clock::now());
  }
  HttpFront::Counters counters() const noexcept { return front_.counters(); }
  void stop() { front_.stop(); }

 private:
  static HttpFront::Settings settings(const Config& config) {
    HttpFront::Settings settings;
    settings.address = config.address;
    settings.port = config.port;
    settings.workers = config.http_workers;
    settings.max_connections = config.max_connections;
    settings.max_body = std::max(settings.max_body, config.bulk_body);
    settings.request_deadline = config.request_deadline;
    if (config.tls) {
      settings.tls = config.tls->identity;
      settings.tls_address = config.tls->address;
      settings.tls_port = config.tls->port;
    }
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

  Reply queue_webhook(const std::string& name, const std::string& secret, const std::string& body) {
    const QueueConfig* queue = daemon_.config_.queue(name);
    if (queue == nullptr || queue->webhook_secret.empty())
      throw Error(ErrorCode::not_found, "No queue takes webhooks at this path");
    const bool taken = same_secret(secret, queue->webhook_secret.reveal());
    metrics().queue_hints_total.at(name, taken ? "taken" : "refused").add();
    if (!taken) {
      log(Level::warning, "queue_webhook_refused", {{"queue", name}, {"why", "not its secret"}});
      throw Error(ErrorCode::unauthorized, "this webhook was not accepted");
    }
    daemon_.drain_->hint_queue(name, body);
    return {202, {{"Content-Type", "application/json"}}, "{}", false};
  }

  std::vector<std::string> not_ready() const { return daemon_.drain_->unready(); }

  Daemon& daemon_;
  Api api_;
  HttpFront front_;
};

Daemon::Daemon(Config config, Options options) : config_(std::move(config)), options_(std::move(options)) {
  store_ = open_store(config_.store, OpenMode::serve);
  store_->release_leases();
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
  TrailEntry started;
  started.action = "bridge.started";
  started.new_value = Json::object({{"version", COUNTERSIGN_VERSION}, {"url", config_.public_url}}).dump();
  record(std::move(started));
  record_files(fingerprints(config_), "configuration.changed", operator_actor());
  refused_logins_ = std::make_unique<RefusedLogins>(store_->trail(), clock_);
  api_ = std::make_unique<ApiSide>(*this);
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
  record(std::move(stopped));
  tell_head();
  try {
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
                        "listen, HTTPS on or off, store, access but its lockout, queues, subscriptions and "
                        "the list of desks stay as "
                        "they are until a "
                        "restart",
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
  record(std::move(refused));
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
    record_files(next->files, "configuration.reloaded", by);
    log(Level::info, "reloaded", {{"diagnostics", diagnostics.to_json()}});
    return true;
  }
  return false;
}

void Daemon::record(TrailEntry entry) noexcept {
  try {
    entry.at = clock_.now();
    if (entry.actor.name.empty()) entry.actor.name = "countersign";
    store_->trail().add({entry});
  } catch (const std::exception& e) {
    log(Level::error, "not_recorded", {{"action", entry.action}, {"why", e.what()}});
  }
}

void Daemon::record_files(const Fingerprints& now, const char* action, const Actor& by) noexcept {
  try {
    const std::string known = store_->value(files_in_force).value_or("");
    const ChangedFiles changed = changed_files(fingerprints_from(known), now);
    const bool first = known.empty();
    if (first || !changed.names.empty()) store_->set_value(files_in_force, to_json(now), clock_.now());
    // A reload is told even when it found everything as it was.
    if (changed.names.empty() && action != std::string_view("configuration.reloaded")) return;
    TrailEntry entry;
    entry.actor = by;
    entry.action = action;
    entry.old_value = changed.before;
    entry.new_value = changed.after;
    entry.detail = changed.names.empty() ? "no file has changed" : "changed: " + changed.names;
    record(std::move(entry));
  } catch (const std::exception& e) {
    log(Level::error, "not_recorded", {{"action", action}, {"why", e.what()}});
  }
}

void Daemon::tell_head() {
  TrailQuery last;
  last.newest_first = true;
  last.limit = 1;
  const auto rows = store_->trail().search(last);
  if (rows.empty() || rows.front().sequence == told_head_) return;
  told_head_ = rows.front().sequence;
  log(Level::info, "audit_head", {{"sequence", told_head_}, {"hash", rows.front().hash}});
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
        tell_head();
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
