#pragma once

// Values of countersign.yaml, key by key, out of a tree that the schema has let through: what is absent
// leaves the default, what a schema cannot judge is said at its place. Secrets are read from where they lie,
// and stand in no diagnostic. For one thread.

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bridge/config/config.h"
#include "mappings/engine/yaml_tree.h"

namespace bridge {

class SectionReader {
 public:
  // `directory`: what paths in the file are relative to. Both must outlive it.
  SectionReader(const std::filesystem::path& directory, mappings::Diagnostics& diagnostics)
      : directory_(directory), diagnostics_(diagnostics) {}

  template <class Read>
  static void each(const mappings::YamlNode& from, const char* key, Read read) {
    if (const mappings::YamlNode* list = from.find(key))
      for (const mappings::YamlNode& row : list->items) read(row);
  }

  static void read_text(const mappings::YamlNode& from, const char* key, std::string& to);
  // A list takes the place of what was there.
  static void read_texts(const mappings::YamlNode& from, const char* key, std::vector<std::string>& to);
  static void read_flag(const mappings::YamlNode& from, const char* key, bool& to);
  template <class Number>
  static void read_number(const mappings::YamlNode& from, const char* key, Number& to) {
    if (const mappings::YamlNode* node = from.find(key))
      if (const auto value = node->to_json().as_integer()) to = static_cast<Number>(*value);
  }
  // Without slashes at its end.
  static std::string url(const mappings::YamlNode& from, const char* key);

  // Above zero; `hint` is shown where it is not.
  std::optional<std::chrono::milliseconds> duration(
      const mappings::YamlNode& from, const char* key,
      const char* hint = "write 250ms, 10s, 5m, 8h or 3d") const;
  void read_duration(const mappings::YamlNode& from, const char* key, std::chrono::milliseconds& to,
                     const char* hint = "write 250ms, 10s, 5m, 8h or 3d") const;

  // Absolute, without dots.
  std::filesystem::path path(const std::string& text) const;

  // From {env: NAME} or {file: path}; anything else is left as it was, and refused elsewhere.
  void read_secret(const mappings::YamlNode& from, const char* key, Secret& to) const;
  // The same, where plain text may stand too.
  Secret secret_or_text(const mappings::YamlNode& node) const;

  // Entries that are no addresses are named at their places, and left out.
  std::vector<std::string> networks(const mappings::YamlNode& from, const char* key) const;

 private:
  const std::filesystem::path& directory_;
  mappings::Diagnostics& diagnostics_;
};

}  // namespace bridge
