#pragma once

// Subscriptions as the API takes them, and as the store keeps them. Pure.

#include <string>
#include <vector>

#include "bridge/config/config.h"
#include "bridge/ops/address_guard.h"
#include "bridge/store/hook_store.h"
#include "mappings/engine/json.h"

namespace bridge {

// The settings of `before` with what `given` changes: url, events, settingsNames, secrets, rotateSecret.
// `fresh` is the secret that was made here, to be shown once; empty: none was. Throws Error(invalid_request)
// with every problem in one message.
HookConfig change_hook(HookConfig before, const mappings::Json& given, const AddressGuard& guard,
                       Secret& fresh);

// With its secrets: for the store only.
std::string hook_to_text(const HookConfig& hook);
HookConfig hook_from_row(const WebhookRow& row);

// Without its secrets.
mappings::Json show_hook(const HookConfig& hook);

}  // namespace bridge
