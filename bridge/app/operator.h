#pragma once

// Who sits at the machine, for the audit log: "operator root", by the system's user names.

#include <sys/types.h>

#include "bridge/store/trail.h"

namespace bridge {

Actor operator_actor(uid_t user);
// Of this process; behind sudo also whom it stands for: "operator root" on behalf of "ann".
Actor operator_actor();

}  // namespace bridge
