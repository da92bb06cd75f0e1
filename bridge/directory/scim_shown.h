#pragma once

// Users and groups as they are shown: what is kept of them, with what is computed. Pure.

#include <cstdint>
#include <string>
#include <vector>

#include "bridge/store/directory.h"
#include "mappings/engine/json.h"

namespace bridge {

struct ScimReference {
  std::string id;
  std::string display;
};

// `url`: of /scim/v2, without a slash at its end. `body`: what is kept of the user or group.
mappings::Json shown_user(const DirectoryUser& user, const mappings::Json& body,
                          const std::vector<ScimReference>& groups, const std::string& url);
mappings::Json shown_group(const DirectoryGroup& group, const mappings::Json& body,
                           const std::vector<ScimReference>& members, const std::string& url);
// As they stand in a group.
mappings::Json shown_members(const std::vector<ScimReference>& members, const std::string& url);
std::string scim_etag(std::int64_t version);

}  // namespace bridge
