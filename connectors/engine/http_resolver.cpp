#include "connectors/engine/http_resolver.h"

#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>
#include <system_error>
#include <thread>

namespace connectors {

namespace {

// One lookup; read by waiters once `ready` is set under the resolver's mutex.
struct Lookup {
  bool ready = false;
  int error = 0;
  std::vector<HttpAddress> addresses;
};

int ask_system(const std::string& host, int flags, std::vector<HttpAddress>& addresses) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error != 0) return error;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    HttpAddress address;
    if (one->ai_addrlen > sizeof address.bytes) continue;
    std::memcpy(&address.bytes, one->ai_addr, one->ai_addrlen);
    address.length = one->ai_addrlen;
    addresses.push_back(address);
  }
  freeaddrinfo(list);
  return addresses.empty() ? EAI_NONAME : 0;
}

void set_port(std::vector<HttpAddress>& addresses, std::uint16_t port) {
  for (HttpAddress& address : addresses) {
    if (address.bytes.ss_family == AF_INET6)
      reinterpret_cast<sockaddr_in6&>(address.bytes).sin6_port = htons(port);
    else
      reinterpret_cast<sockaddr_in&>(address.bytes).sin_port = htons(port);
  }
}

}  // namespace

struct HttpResolver::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, std::shared_ptr<Lookup>> running;
  bool stopped = false;
};

HttpResolver::HttpResolver() : state_(std::make_shared<State>()) {}

HttpResolver::~HttpResolver() {
  stop();
}

void HttpResolver::stop() {
  const std::lock_guard lock(state_->mutex);
  state_->stopped = true;
  state_->changed.notify_all();
}

HttpResolver::Found HttpResolver::look_up(const std::string& host, std::uint16_t port,
                                          std::chrono::steady_clock::time_point until,
                                          std::vector<HttpAddress>& addresses, std::string& problem) {
  if (ask_system(host, AI_NUMERICHOST, addresses) == 0) {
    set_port(addresses, port);
    return Found::yes;
  }
  std::unique_lock lock(state_->mutex);
  std::shared_ptr<Lookup>& entry = state_->running[host];
  std::shared_ptr<Lookup> lookup = entry;
  if (!lookup) {
    lookup = entry = std::make_shared<Lookup>();
    try {
      std::thread([state = state_, lookup, host] {
        std::vector<HttpAddress> found;
        const int error = ask_system(host, AI_ADDRCONFIG, found);
        const std::lock_guard done(state->mutex);
        lookup->error = error;
        lookup->addresses = std::move(found);
        lookup->ready = true;
        state->running.erase(host);
        state->changed.notify_all();
      }).detach();
    } catch (const std::system_error& e) {
      state_->running.erase(host);
      problem = e.what();
      return Found::no;
    }
  }
  const auto over = [&] { return lookup->ready || state_->stopped; };
  if (!state_->changed.wait_until(lock, until, over)) return Found::timeout;
  if (!lookup->ready) return Found::stopped;
  if (lookup->error != 0) {
    problem = gai_strerror(lookup->error);
    return Found::no;
  }
  addresses = lookup->addresses;
  set_port(addresses, port);
  return Found::yes;
}

}  // namespace connectors
