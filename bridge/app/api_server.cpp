#include "bridge/app/api_server.h"

#include <algorithm>
#include <map>

#include "bridge/access/basic_auth.h"
#include "bridge/ops/error.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "bridge/ops/tls_identity.h"

namespace bridge {

namespace {

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

HttpFront::Settings settings(const Config& config) {
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

}  // namespace

ApiServer::ApiServer(const Config& config, const Parts& parts)
    : config_(config),
      drain_(parts.drain),
      api_(parts.store, parts.queue, parts.access, routes(parts)),
      front_(settings(config), [this](const Incoming& request) { return api_.handle(request); }) {}

ApiParts ApiServer::routes(const Parts& parts) {
  return {
      .webhook = [this](const std::string& desk, const HeaderList& headers,
                        const std::string& body) { return webhook(desk, headers, body); },
      .queue_webhook = [this](const std::string& queue, const std::string& secret,
                              const std::string& body) { return queue_webhook(queue, secret, body); },
      .not_ready = [this] { return drain_.unready(); },
      .metrics = [] { return metrics().render(); },
      .bulk_body = config_.bulk_body,
      .quota = &parts.quota,
      .refused_logins = &parts.refused_logins,
      .hooks = &parts.hooks,
      .directories = &parts.directories,
      .people_by_file = [&rules = parts.rules](
                            const std::string& queue) { return rules.current()->people(queue) != nullptr; },
      .clock = &parts.clock,
      .tenants = tenants(config_),
      .public_url = config_.public_url,
      .remote_queues = remote_queues(config_)};
}

std::optional<std::chrono::seconds> ApiServer::certificate_expires() const {
  const auto identity = front_.identity();
  if (!identity) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(identity->not_after() -
                                                          std::chrono::system_clock::now());
}
Reply ApiServer::webhook(const std::string& desk, const HeaderList& headers, const std::string& body) {
  std::string refused;
  const bool taken = drain_.hint(desk, headers, body, refused);
  metrics().webhooks_total.at(desk, taken ? "taken" : "refused").add();
  if (taken) return {202, {{"Content-Type", "application/json"}}, "{}", false};
  log(Level::warning, "webhook_refused", {{"desk", desk}, {"why", refused}});
  throw Error(ErrorCode::unauthorized, "this webhook was not accepted");
}

Reply ApiServer::queue_webhook(const std::string& name, const std::string& secret, const std::string& body) {
  const QueueConfig* queue = config_.queue(name);
  if (queue == nullptr || queue->webhook_secret.empty())
    throw Error(ErrorCode::not_found, "No queue takes webhooks at this path");
  const bool taken = same_secret(secret, queue->webhook_secret.reveal());
  metrics().queue_hints_total.at(name, taken ? "taken" : "refused").add();
  if (!taken) {
    log(Level::warning, "queue_webhook_refused", {{"queue", name}, {"why", "not its secret"}});
    throw Error(ErrorCode::unauthorized, "this webhook was not accepted");
  }
  drain_.hint_queue(name, body);
  return {202, {{"Content-Type", "application/json"}}, "{}", false};
}

}  // namespace bridge
