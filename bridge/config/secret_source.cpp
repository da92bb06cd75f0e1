#include "bridge/config/secret_source.h"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>

namespace bridge {

namespace {
constexpr std::size_t largest_secret = std::size_t{64} * 1024;

std::optional<std::string> from_environment(const std::string& name, const mappings::SourceMark& where,
                                            mappings::Diagnostics& diagnostics) {
  const char* value = std::getenv(name.c_str());
  if (value != nullptr && *value != '\0') return value;
  diagnostics.error(where, value == nullptr ? "missing-env" : "empty-secret",
                    "the environment variable " + name + (value == nullptr ? " is not set" : " is empty"),
                    "set it where the bridge is started, or use {file: path}");
  return std::nullopt;
}

std::optional<std::string> from_file(const std::filesystem::path& path, const mappings::SourceMark& where,
                                     mappings::Diagnostics& diagnostics) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::error_code not_a_file;
  if (!in || std::filesystem::is_directory(path, not_a_file)) {
    const int cause = in ? EISDIR : errno;
    diagnostics.error(where, "missing-secret-file",
                      "cannot read " + path.string() +
                          (cause != 0 ? ": " + std::generic_category().message(cause) : std::string()),
                      "the path is relative to the folder of this file");
    return std::nullopt;
  }
  std::string value;
  value.reserve(128);
  for (std::istreambuf_iterator<char> at(in), end; at != end && value.size() <= largest_secret; ++at)
    value.push_back(*at);
  if (value.size() > largest_secret) {
    diagnostics.error(where, "secret-too-large", path.string() + " is larger than a secret can be",
                      "name a file that holds nothing but the secret");
    return std::nullopt;
  }
  if (!value.empty() && value.back() == '\n') value.pop_back();
  if (!value.empty() && value.back() == '\r') value.pop_back();
  if (!value.empty()) return value;
  diagnostics.error(where, "empty-secret", path.string() + " is empty", "write the secret into it");
  return std::nullopt;
}
}  // namespace

bool is_secret_source(const mappings::YamlNode& node) noexcept {
  return node.is_mapping() && node.members.size() == 1 && node.members[0].second.is_scalar() &&
         (node.members[0].first == "env" || node.members[0].first == "file");
}

std::optional<std::string> read_secret(const mappings::YamlNode& source,
                                       const std::filesystem::path& directory,
                                       mappings::Diagnostics& diagnostics) {
  const auto& [kind, named] = source.members.at(0);
  if (kind == "env") return from_environment(named.scalar, named.where, diagnostics);
  return from_file((directory / named.scalar).lexically_normal(), named.where, diagnostics);
}

}  // namespace bridge
