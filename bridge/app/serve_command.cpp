// `countersign serve`: runs the bridge until a signal says otherwise.

#include <csignal>
#include <iostream>

#include "bridge/app/child_process.h"
#include "bridge/app/commands.h"
#include "bridge/app/daemon.h"
#include "bridge/app/operator.h"
#include "bridge/ops/log.h"

namespace bridge {

namespace {

// An expression that never ends must not get into the bridge: the check runs it in a process with limits.
bool passes_check(const Config& config) {
  ChildProcess child({"check", "--config", config.file.string()}, "");
  return child.wait(std::chrono::seconds(90)).value_or(exit_unavailable) == exit_ok;
}

std::string summary(const Config& config, const std::string& url) {
  std::string text = "Countersign " COUNTERSIGN_VERSION " on " + url + "   store " + config.store;
  for (const QueueConfig& queue : config.queues)
    text += "   queue " + queue.name + (queue.remote ? " (remote)" : " (hosted)");
  for (const DeskConfig& desk : config.desks) text += "   desk " + desk.name;
  return text;
}

}  // namespace

std::optional<Config> read_config(const CommonOptions& common) {
  mappings::Diagnostics diagnostics;
  auto config = load_config(common.config, diagnostics);
  if (common.json && !config) {
    std::cout << mappings::Json::object({{"diagnostics", diagnostics.to_json()}}).dump(true) << '\n';
  } else {
    std::cerr << diagnostics.to_text();
  }
  return config;
}

int serve(const CommonOptions& common) {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  auto config = read_config(common);
  if (!config) return exit_usage;
  if (!passes_check(*config)) return exit_usage;
  set_log_level(level_from(config->log_level).value_or(Level::info));

  const Config shown = *config;
  const GatheredLogLines gathered;
  Daemon daemon(std::move(*config), {passes_check});
  daemon.start();
  std::cout << summary(shown, daemon.public_url()) << std::endl;

  for (;;) {
    siginfo_t info{};
    const int signal = sigwaitinfo(&signals, &info);
    if (signal < 0) continue;
    if (signal != SIGHUP) break;
    mappings::Diagnostics diagnostics;
    daemon.reload(diagnostics, operator_actor(info.si_uid));
  }
  daemon.stop();
  return exit_ok;
}

}  // namespace bridge
