#pragma once

// Names of attributes, as filters and PATCH paths write them: "userName", "name.givenName",
// "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value". Names compare without case; a
// name that is known is given back as the schema spells it. Pure.

#include <string>
#include <string_view>

namespace bridge {

namespace scim {
inline constexpr std::string_view user_schema = "urn:ietf:params:scim:schemas:core:2.0:User";
inline constexpr std::string_view group_schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
inline constexpr std::string_view enterprise_schema =
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
// Ours: awayFrom and awayUntil.
inline constexpr std::string_view absence_schema =
    "urn:ietf:params:scim:schemas:extension:countersign:2.0:User";
}  // namespace scim

struct ScimPath {
  std::string schema;  // of an extension; empty: the resource itself
  std::string name;    // empty: the whole extension
  std::string sub;     // empty: none

  std::string text() const;
  bool operator==(const ScimPath&) const = default;
};

// Nothing but the path may be in `text`. Throws ScimError with `type` (invalidPath or invalidFilter).
ScimPath parse_scim_path(std::string_view text, const char* type);
// The same of a whole resource: "manager" alone, as Entra ID may send it, is that of the enterprise
// extension, and so are the others of it.
ScimPath parse_attribute_path(std::string_view text, const char* type);

// Whether it begins as a URN of none of the schemas above: where its extension's name ends, nobody can tell.
bool is_foreign(std::string_view name);
// Those of the enterprise extension, as the schema spells them.
bool is_enterprise_name(std::string_view name);
// How the schema spells the name, or the name itself when no schema has it.
std::string spelled(std::string_view name);

}  // namespace bridge
