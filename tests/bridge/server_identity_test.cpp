// Our own TLS certificate: what the configuration says of it, and how a running bridge changes it.

#include <filesystem>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/app/daemon.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "tests/support/certificates.h"
#include "tests/support/raw_http.h"

using bridge::Config;
using mappings::Diagnostics;
using tests::RawHttp;
using tests::RawTls;
using tests::ServerIdentity;

namespace {
const std::string health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string queues = "queues:\n  - {name: acme, kind: hosted}\n";

std::string code_of(const Diagnostics& diagnostics) {
  std::string codes;
  for (const auto& one : diagnostics.all()) codes += (codes.empty() ? "" : " ") + one.code;
  return codes;
}
}  // namespace

class ServerIdentityTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ServerIdentityTest);
  CPPUNIT_TEST(each_mistake_has_its_code_and_its_place);
  CPPUNIT_TEST(a_key_is_a_path_a_file_or_a_variable);
  CPPUNIT_TEST(https_replaces_http_unless_it_has_a_port_of_its_own);
  CPPUNIT_TEST(a_reload_changes_the_certificate_of_new_connections);
  CPPUNIT_TEST(a_broken_certificate_keeps_the_old_one_and_the_old_rules);
  CPPUNIT_TEST(the_metric_says_when_the_certificate_expires);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { bridge::set_log_level(bridge::Level::error); }
  void tearDown() override { bridge::set_log_level(bridge::Level::info); }

  void each_mistake_has_its_code_and_its_place() {
    const ServerIdentity good = certificates_.issue_for("localhost", 365);
    const ServerIdentity other = certificates_.issue_for("localhost", 365);
    const ServerIdentity locked = certificates_.issue_for("localhost", 365, "open sesame");
    const ServerIdentity expired = certificates_.issue("localhost", true);
    const ServerIdentity short_lived = certificates_.issue("localhost");
    const std::string secret_bytes = read(good.key_file).substr(60, 20);
    const std::string chain =
        folder_.write("chain.pem", read(certificates_.ca_file()) + read(good.certificate_file)).string();
    const std::string cut = folder_.write("cut.pem", read(good.certificate_file).substr(0, 200)).string();
    const std::string cut_chain =
        folder_
            .write("cut-chain.pem", read(good.certificate_file) + read(good.certificate_file).substr(0, 99))
            .string();
    const std::string word = folder_.write("word", "open sesame\n").string();
    const std::string wrong_word = folder_.write("wrong-word", "hunter2\n").string();
    const struct {
      std::string certificate, key, more, code;
      int line;  // of the first diagnostic
      bool usable;
    } cases[] = {
        {good.certificate_file, good.key_file, "", "", 0, true},
        {good.certificate_file, other.key_file, "", "key-mismatch", 2, false},
        {chain, good.key_file, "", "key-mismatch", 2, false},
        {cut, good.key_file, "", "bad-certificate", 2, false},
        {cut_chain, good.key_file, "", "bad-certificate", 2, false},
        {good.key_file, good.key_file, "", "bad-certificate", 2, false},
        {folder_.path().string(), good.key_file, "", "missing-certificate", 2, false},
        {good.certificate_file, good.certificate_file, "", "bad-key", 3, false},
        {good.certificate_file, "nowhere.key", "", "missing-secret-file", 3, false},
        {locked.certificate_file, locked.key_file, "", "bad-key", 3, false},
        {locked.certificate_file, locked.key_file, "  passphrase: {file: " + wrong_word + "}\n", "bad-key", 3,
         false},
        {locked.certificate_file, locked.key_file, "  passphrase: {file: " + word + "}\n", "", 0, true},
        {expired.certificate_file, expired.key_file, "", "certificate-expired", 2, true},
        {short_lived.certificate_file, short_lived.key_file, "", "certificate-expires", 2, true},
    };
    for (const auto& row : cases) {
      const std::string name = row.certificate + " with " + row.key;
      Diagnostics diagnostics;
      const auto config = bridge::load_config(
          folder_.write("countersign.yaml", "tls:\n  certificate: " + row.certificate +
                                                "\n  key: " + row.key + '\n' + row.more + queues),
          diagnostics);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, row.code, code_of(diagnostics));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, row.usable, config.has_value());
      if (row.usable) CPPUNIT_ASSERT_MESSAGE(name, config->tls && config->tls->identity);
      if (row.line != 0) {
        const auto& first = diagnostics.all().front();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(name, row.line, first.where.line);
        CPPUNIT_ASSERT_MESSAGE(name, !first.hint.empty());
      }
      const std::string shown = diagnostics.to_text();
      CPPUNIT_ASSERT_MESSAGE(shown, shown.find("sesame") == std::string::npos &&
                                        shown.find("hunter2") == std::string::npos &&
                                        shown.find(secret_bytes) == std::string::npos);
    }
  }

  void a_key_is_a_path_a_file_or_a_variable() {
    const ServerIdentity good = certificates_.issue_for("localhost", 365);
    ::setenv("COUNTERSIGN_TEST_TLS_KEY", read(good.key_file).c_str(), 1);
    for (const std::string& key :
         {good.key_file, "{file: " + good.key_file + "}", std::string("{env: COUNTERSIGN_TEST_TLS_KEY}")}) {
      Diagnostics diagnostics;
      const auto config = bridge::load_config(
          folder_.write("countersign.yaml",
                        "tls:\n  certificate: " + good.certificate_file + "\n  key: " + key + '\n' + queues),
          diagnostics);
      CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), config && config->tls);
    }
    ::unsetenv("COUNTERSIGN_TEST_TLS_KEY");
  }

  void https_replaces_http_unless_it_has_a_port_of_its_own() {
    use(certificates_.issue_for("localhost", 365));
    auto in_place = daemon();
    CPPUNIT_ASSERT_EQUAL(in_place->port(), in_place->tls_port());
    CPPUNIT_ASSERT(in_place->public_url().starts_with("https://127.0.0.1:"));
    CPPUNIT_ASSERT_EQUAL(200, ask(*in_place)->read().status);
    in_place.reset();

    use(certificates_.issue_for("localhost", 365), "  listen: \"[::1]:0\"\n");
    const auto config = load();
    CPPUNIT_ASSERT_EQUAL(std::string("::1"), config.tls->address);
    use(certificates_.issue_for("localhost", 365), "  listen: 0\n");
    const auto beside = daemon();
    CPPUNIT_ASSERT(beside->port() != beside->tls_port());
    CPPUNIT_ASSERT_EQUAL(200, tests::ask(beside->port(), health).status);
    CPPUNIT_ASSERT_EQUAL(200, ask(*beside)->read().status);
  }

  void a_reload_changes_the_certificate_of_new_connections() {
    use(certificates_.issue_for("localhost", 365));
    const auto running = daemon();
    const auto before = ask(*running);
    CPPUNIT_ASSERT_EQUAL(200, before->read().status);
    use(certificates_.issue_for("localhost", 365));
    Diagnostics diagnostics;
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), running->reload(diagnostics));
    const auto after = ask(*running);
    CPPUNIT_ASSERT_EQUAL(200, after->read().status);
    CPPUNIT_ASSERT(before->serial() != after->serial());
    before->send(health);
    CPPUNIT_ASSERT_EQUAL(200, before->read().status);
  }

  void a_broken_certificate_keeps_the_old_one_and_the_old_rules() {
    use(certificates_.issue_for("localhost", 365));
    const auto running = daemon();
    const long serial = ask(*running)->serial();
    const ServerIdentity next = certificates_.issue_for("localhost", 365);
    // The certificate was renewed, the key was forgotten.
    std::filesystem::copy_file(next.certificate_file, folder_ / "server.pem",
                               std::filesystem::copy_options::overwrite_existing);
    Diagnostics diagnostics;
    CPPUNIT_ASSERT(!running->reload(diagnostics));
    CPPUNIT_ASSERT_EQUAL(std::string("key-mismatch"), code_of(diagnostics));
    CPPUNIT_ASSERT_EQUAL(serial, ask(*running)->serial());
    use(next);
    Diagnostics mended;
    CPPUNIT_ASSERT_MESSAGE(mended.to_text(), running->reload(mended));
    CPPUNIT_ASSERT(serial != ask(*running)->serial());
    // Off and on is for a restart.
    folder_.write("countersign.yaml", plain());
    Diagnostics off;
    CPPUNIT_ASSERT_MESSAGE(off.to_text(), running->reload(off));
    CPPUNIT_ASSERT_EQUAL(std::string("restart-needed"), code_of(off));
    CPPUNIT_ASSERT_EQUAL(200, ask(*running)->read().status);
  }

  void the_metric_says_when_the_certificate_expires() {
    use(certificates_.issue_for("localhost", 30));
    const auto running = daemon();
    (void)bridge::metrics().render();
    const double left = bridge::metrics().certificate_expires_seconds.at().value();
    CPPUNIT_ASSERT(left > 29 * 86'400.0 && left <= 30 * 86'400.0);
  }

 private:
  static std::string read(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  static std::string plain() { return "listen: 127.0.0.1:0\nstore: sqlite:tls.db\n" + queues; }
  // Files of the same name each time, as a tool that renews them does.
  void use(const ServerIdentity& identity, const std::string& more = "") {
    folder_.write("server.pem", read(identity.certificate_file));
    folder_.write("server.key", read(identity.key_file));
    folder_.write("countersign.yaml",
                  plain() + "tls:\n  certificate: server.pem\n  key: server.key\n" + more);
  }
  Config load() {
    Diagnostics diagnostics;
    auto config = bridge::load_config(folder_ / "countersign.yaml", diagnostics);
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), config);
    return *config;
  }
  std::unique_ptr<bridge::Daemon> daemon() {
    auto made = std::make_unique<bridge::Daemon>(load());
    made->start();
    return made;
  }
  std::unique_ptr<RawHttp> ask(bridge::Daemon& daemon) {
    auto client = std::make_unique<RawHttp>(daemon.tls_port(), 0, RawTls{certificates_.ca_file()});
    client->send(health);
    return client;
  }

  tests::Certificates certificates_;
  tests::TemporaryFolder folder_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(ServerIdentityTest);
