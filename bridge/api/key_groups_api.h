#pragma once

// Key groups and the keys in them: the keys of the rest_api_key door, whose whole text is the reference id.
// It is in the answer that makes it and nowhere else. Ivanti has no API for them; these endpoints are ours,
// in the envelope of the others. Thread-safe; editor and companies outlive it.

#include <vector>

#include "bridge/api/companies_api.h"
#include "bridge/api/credential_editor.h"

namespace bridge {

class KeyGroupsApi {
 public:
  KeyGroupsApi(CredentialEditor& editor, const CompaniesApi& companies)
      : editor_(editor), companies_(companies) {}

  // Bound to this object, which must outlive them.
  std::vector<Route> routes();

 private:
  mappings::Json list_groups(const Call& call);
  mappings::Json create_group(const Call& call);
  mappings::Json show_group(const Call& call);
  mappings::Json change_group(const Call& call);
  mappings::Json remove_group(const Call& call);
  mappings::Json list_keys(const Call& call);
  mappings::Json create_key(const Call& call);
  mappings::Json show_key(const Call& call);
  mappings::Json change_key(const Call& call);
  mappings::Json remove_key(const Call& call);
  mappings::Json rotate_key(const Call& call);

  // By the first and second part of the path. Throws Error(not_found), also for another company's.
  KeyGroup group(const Call& call) const;
  Credential key(const Call& call) const;
  std::vector<Credential> keys_of(const KeyGroup& group) const;
  void read(Fields& fields, const Call& call, Credential& key) const;

  CredentialEditor& editor_;
  const CompaniesApi& companies_;
};

}  // namespace bridge
