#include "bridge/app/restart_needed.h"

#include <algorithm>

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

bool same_front(const Config& a, const Config& b) {
  if (a.tls.has_value() != b.tls.has_value()) return false;
  if (a.tls && (a.tls->address != b.tls->address || a.tls->port != b.tls->port)) return false;
  // One that is not set is ours to fill in.
  if (!b.public_url.empty() && a.public_url != b.public_url) return false;
  return a.port == b.port && a.address == b.address && a.http_workers == b.http_workers &&
         a.request_deadline == b.request_deadline && a.max_connections == b.max_connections &&
         a.bulk_body == b.bulk_body;
}

// All but the file of its people: they are rules.
bool same_queue(const QueueConfig& a, const QueueConfig& b) {
  return a.remote == b.remote && a.url == b.url && a.key == b.key && a.poll == b.poll &&
         a.poll_quick == b.poll_quick && a.reconcile == b.reconcile && a.calls_a_day == b.calls_a_day &&
         a.decision_reserve == b.decision_reserve && a.day_starts == b.day_starts && a.mirror == b.mirror &&
         a.webhook_secret == b.webhook_secret && a.approver_email == b.approver_email &&
         a.networks == b.networks && a.approvers == b.approvers && a.approver_group == b.approver_group &&
         a.approvers_of_directory == b.approvers_of_directory && a.tenant == b.tenant &&
         a.workstation_seats == b.workstation_seats && a.server_seats == b.server_seats && a.quota == b.quota;
}

// What its threads were made from; the rest of a desk is reloaded.
bool same_pace(const DeskConfig& a, const DeskConfig& b) {
  return a.name == b.name && a.poll == b.poll && a.reconcile == b.reconcile && a.in_flight == b.in_flight;
}

}  // namespace

std::vector<std::string> desk_names(const Config& config) {
  std::vector<std::string> found;
  for (const DeskConfig& desk : config.desks) found.push_back(desk.name);
  return found;
}

bool needs_restart(const Config& now, const Config& fresh) {
  if (!same_access(now.access, fresh.access) || !same_front(now, fresh)) return true;
  if (now.store != fresh.store || now.log_level != fresh.log_level || now.ca_file != fresh.ca_file)
    return true;
  if (!std::equal(now.desks.begin(), now.desks.end(), fresh.desks.begin(), fresh.desks.end(), same_pace))
    return true;
  if (now.queues.size() != fresh.queues.size()) return true;
  for (const QueueConfig& queue : now.queues) {
    const QueueConfig* same = fresh.queue(queue.name);
    if (same == nullptr || !same_queue(queue, *same)) return true;
  }
  return hooks_text(now) != hooks_text(fresh);
}

}  // namespace bridge
