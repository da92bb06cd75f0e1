#pragma once

// Credentials for tests: one pepper for all of them, and keys that are in the store when their text is given.

#include <memory>
#include <string>

#include "bridge/access/access.h"
#include "bridge/access/issue.h"

namespace tests {

std::shared_ptr<const bridge::Pepper> pepper();

// The text of a new API key of the queue.
std::string add_key(bridge::Store& store, const std::string& queue);
// Of any credential; made when `now`.
bridge::Issued add_credential(bridge::Store& store, const bridge::Credential& wanted, bridge::Time now = {});

// Sees every change at once. By the system's clock unless another one is given.
std::unique_ptr<bridge::Access> make_access(bridge::Store& store, const bridge::Clock* clock = nullptr,
                                            bridge::Access::Settings settings = {});

// "Basic ..." of user:password.
std::string basic(const std::string& user_and_password);

}  // namespace tests
