#include "bridge/config/section_reader.h"

#include "bridge/config/secret_source.h"
#include "mappings/engine/duration.h"

namespace bridge {

namespace fs = std::filesystem;
using mappings::YamlNode;

void SectionReader::read_text(const YamlNode& from, const char* key, std::string& to) {
  if (from.find(key)) to = from.text(key);
}

void SectionReader::read_texts(const YamlNode& from, const char* key, std::vector<std::string>& to) {
  if (from.find(key)) to.clear();
  each(from, key, [&to](const YamlNode& text) { to.push_back(text.scalar); });
}

void SectionReader::read_flag(const YamlNode& from, const char* key, bool& to) {
  if (const YamlNode* node = from.find(key)) to = node->to_json().as_bool().value_or(to);
}

std::string SectionReader::url(const YamlNode& from, const char* key) {
  std::string text = from.text(key);
  while (text.ends_with('/')) text.pop_back();
  return text;
}

std::optional<std::chrono::milliseconds> SectionReader::duration(const YamlNode& from, const char* key,
                                                                 const char* hint) const {
  const YamlNode* node = from.find(key);
  if (node == nullptr) return std::nullopt;
  const auto value = mappings::parse_duration(node->scalar);
  if (value && value->count() > 0) return value;
  diagnostics_.error(node->where, "bad-duration",
                     std::string(key) + " is no duration above zero, of 36500d at most", hint);
  return std::nullopt;
}

void SectionReader::read_duration(const YamlNode& from, const char* key, std::chrono::milliseconds& to,
                                  const char* hint) const {
  if (const auto value = duration(from, key, hint)) to = *value;
}

fs::path SectionReader::path(const std::string& text) const {
  return (directory_ / text).lexically_normal();
}

void SectionReader::read_secret(const YamlNode& from, const char* key, Secret& to) const {
  if (const YamlNode* node = from.find(key); node != nullptr && is_secret_source(*node))
    if (auto value = bridge::read_secret(*node, directory_, diagnostics_)) to = Secret(std::move(*value));
}

Secret SectionReader::secret_or_text(const YamlNode& node) const {
  if (!is_secret_source(node)) return Secret(node.scalar);
  const auto value = bridge::read_secret(node, directory_, diagnostics_);
  return value ? Secret(*value) : Secret();
}

std::vector<std::string> SectionReader::networks(const YamlNode& from, const char* key) const {
  std::vector<std::string> entries;
  each(from, key, [&](const YamlNode& entry) { entries.push_back(entry.scalar); });
  std::vector<NetworkRules::Problem> problems;
  const NetworkRules rules = NetworkRules::parse(entries, problems);
  for (const auto& problem : problems)
    diagnostics_.error(from.find(key)->items.at(problem.entry).where, "bad-network", problem.text,
                       "write 192.0.2.7, 192.0.2.0/24, 192.0.2.10-192.0.2.20 or 2001:db8::/32");
  return rules.entries();
}

}  // namespace bridge
