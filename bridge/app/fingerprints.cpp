#include "bridge/app/fingerprints.h"

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "bridge/config/rule_files.h"
#include "bridge/ops/sha256.h"

namespace bridge {

using mappings::Json;

namespace {
constexpr std::size_t shown = 16;

std::string print_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return "unreadable";
  const std::string content(std::istreambuf_iterator<char>(in), {});
  return sha256_hex(content).substr(0, shown);
}

std::string found(const Fingerprints& prints, const std::string& name) {
  const auto one = prints.find(name);
  return one == prints.end() ? "" : one->second;
}
}  // namespace

Fingerprints fingerprints(const Config& config) {
  Fingerprints prints;
  const auto add = [&](const std::filesystem::path& file) {
    const auto below = file.lexically_relative(config.directory);
    const bool outside = config.directory.empty() || below.empty() || *below.begin() == "..";
    prints[outside ? file.string() : below.string()] = print_of(file);
  };
  if (!config.file.empty()) add(config.file);
  for (const RuleFile& file : files_of(config)) add(file.path);
  return prints;
}

ChangedFiles changed_files(const Fingerprints& before, const Fingerprints& after) {
  std::set<std::string> names;
  for (const auto* prints : {&before, &after})
    for (const auto& [name, print] : *prints)
      if (found(before, name) != found(after, name)) names.insert(name);
  ChangedFiles changed;
  if (names.empty()) return changed;
  Fingerprints old_ones, new_ones;
  for (const std::string& name : names) {
    changed.names += (changed.names.empty() ? "" : ", ") + name;
    if (before.contains(name)) old_ones[name] = found(before, name);
    if (after.contains(name)) new_ones[name] = found(after, name);
  }
  changed.before = to_json(old_ones);
  changed.after = to_json(new_ones);
  return changed;
}

std::string to_json(const Fingerprints& prints) {
  Json object = Json::object();
  for (const auto& [name, print] : prints) object.set(name, print);
  return object.dump();
}

Fingerprints fingerprints_from(const std::string& json) {
  Fingerprints prints;
  try {
    Json::parse(json).each_member(
        [&](std::string_view name, const Json& print) { prints[std::string(name)] = print.string_or(""); });
  } catch (const std::exception&) {
    prints.clear();
  }
  return prints;
}

}  // namespace bridge
