#pragma once

// Clients of a company: an id and a secret that buy bearer tokens, made and changed as Keepnet's clients do
// it. The secret is in the answer that makes it and nowhere else. Bound to a credential's own companies.
// Thread-safe; editor and companies outlive it.

#include <vector>

#include "bridge/api/companies_api.h"
#include "bridge/api/credential_editor.h"

namespace bridge {

class ClientsApi {
 public:
  ClientsApi(CredentialEditor& editor, const CompaniesApi& companies)
      : editor_(editor), companies_(companies) {}

  // Bound to this object, which must outlive them.
  std::vector<Route> routes();

 private:
  mappings::Json generate(const Call& call) const;
  mappings::Json create(const Call& call);
  mappings::Json show(const Call& call) const;
  mappings::Json change(const Call& call);
  mappings::Json remove(const Call& call);
  mappings::Json rotate(const Call& call);
  mappings::Json search(const Call& call) const;

  // Throws Error(not_found), also for another company's.
  Credential found(const Call& call) const;
  // What create and change have in common.
  void read(Fields& fields, const Call& call, Credential& client) const;
  void read_companies(Fields& fields, const Call& call, const Role& role, bool new_role,
                      Credential& client) const;

  CredentialEditor& editor_;
  const CompaniesApi& companies_;
};

}  // namespace bridge
