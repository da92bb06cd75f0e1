#include "bridge/app/restart_needed.h"

namespace bridge {

namespace {

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

}  // namespace

std::vector<std::string> desk_names(const Config& config) {
  std::vector<std::string> found;
  for (const DeskConfig& desk : config.desks) found.push_back(desk.name);
  return found;
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

}  // namespace bridge
