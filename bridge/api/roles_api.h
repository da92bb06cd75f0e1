#pragma once

// Roles: those that are always there, and those that a company makes of single permissions. What may be
// permitted is the table of routes itself. In Keepnet's envelope. Thread-safe; editor and companies outlive
// it.

#include <functional>
#include <vector>

#include "bridge/api/companies_api.h"
#include "bridge/api/credential_editor.h"

namespace bridge {

class RolesApi {
 public:
  // `all_routes`: of the whole API; asked when a call comes.
  RolesApi(CredentialEditor& editor, const CompaniesApi& companies,
           std::function<const std::vector<Route>&()> all_routes)
      : editor_(editor), companies_(companies), all_routes_(std::move(all_routes)) {}

  // Bound to this object, which must outlive them.
  std::vector<Route> routes();

 private:
  mappings::Json list(const Call& call);
  mappings::Json create(const Call& call);
  mappings::Json show(const Call& call);
  mappings::Json change(const Call& call);
  mappings::Json remove(const Call& call);
  mappings::Json permissions(const Call& call);

  // One that somebody made. Throws Error(not_found), also for another company's.
  RoleRow found(const Call& call) const;
  void read(Fields& fields, const Call& call, RoleRow& role) const;
  // Of the calls that these permissions name; complains of one that names none.
  Scopes scopes_of(Fields& fields, const std::vector<std::string>& permissions) const;

  CredentialEditor& editor_;
  const CompaniesApi& companies_;
  const std::function<const std::vector<Route>&()> all_routes_;
};

}  // namespace bridge
