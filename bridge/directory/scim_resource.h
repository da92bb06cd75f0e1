#pragma once

// Users and groups as they are kept (names as the schema spells them, values of the right kind, whatever a
// client made of them), and as they are shown. What no schema knows is kept as it came; passwords never are.
// Pure.

#include <string>
#include <vector>

#include "bridge/store/directory.h"
#include "mappings/engine/json.h"
#include "workflows/engine/directory.h"

namespace bridge {

// Without id, meta, schemas and what is computed. Throws ScimError(invalidValue).
mappings::Json kept_user(const mappings::Json& given);
// `members` are [{"value": id}], each once; always there.
mappings::Json kept_group(const mappings::Json& given);
std::vector<std::string> member_ids(const mappings::Json& members);

struct ScimReference {
  std::string id;
  std::string display;
};
// `url`: of /scim/v2, without a slash at its end.
// `body`: what is kept of the user or group.
mappings::Json shown_user(const DirectoryUser& user, const mappings::Json& body,
                          const std::vector<ScimReference>& groups, const std::string& url);
mappings::Json shown_group(const DirectoryGroup& group, const mappings::Json& body,
                           const std::vector<ScimReference>& members, const std::string& url);
// As they stand in a group.
mappings::Json shown_members(const std::vector<ScimReference>& members, const std::string& url);
std::string scim_etag(std::int64_t version);

// Which attributes an answer is to have: `attributes` and `excludedAttributes`, as they were asked for.
struct ScimSelection {
  std::string only;
  std::string without;
  // Whether the attribute of the resource itself may be shown.
  bool shows(std::string_view name) const;
  // Throws ScimError when one of them is no list of attributes.
  void check() const;
};
// id and schemas are always there. Names that no resource has are without effect.
mappings::Json selected(const mappings::Json& resource, const ScimSelection& selection);

// As workflows ask for people.
workflows::Person person_of(const DirectoryUser& user, const mappings::Json& body);

}  // namespace bridge
