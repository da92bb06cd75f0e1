#pragma once

// When two names mean the same person. Names compare without case, in any script, and without blanks around
// them. Pure functions.

#include <string>
#include <string_view>
#include <vector>

#include "mappings/engine/json.h"

namespace workflows {

// Lower case and trimmed; bytes that are not UTF-8 are kept as they are.
std::string folded(std::string_view name);

// "ACME\ann" is "ann".
std::string_view without_domain(std::string_view account) noexcept;
// Something stands before the first @, and behind it.
bool is_mail(std::string_view text) noexcept;

// A decider, as a desk shows them: folded.
struct Decider {
  Decider(std::string_view by, std::string_view by_email);
  bool known() const noexcept { return !name.empty() || !mail.empty(); }

  std::string name;  // login or display name
  std::string mail;  // what the desk says, or the name when that is a mail and the desk says none
};

// Whether an entry of a list ("bob.admin", "carol@acme.test", "@acme.test") is exactly this decider. An entry
// with an @ compares with the mail alone, so that nobody gets in by a display name.
bool is_entry(const Decider& decider, const std::string& entry);

// The same, generously: for lists that shut out. A domain before the account counts as absent, and a mail
// also matches a name.
bool may_be_entry(const Decider& decider, const std::string& entry);

// Whether the decider may be the one who made this request: by mail, account (with and without its domain) or
// full name.
bool may_be_requester(const Decider& decider, const mappings::Json& request);

}  // namespace workflows
