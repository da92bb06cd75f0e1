#include "bridge/app/open_access.h"

namespace bridge {

std::shared_ptr<const Pepper> open_pepper(const Config& config, Store& store, Time now) {
  std::optional<std::string> configured;
  if (config.access.pepper) configured = config.access.pepper->reveal();
  return open_pepper(store, pepper_file(config.store), configured, now);
}

std::unique_ptr<Access> open_access(const Config& config, Store& store, const Clock& clock) {
  Access::Settings settings;
  settings.token_lifetime = std::chrono::ceil<std::chrono::seconds>(config.access.token_lifetime);
  settings.trusted_proxies = config.access.trusted_proxies;
  settings.lockout = config.access.lockout;
  for (const QueueConfig& queue : config.queues) {
    settings.queues.insert(queue.name);
    if (!queue.networks.empty()) settings.tenant_networks[queue.name] = queue.networks;
  }
  return std::make_unique<Access>(store, open_pepper(config, store, clock.now()), clock, std::move(settings));
}

}  // namespace bridge
