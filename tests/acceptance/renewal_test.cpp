// A served bridge through what happens to every one of them: its certificate is renewed while it runs, and it
// is stopped, or killed, in the middle of a day's quota.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/acceptance/site.h"
#include "tests/support/certificates.h"
#include "tests/support/raw_http.h"

namespace {

using acceptance::Bridge;
using acceptance::eventually;
using namespace std::chrono_literals;

constexpr auto patience = 30s;

int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// What X-RateLimit-Remaining says on one more call.
int remaining(const Bridge& bridge, const std::string& key) {
  const auto answer = tests::ask(
      bridge.port(),
      "GET /requests HTTP/1.1\r\nHost: bridge\r\nConnection: close\r\napikey: " + key + "\r\n\r\n");
  const std::string name = "X-RateLimit-Remaining: ";
  const auto at = answer.header.find(name);
  CPPUNIT_ASSERT_MESSAGE("remaining calls in: " + answer.header, at != std::string::npos);
  return std::stoi(answer.header.substr(at + name.size()));
}

class Renewed {
 public:
  explicit Renewed(const std::string& name)
      : folder_(acceptance::fresh_folder(name)), port_(tests::free_port()) {
    take(certificates_.issue("localhost"));
    bridge_.emplace(folder_, "bridge",
                    "tls: {listen: \"127.0.0.1:" + std::to_string(port_) +
                        "\", certificate: fullchain.pem, key: privkey.pem}\n"
                        "queues:\n  - {name: acme, kind: hosted}\n");
    bridge_->start();
  }

  void take(const tests::ServerIdentity& files) {
    take(files.certificate_file, "fullchain.pem");
    take(files.key_file, "privkey.pem");
  }
  void take(const std::string& file, const std::string& as) {
    std::filesystem::copy_file(file, folder_ / as, std::filesystem::copy_options::overwrite_existing);
  }
  // Reloads, and waits until it said what came of it.
  void reload(const std::string& outcome) {
    const std::string word = "\"event\":\"" + outcome + '"';
    const int before = count_of(bridge_->log_text(), word);
    bridge_->reload();
    eventually(outcome + "; see " + bridge_->log(), patience,
               [&] { return count_of(bridge_->log_text(), word) > before; });
  }
  std::unique_ptr<tests::RawHttp> connect() const {
    return std::make_unique<tests::RawHttp>(port_, 0, tests::RawTls{certificates_.ca_file()});
  }
  // Of the certificate that a new connection is shown, which must answer, too.
  long serial() const {
    const auto connection = connect();
    CPPUNIT_ASSERT_EQUAL(200, healthy(*connection));
    return connection->serial();
  }
  static int healthy(tests::RawHttp& connection) {
    connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return connection.read().status;
  }
  tests::Certificates& certificates() { return certificates_; }

 private:
  tests::Certificates certificates_;
  const std::filesystem::path folder_;
  const std::uint16_t port_;
  std::optional<Bridge> bridge_;
};

}  // namespace

class RenewalTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RenewalTest);
  CPPUNIT_TEST(a_renewed_certificate_is_shown_to_new_connections_after_sighup);
  CPPUNIT_TEST(a_certificate_that_does_not_fit_changes_nothing);
  CPPUNIT_TEST(a_clean_stop_forgives_no_call_and_a_kill_those_of_a_few_seconds);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_renewed_certificate_is_shown_to_new_connections_after_sighup() {
    Renewed site("renewal_certificate");
    const long first = site.serial();
    const auto open = site.connect();
    CPPUNIT_ASSERT_EQUAL(200, Renewed::healthy(*open));
    site.take(site.certificates().issue("localhost"));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("until somebody says so", first, site.serial());
    site.reload("reloaded");
    CPPUNIT_ASSERT_MESSAGE("another certificate", site.serial() != first);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("an open connection goes on", 200, Renewed::healthy(*open));
  }

  void a_certificate_that_does_not_fit_changes_nothing() {
    Renewed site("renewal_broken");
    const long first = site.serial();
    // Another pair's certificate: the key is still the old one's.
    site.take(site.certificates().issue("localhost").certificate_file, "fullchain.pem");
    site.reload("reload_failed");
    CPPUNIT_ASSERT_EQUAL(first, site.serial());
    const auto whole = site.certificates().issue("localhost");
    site.take(whole);
    site.reload("reloaded");
    CPPUNIT_ASSERT_MESSAGE("mended", site.serial() != first);
  }

  void a_clean_stop_forgives_no_call_and_a_kill_those_of_a_few_seconds() {
    constexpr int quota = 500;
    const auto folder = acceptance::fresh_folder("renewal_quota");
    Bridge bridge(folder, "bridge",
                  "queues:\n  - {name: acme, kind: hosted, quota: {calls_a_day: 500, time_zone: " +
                      zone_far_from_midnight() + "}}\n");
    const std::string key = bridge.make_key("acme");
    bridge.start();
    for (int n = 1; n <= 20; ++n) CPPUNIT_ASSERT_EQUAL(quota - n, remaining(bridge, key));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("exit code; see " + bridge.log(), 0, bridge.stop());
    bridge.start();
    CPPUNIT_ASSERT_EQUAL_MESSAGE("after a clean stop", quota - 21, remaining(bridge, key));
    for (int n = 22; n <= 40; ++n) remaining(bridge, key);
    // The count is written with every second status line: what was counted before the one before is kept.
    const auto told_at = [&] {
      const auto told = bridge.command({"status", "--json"});
      const auto at = told.out.find("\"at\"");
      return at == std::string::npos ? std::string() : told.out.substr(at, 40);
    };
    for (int n = 0; n < 2; ++n) {
      const std::string before = told_at();
      eventually("another status line; see " + bridge.log(), patience, [&] { return told_at() != before; });
    }
    bridge.kill();
    bridge.start();
    CPPUNIT_ASSERT_EQUAL_MESSAGE("after a kill", quota - 41, remaining(bridge, key));
    bridge.kill();
    bridge.start();
    const int left = remaining(bridge, key);
    CPPUNIT_ASSERT_MESSAGE("only the last calls are forgiven, not " + std::to_string(left),
                           left >= quota - 42 && left <= quota - 41);
  }

 private:
  // So that no day ends in the middle of a test.
  static std::string zone_far_from_midnight() {
    const auto now = std::chrono::system_clock::now();
    const auto hour =
        std::chrono::duration_cast<std::chrono::hours>(now - std::chrono::floor<std::chrono::days>(now));
    return hour.count() >= 12 ? "Etc/GMT+10" : "Etc/GMT-10";
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RenewalTest);
