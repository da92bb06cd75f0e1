#pragma once

// Filters of SCIM (RFC 7644, 3.4.2.2): `userName eq "bob" and not (emails[type eq "work"] pr)`. Names,
// operators and most values compare without case. Pure; a filter belongs to the thread that parsed it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/directory/scim_path.h"
#include "mappings/engine/json.h"

namespace bridge {

class ScimFilter {
 public:
  enum class Kind { compare, present, all, any, none, element };
  enum class Operator { eq, ne, co, sw, ew, gt, ge, lt, le };

  // Throws ScimError(invalidFilter), or with `type` in its place. At most 8 KiB, 20 levels and 200 terms.
  static ScimFilter parse(std::string_view text, const char* type = "invalidFilter");

  bool matches(const mappings::Json& resource) const;

  // The text that an attribute has to be for the filter to match: `attribute eq "text"`, alone or joined with
  // others by `and`. Nothing when another text may match too.
  std::optional<std::string> required_text(std::string_view attribute) const;
  // The members that an element must have to match, when the filter is made of `eq` and `and` alone; else
  // null.
  mappings::Json as_element() const;

 private:
  friend class ScimFilterParser;
  // One value, of a comparison; `ne` asks whether it is equal.
  bool is_as_wanted(const mappings::Json& value) const;
  Kind kind_ = Kind::all;
  Operator operator_ = Operator::eq;
  ScimPath path_;
  mappings::Json value_;
  std::vector<ScimFilter> parts_;
  // A form's encoding made blanks of the filter "+": a "+" of a text may have been one too.
  bool plus_is_blank_ = false;
};

// A path of PATCH: `members[value eq "2819c223"]`, `emails[type eq "work"].value`, `name.givenName`.
struct ScimTarget {
  ScimPath path;                     // `sub` also when it stands behind the brackets
  std::optional<ScimFilter> filter;  // of the elements
};
// Throws ScimError(invalidPath).
ScimTarget parse_scim_target(std::string_view text);

// The values at a path: the elements of a multi-valued attribute one by one, their `value` where the path
// ends at them.
std::vector<mappings::Json> scim_values(const mappings::Json& resource, const ScimPath& path);

}  // namespace bridge
