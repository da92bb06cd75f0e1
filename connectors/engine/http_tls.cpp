#include "connectors/engine/http_tls.h"

#include <poll.h>
#include <utility>

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace connectors {

namespace {

// What OpenSSL found wrong with the peer's certificate, until the handshake on this thread reports it.
thread_local std::string certificate_problem;

int note_certificate_problem(int ok, X509_STORE_CTX* store) {
  if (ok == 0) certificate_problem = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
  return ok;
}

bool is_address(const std::string& host) {
  return host.find_first_not_of("0123456789.") == std::string::npos || host.find(':') != std::string::npos;
}

}  // namespace

struct TlsTrust::Context {
  Poco::Net::Context::Ptr poco;
};

TlsTrust::TlsTrust(TlsSettings settings) : settings_(std::move(settings)) {}
TlsTrust::~TlsTrust() = default;

bool TlsTrust::prepare(Fault& fault) {
  const std::lock_guard lock(mutex_);
  if (context_) return true;
  try {
    Poco::Net::Context::Params params;
    params.caLocation = settings_.ca_file;
    params.verificationMode = Poco::Net::Context::VERIFY_STRICT;
    params.loadDefaultCAs = true;
    auto made = std::make_unique<Context>();
    made->poco = new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, params);
    SSL_CTX* const native = made->poco->sslContext();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_mode(native, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // In place of Poco's callback, whose default asks on the terminal.
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER, note_certificate_problem);
    context_ = std::move(made);
    return true;
  } catch (const Poco::Exception& e) {
    return fault.is("tls", "the CA certificates cannot be read: " + e.displayText());
  }
}

bool TlsTrust::shake_hands(Poco::Net::StreamSocket& socket, const std::string& host, const Until& until,
                           Fault& fault) {
  certificate_problem.clear();
  try {
    // SNI is for names: with an address some servers refuse it.
    auto secure = is_address(host) ? Poco::Net::SecureStreamSocket::attach(socket, context_->poco)
                                   : Poco::Net::SecureStreamSocket::attach(socket, host, context_->poco);
    socket = secure;
    for (;;) {
      const int state = secure.completeHandshake();
      if (state == 1) break;
      if (state == 0) return fault.is("tls", "the peer closed the connection in the handshake");
      short events = state == Poco::Net::SecureStreamSocket::ERR_SSL_WANT_WRITE ? POLLOUT : POLLIN;
      if (const Wait wait = wait_for(secure.impl()->sockfd(), events, until); wait != Wait::ready)
        return ends_early(wait, "in the TLS handshake", fault);
    }
    secure.verifyPeerCertificate(host);
    return true;
  } catch (const Poco::Net::CertificateValidationException&) {
    return fault.is("tls", "the certificate is not for the host name " + host);
  } catch (const Poco::Exception& e) {
    return fault.is("tls", certificate_problem.empty()
                               ? e.displayText()
                               : "the certificate is not trusted: " + certificate_problem);
  }
}

}  // namespace connectors
