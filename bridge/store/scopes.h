#pragma once

// What a credential may do, in kinds. Every route of the API is of one of them. Pure; has() and within()
// allocate nothing.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace bridge {

enum class Scope : std::uint8_t { read = 1, decide = 2, submit = 4, manage = 8 };
std::string_view to_string(Scope scope) noexcept;
std::optional<Scope> scope_from(std::string_view word) noexcept;

class Scopes {
 public:
  constexpr Scopes() = default;
  constexpr Scopes(std::initializer_list<Scope> all) {
    for (const Scope one : all) bits_ |= static_cast<std::uint8_t>(one);
  }
  static constexpr Scopes all() { return {Scope::read, Scope::decide, Scope::submit, Scope::manage}; }
  // What every key had before there were scopes, and a new one has unless told otherwise.
  static constexpr Scopes usual() { return {Scope::read, Scope::decide, Scope::submit}; }
  // "read decide", in any order, with blanks or commas between; nothing when a word is none.
  static std::optional<Scopes> parse(std::string_view text);

  constexpr bool has(Scope scope) const noexcept { return (bits_ & static_cast<std::uint8_t>(scope)) != 0; }
  constexpr bool has(Scopes others) const noexcept { return (bits_ & others.bits_) == others.bits_; }
  constexpr bool empty() const noexcept { return bits_ == 0; }
  // What is in both.
  constexpr Scopes within(Scopes others) const noexcept {
    Scopes both;
    both.bits_ = bits_ & others.bits_;
    return both;
  }
  constexpr Scopes with(Scope scope) const noexcept {
    Scopes more = *this;
    more.bits_ |= static_cast<std::uint8_t>(scope);
    return more;
  }
  std::string text() const;  // "read decide"
  constexpr bool operator==(const Scopes&) const = default;

 private:
  std::uint8_t bits_ = 0;
};

}  // namespace bridge
