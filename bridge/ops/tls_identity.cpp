#include "bridge/ops/tls_identity.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <string_view>
#include <vector>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace bridge {

namespace {
using Clock = std::chrono::system_clock;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Bio reader(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

// OpenSSL's word for what just failed; the queue of errors is empty afterwards.
std::string last_error() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason != nullptr ? reason : "unknown";
}

int no_passphrase(char*, int, int, void*) {
  return 0;
}

// In place of OpenSSL's own callback, which asks on the terminal.
int give_passphrase(char* buffer, int size, int, void* given) {
  const auto& passphrase = *static_cast<const std::string*>(given);
  if (passphrase.empty() || passphrase.size() > static_cast<std::size_t>(size)) return 0;
  std::memcpy(buffer, passphrase.data(), passphrase.size());
  return static_cast<int>(passphrase.size());
}

std::vector<Certificate> read_certificates(const std::string& pem) {
  std::vector<Certificate> chain;
  const Bio in = reader(pem);
  while (X509* one = PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr))
    chain.emplace_back(one, X509_free);
  // Every chain ends with "no start line"; a broken one in the middle must not pass for the end.
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) chain.clear();
  return chain;
}

Clock::time_point time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return Clock::from_time_t(timegm(&parts));
}

// We speak http/1.1. A client that offers other protocols only is told so in the handshake.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int length, void*) {
  constexpr std::string_view ours = "http/1.1";
  for (unsigned int at = 0; at < length; at += 1u + offered[at]) {
    if (offered[at] != ours.size() || length - at < 1 + ours.size()) continue;
    if (std::memcmp(offered + at + 1, ours.data(), ours.size()) != 0) continue;
    *chosen = offered + at + 1;
    *size = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool prepare(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  // Sessions live in the tickets that clients keep; here they would only take memory.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}
}  // namespace

TlsIdentity::~TlsIdentity() {
  SSL_CTX_free(context_);
}

std::shared_ptr<const TlsIdentity> TlsIdentity::make(const Pem& pem, Problem& problem) {
  ERR_clear_error();
  const auto fails = [&problem](Problem::At at, std::string message, std::string hint) {
    problem = {at, std::move(message), std::move(hint)};
    ERR_clear_error();
    return nullptr;
  };
  const auto certificates = read_certificates(pem.certificates);
  if (certificates.empty())
    return fails(Problem::At::certificate, "it holds no certificate chain in PEM form: " + last_error(),
                 "write the server's certificate first, then those between it and the authority");
  ERR_clear_error();

  const Bio in = reader(pem.key);
  std::string passphrase = pem.passphrase;
  const Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, give_passphrase, &passphrase), EVP_PKEY_free);
  if (!key && pem.key.find("ENCRYPTED") != std::string::npos)
    return fails(Problem::At::key, "the passphrase does not open it",
                 "set tls.passphrase: {file: path}, or take a key without one");
  if (!key)
    return fails(Problem::At::key, "it holds no private key in PEM form: " + last_error(),
                 "it begins with -----BEGIN PRIVATE KEY-----, or with BEGIN EC or RSA PRIVATE KEY");

  const auto fits = [&key](const Certificate& one) {
    return X509_check_private_key(one.get(), key.get()) == 1;
  };
  if (!fits(certificates.front())) {
    const bool later = std::any_of(certificates.begin(), certificates.end(), fits);
    return fails(Problem::At::pair, "the key does not belong to the first certificate of the chain",
                 later ? "put the server's own certificate first" : "name the two that were made together");
  }

  std::shared_ptr<TlsIdentity> made(new TlsIdentity(SSL_CTX_new(TLS_server_method())));
  SSL_CTX* const context = made->context_;
  if (context == nullptr || !prepare(context))
    return fails(Problem::At::pair, "OpenSSL is not able to serve TLS: " + last_error(), "");
  std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> rest(
      sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
  for (std::size_t i = 1; i < certificates.size(); ++i) sk_X509_push(rest.get(), certificates[i].get());
  if (SSL_CTX_use_cert_and_key(context, certificates.front().get(), key.get(), rest.get(), 1) != 1)
    return fails(Problem::At::pair, "OpenSSL does not take certificate and key: " + last_error(),
                 "an RSA key has 2048 bits or more, an EC key is of P-256 or P-384");
  made->not_before_ = time_of(X509_get0_notBefore(certificates.front().get()));
  made->not_after_ = time_of(X509_get0_notAfter(certificates.front().get()));
  return made;
}

}  // namespace bridge
