#pragma once

// Who sent a request, as far as it was found out. Plain data of one call.

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/store/credentials.h"
#include "bridge/store/trail.h"

namespace bridge {

struct Role;

// Through which door a credential came; it shapes the refusals. token: where clients buy bearer tokens.
enum class Door { none, api_key, rest_key, bearer, token };
std::string_view to_string(Door door) noexcept;

struct Caller {
  std::string queue;
  std::string key_id;  // the credential's public id
  Actor who;
  Door door = Door::none;
  Scopes scopes;
  std::shared_ptr<const Role> role;         // null: the scopes alone count
  std::vector<std::string> more_queues;     // of a reseller: as in the credential
  std::set<std::string, std::less<>> shut;  // of a reseller: tenants that let nobody in from where it calls

  // As the timeline names it.
  std::string actor() const { return who.text(); }
};

}  // namespace bridge
