#pragma once

// Subscriptions as the API takes them, and as the store keeps them. Pure.

#include <string>
#include <vector>

#include "bridge/access/sealed.h"
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

// As the store keeps it: sealed, since the URL of many a receiver is its password, too. A row of before there
// was a pepper is read as it lies. Throws Error(config_invalid) for a row that the pepper does not open.
std::string hook_to_text(const HookConfig& hook, const Pepper& pepper);
HookConfig hook_from_row(const WebhookRow& row, const Pepper& pepper);

// Without its secrets.
mappings::Json show_hook(const HookConfig& hook);

// What the audit log says of a subscription: as it was and as it is; null: there was none, there is none.
TrailEntry hook_entry(Time at, const char* action, const Actor& who, const HookConfig* before,
                      const HookConfig* after, std::string detail = {});

}  // namespace bridge
