#pragma once

// Certificates made for one test, in a folder of their own that goes away with the object.

#include <memory>
#include <string>

#include "bridge/ops/tls_identity.h"
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
  // Valid for that many days from now; the key needs the passphrase, unless it is empty.
  ServerIdentity issue_for(const std::string& host, int days, const std::string& passphrase = "");
  // Signed by itself.
  ServerIdentity self_signed(const std::string& host);

 private:
  struct Authority;
  TemporaryFolder folder_;
  std::unique_ptr<Authority> authority_;
  int made_ = 0;
};

// As our own server takes it; throws std::runtime_error when it does not.
std::shared_ptr<const bridge::TlsIdentity> identity_of(const ServerIdentity& files,
                                                       const std::string& passphrase = "");

}  // namespace tests
