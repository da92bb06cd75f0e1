#pragma once

// An identity provider that speaks SCIM to a whole API: call by call, each with the answer that it wants. Ids
// that were answered are kept by name. One thread.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/direct_api.h"

namespace tests {

// One call and what is answered. Names in braces stand for ids that were saved by an earlier step.
struct ScimStep {
  const char* name;
  const char* method;
  std::string target;  // behind /scim/v2
  std::string body;
  int status;
  // "Resources/0/userName" -> JSON or a text; "#" is how many there are.
  std::vector<std::pair<const char*, const char*>> expected = {};
  const char* save_as = "";  // the answer's id
};

class ScimClient {
 public:
  explicit ScimClient(bridge::ApiParts parts = {});

  // `target` behind /scim/v2.
  bridge::Reply ask(const std::string& method, const std::string& target, const std::string& body = "",
                    const bridge::HeaderList& headers = {});
  // The body of a GET that must answer 200.
  mappings::Json get(const std::string& target);
  // The id of what a POST makes; it must answer 201.
  std::string made(const std::string& target, const std::string& body);
  // Fails the running test at the first answer that is another one.
  void run(const std::vector<ScimStep>& steps);
  std::string id(const std::string& name) const { return ids_.at(name); }

  DirectApi& api() { return api_; }
  bridge::Directory& stored() { return api_.store().directory(); }

 private:
  std::string filled(std::string text) const;

  DirectApi api_;
  std::map<std::string, std::string> ids_;
};

// Bodies. `more` follows the name: `,"active":true`.
std::string scim_user(const std::string& name, const std::string& more = "");
std::string scim_group(const std::string& name, const std::string& more = "");
std::string scim_patch(const std::string& operations);

}  // namespace tests
