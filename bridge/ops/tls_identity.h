#pragma once

// Who we are over TLS: a certificate chain and its key, tried together and ready to serve: TLS 1.2 or later,
// ciphers with forward secrecy, http/1.1 by ALPN, session tickets. Immutable, so it may be shared between
// threads. Never prompts for a passphrase; no problem that it tells repeats a byte of the key.

#include <chrono>
#include <memory>
#include <string>

struct ssl_ctx_st;

namespace bridge {

class TlsIdentity {
 public:
  // All as text: PEM, PEM, and empty unless the key is encrypted.
  struct Pem {
    std::string certificates;  // the server's own first, then those between it and the authority
    std::string key;
    std::string passphrase;
  };
  struct Problem {
    enum class At { certificate, key, pair } at = At::certificate;
    std::string message;
    std::string hint;
  };
  // Null when the two cannot serve; `problem` then says which is to blame, and why.
  static std::shared_ptr<const TlsIdentity> make(const Pem& pem, Problem& problem);
  ~TlsIdentity();
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

  std::chrono::system_clock::time_point not_before() const noexcept { return not_before_; }
  // When the first certificate of the chain expires.
  std::chrono::system_clock::time_point not_after() const noexcept { return not_after_; }
  // For the connections of a server.
  ssl_ctx_st* context() const noexcept { return context_; }

 private:
  explicit TlsIdentity(ssl_ctx_st* context) : context_(context) {}

  ssl_ctx_st* context_;
  std::chrono::system_clock::time_point not_before_;
  std::chrono::system_clock::time_point not_after_;
};

}  // namespace bridge
