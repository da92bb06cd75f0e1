#pragma once

// The table of routes and the one wrapper around their handlers: who may call, what an unknown path or method
// gets, how a failure looks, what is logged and counted. Immutable after construction; thread-safe.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/access/access.h"
#include "bridge/api/http_front.h"
#include "bridge/api/quota.h"
#include "bridge/api/refused_logins.h"

namespace bridge {

enum class Right {
  open,       // everyone
  signature,  // the handler checks what the sender signed
  // A credential with this scope; it says which queue.
  read,
  submit,
  decide,
  manage,
};
std::string_view to_string(Right right) noexcept;
// The scope that a right asks a credential for; nothing: none.
std::optional<Scope> scope_of(Right right) noexcept;

// What Access looks at; views into the request.
Access::Visit visit_of(const Incoming& request);

struct Call {
  const Incoming& request;
  const Caller& caller;            // empty where the right is open or signature
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
  // `access` lets callers in, `quota` counts the calls of those, `refused` records who was sent away with a
  // 401; all outlive this. Null: nobody comes in; none.
  explicit Routes(std::vector<Route> routes, Access* access = nullptr, Quota* quota = nullptr,
                  RefusedLogins* refused = nullptr);

  // Never throws. HEAD is answered as GET; the front leaves the body out.
  Reply handle(const Incoming& request) const noexcept;

  const std::vector<Route>& all() const noexcept { return routes_; }
  // Markdown, for the documentation.
  std::string table() const;

 private:
  struct Found;
  Found find(const Incoming& request) const;

  std::vector<Route> routes_;
  Access* access_;
  Quota* quota_;
  RefusedLogins* refused_;
};

}  // namespace bridge
