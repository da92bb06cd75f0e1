#pragma once

// What a client of SCIM may do to the users or the groups of a tenant: checked, stored with its entry in the
// audit log, and known to the workflows when a verb returns. Stateless beside the store; thread-safe. Throws
// ScimError.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bridge/directory/directories.h"
#include "bridge/directory/scim_selection.h"
#include "bridge/ops/clock.h"
#include "mappings/engine/json.h"

namespace bridge {

// Of one call.
struct ScimCall {
  std::string queue;
  Actor who;
  std::string url;       // of /scim/v2
  std::string if_match;  // the header; empty: none
  ScimSelection selection;
};

struct ScimQuery {
  std::string filter;
  std::string sort_by;
  bool descending = false;
  std::int64_t start = 1;
  std::int64_t count = 100;
};

struct ScimAnswer {
  mappings::Json resource;  // null: it was removed
  std::int64_t version = 0;
};

struct ScimPage {
  std::int64_t total = 0;
  std::vector<mappings::Json> resources;
};

class ScimVerbs {
 public:
  virtual ~ScimVerbs() = default;
  virtual ScimPage list(const ScimCall& call, const ScimQuery& query) = 0;
  virtual ScimAnswer show(const ScimCall& call, const std::string& id) = 0;
  virtual ScimAnswer create(const ScimCall& call, const mappings::Json& given) = 0;
  virtual ScimAnswer replace(const ScimCall& call, const std::string& id, const mappings::Json& given) = 0;
  virtual ScimAnswer patch(const ScimCall& call, const std::string& id, const mappings::Json& request) = 0;
  virtual void remove(const ScimCall& call, const std::string& id) = 0;
};

// All must outlive them.
std::unique_ptr<ScimVerbs> make_scim_users(Directory& stored, Directories& directories, const Clock& clock);
std::unique_ptr<ScimVerbs> make_scim_groups(Directory& stored, Directories& directories, const Clock& clock);

// What both have in common.
std::string new_scim_id();
// Throws ScimError(412) when the call asks for another version.
void must_match(const ScimCall& call, std::int64_t version);
// Those of `all` that the query means, of its page. `total` counts them all.
ScimPage page_of(std::vector<mappings::Json> all, const ScimQuery& query, const ScimSelection& selection);
bool mentions(const ScimQuery& query, std::string_view attribute);
// No more rows of the store than the filter may mean, where an index can tell. `name`: the attribute of the
// column of names.
DirectoryQuery narrowed(const std::string& filter, const char* name);

}  // namespace bridge
