#include "bridge/config/hook_config.h"

#include <algorithm>

#include "bridge/config/condition.h"
#include "bridge/config/section_reader.h"

namespace bridge {

using mappings::Diagnostics;
using mappings::YamlNode;

HookConfig read_hook(const YamlNode& row, const std::filesystem::path& directory, Diagnostics& diagnostics) {
  const SectionReader reader(directory, diagnostics);
  HookConfig hook;
  hook.where = row.where;
  hook.name = row.text("name");
  hook.queue = row.text("queue");
  SectionReader::read_texts(row, "events", hook.events);
  if (hook.events.empty()) hook.events = {"requests"};
  SectionReader::read_texts(row, "settings_names", hook.settings_names);
  hook.mapping = row.text("mapping");
  if (const YamlNode* url = row.find("url")) hook.url = reader.secret_or_text(*url);
  SectionReader::each(row, "secrets",
                      [&](const YamlNode& secret) { hook.secrets.push_back(reader.secret_or_text(secret)); });
  if (const YamlNode* slack = row.find("slack")) {
    hook.slack_channel = slack->text("channel");
    if (const YamlNode* token = slack->find("token")) hook.slack_token = reader.secret_or_text(*token);
    hook.url = Secret(slack->text("api", "https://slack.com/api"));
  }
  reader.read_duration(row, "timeout", hook.timeout);
  reader.read_duration(row, "retry_for", hook.retry_for);
  reader.read_duration(row, "wait_for_ticket", hook.wait_for_ticket);
  if (const YamlNode* when = row.find("when")) {
    const bool requests_only = std::all_of(hook.events.begin(), hook.events.end(),
                                           [](const auto& event) { return event.starts_with("requests"); });
    Condition condition;
    if (read_condition(*when, requests_only, condition, diagnostics)) {
      hook.when = std::move(condition.jq);
      hook.where = std::move(condition.where);
    }
  }
  return hook;
}

}  // namespace bridge
