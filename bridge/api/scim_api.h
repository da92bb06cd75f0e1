#pragma once

// SCIM 2.0 (RFC 7644) at /scim/v2: how an identity provider keeps the people and groups of the tenant that
// the caller's key belongs to. Store, directories and clock outlive it. Thread-safe.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/api/routes.h"
#include "bridge/directory/scim_verbs.h"

namespace bridge {

class ScimApi {
 public:
  // `directories` may be null: every route then answers 404. `by_file`: whether a queue's people come from a
  // file, and may not be changed here; may be empty.
  ScimApi(Store& store, Directories* directories, const Clock& clock, const std::string& public_url,
          std::function<bool(const std::string& queue)> by_file);

  // Bound to this object, which must outlive them.
  std::vector<Route> routes();

 private:
  Route route(const char* method, const std::string& pattern, const char* about,
              std::function<Reply(const Call&)> handle);
  void add_resource(std::vector<Route>& routes, const std::string& pattern, const char* noun,
                    ScimVerbs* verbs, bool whole_after_patch);
  ScimCall scim_call(const Call& call) const;
  ScimCall scim_call(const Call& call, ScimSelection selection) const;

  const std::string url_;
  const std::function<bool(const std::string& queue)> by_file_;
  std::unique_ptr<ScimVerbs> users_;
  std::unique_ptr<ScimVerbs> groups_;
};

bool is_scim_path(std::string_view path);
// A failure that was answered before any of these routes saw it, in the shape that SCIM clients read.
Reply scim_failure(Reply reply);

}  // namespace bridge
