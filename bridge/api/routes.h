#pragma once

// The table of routes and the one wrapper around their handlers: who may call, what an unknown path or method
// gets, how a failure looks, what is logged and counted. Immutable after construction; thread-safe.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/api/http_front.h"
#include "bridge/api/keys.h"
#include "bridge/api/quota.h"

namespace bridge {

enum class Right {
  open,       // everyone
  queue_key,  // a key; it says which queue
  signature,  // the handler checks what the sender signed
};
std::string_view to_string(Right right) noexcept;

struct Call {
  const Incoming& request;
  const Caller& caller;            // empty unless the right is queue_key
  std::vector<std::string> parts;  // what stands for {name} in the pattern, in order
};

struct Route {
  std::string method;
  std::string pattern;  // "/requests/{id}": words match in any case, {name} takes one segment
  Right right;
  std::string about;  // one sentence for the documentation
  std::function<Reply(const Call&)> handle;
  bool extension = false;           // ours: the original has nothing like it
  std::size_t max_body = 1u << 20;  // bytes; the front's own limit comes first
};

class Routes {
 public:
  using Authenticate = std::function<Caller(const Incoming&)>;

  // `quota` counts the calls of routes that take a key, and outlives this; null: no quota.
  Routes(std::vector<Route> routes, Authenticate authenticate, Quota* quota = nullptr);

  // Never throws. HEAD is answered as GET; the front leaves the body out.
  Reply handle(const Incoming& request) const noexcept;

  const std::vector<Route>& all() const noexcept { return routes_; }
  // Markdown, for the documentation.
  std::string table() const;

 private:
  struct Found;
  Found find(const Incoming& request) const;

  std::vector<Route> routes_;
  Authenticate authenticate_;
  Quota* quota_;
};

}  // namespace bridge
