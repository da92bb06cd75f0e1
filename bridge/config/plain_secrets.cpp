#include "bridge/config/plain_secrets.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>

#include "bridge/config/secret_source.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::YamlNode;

namespace {
bool has_password(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return false;
  const std::string authority = url.substr(scheme + 3, url.find_first_of("/?#", scheme + 3) - scheme - 3);
  const auto at = authority.rfind('@');
  return at != std::string::npos && authority.substr(0, at).find(':') != std::string::npos;
}

bool sounds_secret(std::string name) {
  name = mappings::lower_case(name);
  if (name.ends_with("key")) return true;
  for (const char* part : {"password", "passphrase", "secret", "token", "pepper"})
    if (name.find(part) != std::string::npos) return true;
  return false;
}

// The names of a connector's secret settings; nothing when its file does not tell.
std::optional<std::set<std::string>> secret_settings(const std::filesystem::path& file) {
  mappings::Diagnostics elsewhere;
  const auto tree = mappings::read_yaml_file(file, elsewhere);
  const YamlNode* settings = tree ? tree->find("settings") : nullptr;
  if (settings == nullptr || !settings->is_mapping()) return std::nullopt;
  std::set<std::string> names;
  for (const auto& [name, setting] : settings->members)
    if (setting.text("type") == "secret") names.insert(name);
  return names;
}

bool is_open(const YamlNode& node) {
  return !node.is_null() && !is_secret_source(node);
}

int last_line(const YamlNode& node) noexcept {
  int last = node.where.line;
  for (const YamlNode& item : node.items) last = std::max(last, last_line(item));
  for (const auto& [name, member] : node.members) last = std::max(last, last_line(member));
  return last;
}

void collect(const YamlNode& node, std::vector<const YamlNode*>& found) {
  for (const YamlNode& item : node.items) collect(item, found);
  for (const auto& [name, member] : node.members) {
    if ((sounds_secret(name) && is_open(member)) || has_password(member.scalar)) found.push_back(&member);
    collect(member, found);
  }
}

const std::vector<YamlNode>& rows(const YamlNode& tree, const char* key) {
  static const std::vector<YamlNode> none;
  const YamlNode* list = tree.find(key);
  return list != nullptr ? list->items : none;
}
}  // namespace

std::vector<const YamlNode*> plain_secrets(const YamlNode& tree, const std::filesystem::path& connectors) {
  std::vector<const YamlNode*> found;
  if (const YamlNode* tls = tree.find("tls")) {
    const YamlNode* key = tls->find("key");
    if (key != nullptr && is_open(*key) && (!key->is_scalar() || is_key_text(*key))) found.push_back(key);
    if (const YamlNode* pass = tls->find("passphrase"); pass != nullptr && is_open(*pass))
      found.push_back(pass);
  }
  if (const YamlNode* access = tree.find("access"))
    if (const YamlNode* pepper = access->find("pepper"); pepper != nullptr && is_open(*pepper))
      found.push_back(pepper);
  for (const YamlNode& queue : rows(tree, "queues")) {
    for (const char* name : {"key", "webhook_secret"})
      if (const YamlNode* secret = queue.find(name); secret != nullptr && is_open(*secret))
        found.push_back(secret);
    if (const YamlNode* url = queue.find("url"); url != nullptr && has_password(url->scalar))
      found.push_back(url);
  }
  for (const YamlNode& desk : rows(tree, "desks")) {
    const YamlNode* settings = desk.find("settings");
    if (settings == nullptr) continue;
    const auto secrets = secret_settings(connectors / desk.text("connector") / "connector.yaml");
    for (const auto& [name, value] : settings->members)
      if (((secrets ? secrets->count(name) != 0 : sounds_secret(name)) && is_open(value)) ||
          has_password(value.scalar))
        found.push_back(&value);
  }
  if (const YamlNode* hooks = tree.find("hooks"))
    for (const YamlNode& hook : rows(*hooks, "subscriptions")) {
      for (const YamlNode& secret : rows(hook, "secrets"))
        if (is_open(secret)) found.push_back(&secret);
      if (const YamlNode* slack = hook.find("slack"))
        if (const YamlNode* token = slack->find("token"); token != nullptr && is_open(*token))
          found.push_back(token);
      if (const YamlNode* url = hook.find("url"); url != nullptr && has_password(url->scalar))
        found.push_back(url);
    }
  for (const YamlNode& sink : rows(tree, "siem"))
    if (const YamlNode* splunk = sink.find("splunk")) {
      if (const YamlNode* token = splunk->find("token"); token != nullptr && is_open(*token))
        found.push_back(token);
      if (const YamlNode* url = splunk->find("url"); url != nullptr && has_password(url->scalar))
        found.push_back(url);
    }
  return found;
}

bool is_key_text(const YamlNode& node) noexcept {
  return node.is_scalar() && node.scalar.find("-----BEGIN") != std::string::npos;
}

std::vector<const YamlNode*> named_like_secrets(const YamlNode& tree) {
  std::vector<const YamlNode*> found;
  collect(tree, found);
  return found;
}

bool shares_line(const mappings::SourceMark& place, const YamlNode& node) noexcept {
  return place.line >= node.where.line && place.line <= last_line(node);
}

bool lies_in(const mappings::SourceMark& place, const YamlNode& node) noexcept {
  if (node.is_scalar()) return place.line == node.where.line && place.column == node.where.column;
  return shares_line(place, node) && (place.line > node.where.line || place.column >= node.where.column);
}

}  // namespace bridge
