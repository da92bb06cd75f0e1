#pragma once

// What SCIM clients are told when something cannot be done (RFC 7644, 3.12): a status, a word from its table
// where there is one, and a sentence.

#include <stdexcept>
#include <string>

namespace bridge {

class ScimError : public std::runtime_error {
 public:
  // `type`: "uniqueness", "invalidFilter", "invalidPath" ...; empty: the table has no word for it.
  ScimError(int status, std::string type, const std::string& detail)
      : std::runtime_error(detail), status_(status), type_(std::move(type)) {}
  int status() const noexcept { return status_; }
  const std::string& type() const noexcept { return type_; }

 private:
  int status_;
  std::string type_;
};

}  // namespace bridge
