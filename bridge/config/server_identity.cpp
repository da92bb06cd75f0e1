#include "bridge/config/server_identity.h"

#include <cerrno>
#include <ctime>
#include <fstream>
#include <optional>
#include <system_error>

#include "bridge/config/plain_secrets.h"
#include "bridge/config/secret_source.h"

namespace bridge {

namespace fs = std::filesystem;
using mappings::Diagnostics;
using mappings::YamlNode;

namespace {
constexpr auto soon = std::chrono::hours(24 * 21);
constexpr std::streamsize largest_chain = 256L * 1024;

std::string day(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[24];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts)};
}

std::optional<std::string> read_chain(const YamlNode& node, const fs::path& path, Diagnostics& diagnostics) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::error_code not_a_file;
  std::string text(static_cast<std::size_t>(largest_chain), '\0');
  if (in && !fs::is_directory(path, not_a_file)) {
    in.read(text.data(), largest_chain);
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
  }
  const int cause = in ? EISDIR : errno;
  diagnostics.error(node.where, "missing-certificate",
                    "cannot read " + path.string() +
                        (cause != 0 ? ": " + std::generic_category().message(cause) : std::string()),
                    "the path is relative to the folder of this file");
  return std::nullopt;
}

// {env: NAME}, {file: path}, or the path alone.
std::optional<std::string> read_key(const YamlNode& node, const fs::path& directory,
                                    Diagnostics& diagnostics) {
  if (is_secret_source(node)) return read_secret(node, directory, diagnostics);
  YamlNode source = node;
  source.members.clear();
  source.members.emplace_back("file", node);
  return read_secret(source, directory, diagnostics);
}

void check_dates(const TlsIdentity& identity, const YamlNode& node, const fs::path& path,
                 Diagnostics& diagnostics) {
  const auto now = std::chrono::system_clock::now();
  const std::string renew = "renew it, then send SIGHUP: new connections get the new one";
  if (identity.not_after() <= now)
    diagnostics.warning(node.where, "certificate-expired",
                        path.string() + " expired on " + day(identity.not_after()), renew);
  else if (identity.not_after() - now < soon)
    diagnostics.warning(node.where, "certificate-expires",
                        path.string() + " expires on " + day(identity.not_after()), renew);
  if (identity.not_before() > now)
    diagnostics.warning(node.where, "certificate-not-yet-valid",
                        path.string() + " is valid from " + day(identity.not_before()),
                        "clients that check it refuse it until then; look at this machine's clock too");
}
}  // namespace

std::shared_ptr<const TlsIdentity> read_identity(const YamlNode& tls, const fs::path& directory,
                                                 Diagnostics& diagnostics) {
  const YamlNode* const certificate = tls.find("certificate");
  const YamlNode* const key = tls.find("key");
  if (certificate == nullptr || key == nullptr) {
    for (const char* name : {"listen", "certificate", "key", "passphrase"})
      if (const YamlNode* alone = tls.find(name)) {
        diagnostics.error(alone->where, "tls-incomplete",
                          std::string("tls.") + name + " is of no use without " +
                              (certificate == nullptr && key == nullptr ? "tls.certificate and tls.key"
                               : certificate == nullptr                 ? "tls.certificate"
                                                                        : "tls.key"),
                          "name both: the certificate chain and its private key, in PEM form");
        break;
      }
    return nullptr;
  }
  // Secrets that stand in the file were told before.
  const YamlNode* const given = tls.find("passphrase");
  if ((given != nullptr && !is_secret_source(*given)) || is_key_text(*key)) return nullptr;
  const fs::path path = (directory / certificate->scalar).lexically_normal();
  const auto chain = read_chain(*certificate, path, diagnostics);
  auto secret = read_key(*key, directory, diagnostics);
  std::optional<std::string> passphrase = std::string();
  if (given != nullptr) passphrase = read_secret(*given, directory, diagnostics);
  if (!chain || !secret || !passphrase) return nullptr;

  using At = TlsIdentity::Problem::At;
  TlsIdentity::Problem problem;
  auto identity = TlsIdentity::make({*chain, *std::move(secret), *std::move(passphrase)}, problem);
  if (identity)
    check_dates(*identity, *certificate, path, diagnostics);
  else if (problem.at == At::certificate)
    diagnostics.error(certificate->where, "bad-certificate", path.string() + ": " + problem.message,
                      problem.hint);
  else if (problem.at == At::key)
    diagnostics.error(key->where, "bad-key", "tls.key: " + problem.message, problem.hint);
  else
    diagnostics.error(certificate->where, "key-mismatch", path.string() + " and tls.key: " + problem.message,
                      problem.hint);
  return identity;
}

}  // namespace bridge
