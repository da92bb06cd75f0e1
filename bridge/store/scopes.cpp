#include "bridge/store/scopes.h"

#include <algorithm>
#include <array>

namespace bridge {

namespace {
constexpr std::array every_scope = {Scope::read, Scope::decide, Scope::submit, Scope::manage};
constexpr std::string_view between = " ,\t";
}  // namespace

std::string_view to_string(Scope scope) noexcept {
  switch (scope) {
    case Scope::read:
      return "read";
    case Scope::decide:
      return "decide";
    case Scope::submit:
      return "submit";
    case Scope::manage:
      return "manage";
  }
  return "";
}

std::optional<Scope> scope_from(std::string_view word) noexcept {
  for (const Scope scope : every_scope)
    if (to_string(scope) == word) return scope;
  return std::nullopt;
}

std::optional<Scopes> Scopes::parse(std::string_view text) {
  Scopes found;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(between), text.size()));
    if (text.empty()) return found;
    const std::string_view word = text.substr(0, text.find_first_of(between));
    const auto scope = scope_from(word);
    if (!scope) return std::nullopt;
    found.bits_ |= static_cast<std::uint8_t>(*scope);
    text.remove_prefix(word.size());
  }
}

std::string Scopes::text() const {
  std::string text;
  for (const Scope scope : every_scope)
    if (has(scope)) text.append(text.empty() ? "" : " ").append(to_string(scope));
  return text;
}

}  // namespace bridge
