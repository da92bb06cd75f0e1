#include "bridge/app/operator.h"

#include <cstdlib>
#include <pwd.h>
#include <unistd.h>
#include <vector>

namespace bridge {

Actor operator_actor(uid_t user) {
  constexpr std::size_t room = 16384;
  std::vector<char> texts(room);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(user, &entry, texts.data(), texts.size(), &found);
  Actor actor;
  actor.name = "operator " + (found == nullptr ? std::to_string(user) : std::string(found->pw_name));
  return actor;
}

Actor operator_actor() {
  Actor actor = operator_actor(::geteuid());
  if (const char* sudo = std::getenv("SUDO_USER")) actor.on_behalf_of = sudo;
  return actor;
}

}  // namespace bridge
