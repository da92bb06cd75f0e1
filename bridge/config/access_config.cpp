#include "bridge/config/access_config.h"

#include "bridge/config/section_reader.h"

namespace bridge {

using mappings::Diagnostics;
using mappings::YamlNode;

namespace {

void read_lockout(const YamlNode& node, const SectionReader& reader, LockoutRules& rules,
                  Diagnostics& diagnostics) {
  SectionReader::read_number(node, "failures", rules.failures_of_id);
  SectionReader::read_number(node, "failures_of_address", rules.failures_of_address);
  const auto seconds = [&](const char* key, std::chrono::seconds& to) {
    if (const auto given = reader.duration(node, key)) to = std::chrono::ceil<std::chrono::seconds>(*given);
  };
  seconds("lock", rules.lock);
  seconds("forget", rules.forget);
  SectionReader::read_number(node, "growth", rules.growth);
  seconds("longest_lock", rules.longest_lock);
  seconds("forget_locks", rules.forget_locks);
  if (rules.longest_lock < rules.lock) {
    if (const YamlNode* longest = node.find("longest_lock"))
      diagnostics.error(longest->where, "bad-lockout", "longest_lock is shorter than lock, the first one",
                        "make it as long at least; growth: 1 keeps all locks alike");
    rules.longest_lock = rules.lock;
  }
  std::vector<std::string> entries;
  SectionReader::each(node, "except", [&](const YamlNode& entry) {
    const bool id =
        entry.scalar.size() == 8 && entry.scalar.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (id)
      rules.except_ids.insert(entry.scalar);
    else
      entries.push_back(entry.scalar);
  });
  std::vector<NetworkRules::Problem> problems;
  rules.except_addresses = NetworkRules::parse(entries, problems);
  for (const auto& problem : problems)
    diagnostics.error(node.find("except")->where, "bad-network", problem.text,
                      "write an address, a network, or the 8 letters of a credential's id");
}

}  // namespace

AccessConfig read_access(const YamlNode& node, const std::filesystem::path& directory,
                         Diagnostics& diagnostics) {
  const SectionReader reader(directory, diagnostics);
  AccessConfig access;
  if (const YamlNode* pepper = node.find("pepper")) {
    Secret read;
    reader.read_secret(node, "pepper", read);
    if (read.reveal().size() < 16)
      diagnostics.error(pepper->where, "short-pepper", "the pepper has less than 16 bytes",
                        "make one: openssl rand -hex 32");
    access.pepper = std::move(read);
  }
  reader.read_duration(node, "token_lifetime", access.token_lifetime);
  access.trusted_proxies = reader.networks(node, "trusted_proxies");
  if (const YamlNode* lockout = node.find("lockout"))
    read_lockout(*lockout, reader, access.lockout, diagnostics);
  return access;
}

}  // namespace bridge
