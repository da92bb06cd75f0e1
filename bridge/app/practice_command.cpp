// `countersign practice-desk`.

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "bridge/app/commands.h"
#include "bridge/ops/error.h"
#include "bridge/ops/listen_address.h"
#include "bridge/practice/practice_desk.h"
#include "connectors/engine/http_exchange.h"

namespace bridge {

namespace {

std::string from_environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

ListenAddress listen_address(const std::string& text) {
  if (auto found = ListenAddress::parse(text)) return std::move(*found);
  throw Error(ErrorCode::config_invalid,
              "--listen must be address:port, such as 127.0.0.1:8081 or [::1]:8081");
}

}  // namespace

int practice_desk(const PracticeOptions& options) {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  connectors::HttpClient http;
  PracticeDesk::Settings settings;
  ListenAddress listen = listen_address(options.listen);
  settings.address = listen.address;
  settings.port = listen.port;
  settings.table = options.table;
  settings.approver_rows = options.approvers;
  settings.bridge_password = from_environment("PRACTICE_BRIDGE_PASSWORD", "practice");
  settings.approver_password = from_environment("PRACTICE_APPROVER_PASSWORD", "practice");
  settings.webhook_url = options.webhook_url;
  settings.webhook_secret = from_environment("PRACTICE_WEBHOOK_SECRET", "");
  settings.send = [&http](const std::string& url, const HeaderList& headers, const std::string& body) {
    connectors::HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.headers = headers;
    request.body = body;
    request.deadline = std::chrono::seconds(5);
    http.exchange(request);
  };
  PracticeDesk desk(settings);
  desk.start();
  listen.port = desk.port();
  std::cout << "Practice desk on http://" << listen.text() << "   table " << options.table
            << "   accounts bridge and approver. It keeps nothing; Ctrl-C stops it." << std::endl;
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  http.stop();
  desk.stop();
  return exit_ok;
}

}  // namespace bridge
