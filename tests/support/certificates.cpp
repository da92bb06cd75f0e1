#include "tests/support/certificates.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace tests {

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Key make_key() {
  return {EVP_EC_gen("P-256"), EVP_PKEY_free};
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  if (extension == nullptr) throw std::runtime_error("bad certificate extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::string alternative_name(const std::string& host) {
  const bool address = host.find_first_not_of("0123456789.") == std::string::npos;
  return (address ? "IP:" : "DNS:") + host;
}

// Unsigned: the caller sets the issuer and signs.
Certificate make_certificate(const std::string& name, EVP_PKEY* key, long serial, long days) {
  Certificate made(X509_new(), X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -86'400L * 3);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 86'400L * days);
  X509_set_pubkey(made.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return made;
}

struct File {
  explicit File(const std::filesystem::path& path) : file(std::fopen(path.c_str(), "w")) {
    if (file == nullptr) throw std::runtime_error("cannot write " + path.string());
  }
  ~File() { std::fclose(file); }
  std::FILE* file;
};

ServerIdentity store(const std::filesystem::path& folder, int number, X509* certificate, EVP_PKEY* key,
                     const std::string& passphrase = "") {
  const auto certificate_file = folder / ("server" + std::to_string(number) + ".pem");
  const auto key_file = folder / ("server" + std::to_string(number) + ".key");
  PEM_write_X509(File(certificate_file).file, certificate);
  PEM_write_PrivateKey(File(key_file).file, key, passphrase.empty() ? nullptr : EVP_aes_256_cbc(),
                       reinterpret_cast<const unsigned char*>(passphrase.data()),
                       static_cast<int>(passphrase.size()), nullptr, nullptr);
  return {certificate_file.string(), key_file.string()};
}

}  // namespace

std::shared_ptr<const bridge::TlsIdentity> identity_of(const ServerIdentity& files,
                                                       const std::string& passphrase) {
  const auto text = [](const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  bridge::TlsIdentity::Problem problem;
  auto made =
      bridge::TlsIdentity::make({text(files.certificate_file), text(files.key_file), passphrase}, problem);
  if (!made) throw std::runtime_error(problem.message);
  return made;
}

struct Certificates::Authority {
  Key key{nullptr, EVP_PKEY_free};
  Certificate certificate{nullptr, X509_free};
};

Certificates::Certificates() : authority_(std::make_unique<Authority>()) {
  authority_->key = make_key();
  X509* const ca = (authority_->certificate = make_certificate(
                        "Authority of " + folder_.path().filename().string(), authority_->key.get(), 1, 1))
                       .get();
  X509_set_issuer_name(ca, X509_get_subject_name(ca));
  add_extension(ca, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(ca, authority_->key.get(), EVP_sha256());
  PEM_write_X509(File(ca_file()).file, ca);
}

Certificates::~Certificates() = default;

ServerIdentity Certificates::issue(const std::string& host, bool expired) {
  return issue_for(host, expired ? -1 : 1);
}

ServerIdentity Certificates::issue_for(const std::string& host, int days, const std::string& passphrase) {
  const Key key = make_key();
  const Certificate made = make_certificate(host, key.get(), 10 + ++made_, days);
  X509_set_issuer_name(made.get(), X509_get_subject_name(authority_->certificate.get()));
  add_extension(made.get(), NID_subject_alt_name, alternative_name(host));
  X509_sign(made.get(), authority_->key.get(), EVP_sha256());
  return store(folder_.path(), made_, made.get(), key.get(), passphrase);
}

ServerIdentity Certificates::self_signed(const std::string& host) {
  const Key key = make_key();
  const Certificate made = make_certificate(host, key.get(), 10 + ++made_, 1);
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  add_extension(made.get(), NID_subject_alt_name, alternative_name(host));
  X509_sign(made.get(), key.get(), EVP_sha256());
  return store(folder_.path(), made_, made.get(), key.get());
}

}  // namespace tests
