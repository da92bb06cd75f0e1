#pragma once

// Certificates made for one test, in a folder of their own that goes away with the object.

#include <memory>
#include <string>

#include "tests/support/scripted_server.h"
#include "tests/support/temporary_folder.h"

namespace tests {

class Certificates {
 public:
  Certificates();
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  // The authority's own certificate: what a client is told to trust.
  std::string ca_file() const { return (folder_ / "ca.pem").string(); }
  // Signed by the authority, for one host name or IPv4 address.
  ServerIdentity issue(const std::string& host, bool expired = false);
  // Signed by itself.
  ServerIdentity self_signed(const std::string& host);

 private:
  struct Authority;
  TemporaryFolder folder_;
  std::unique_ptr<Authority> authority_;
  int made_ = 0;
};

}  // namespace tests
