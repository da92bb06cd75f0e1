#include "bridge/ops/address_guard.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/hooks/signature.h"
#include "bridge/ops/error.h"
#include "connectors/engine/http_exchange.h"
#include "tests/support/scripted_server.h"

using bridge::AddressGuard;

class AddressGuardTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AddressGuardTest);
  CPPUNIT_TEST(refuses_what_is_no_receivers_address);
  CPPUNIT_TEST(lets_pass_what_the_list_names);
  CPPUNIT_TEST(refuses_a_list_with_nonsense);
  CPPUNIT_TEST(is_asked_before_a_connection_is_made);
  CPPUNIT_TEST(signs_as_the_documentation_says);
  CPPUNIT_TEST_SUITE_END();

 public:
  void refuses_what_is_no_receivers_address() {
    const std::pair<const char*, const char*> cases[] = {
        {"127.0.0.1", "a loopback address"},
        {"127.255.255.254", "a loopback address"},
        {"::1", "a loopback address"},
        {"::ffff:127.0.0.1", "a loopback address"},
        {"::ffff:7f00:1", "a loopback address"},
        {"::127.0.0.1", "a loopback address"},
        {"::ffff:0:127.0.0.1", "a loopback address"},
        {"64:ff9b::7f00:1", "a loopback address"},
        {"2002:7f00:1::", "a loopback address"},
        {"169.254.169.254", "a metadata service"},
        {"::ffff:169.254.169.254", "a metadata service"},
        {"64:ff9b::169.254.169.254", "a metadata service"},
        {"2002:a9fe:a9fe::1", "a metadata service"},
        {"fd00:ec2::254", "a metadata service"},
        {"fd20:ce::254", "a metadata service"},
        {"100.100.100.200", "a metadata service"},
        {"168.63.129.16", "a metadata service"},
        {"192.0.0.192", "a metadata service"},
        {"169.254.1.1", "a link-local address"},
        {"fe80::1", "a link-local address"},
        {"fe80::1%eth0", "a link-local address"},
        {"febf::1", "a link-local address"},
        {"fec0::1", "a site-local address"},
        {"0.0.0.0", "no host's address"},
        {"0.1.2.3", "no host's address"},
        {"::", "no host's address"},
        {"224.0.0.1", "a multicast address"},
        {"ff02::1", "a multicast address"},
        {"255.255.255.255", "a reserved address"},
        {"240.0.0.1", "a reserved address"},
        {"localhost", "not an address"},
        {"0x7f.1", "not an address"},
        {"", "not an address"},
        {"192.0.2.1", ""},
        {"10.0.0.1", ""},
        {"172.16.3.4", ""},
        {"192.168.1.1", ""},
        {"fd12:3456::1", ""},
        {"2001:db8::1", ""},
        {"2002:c000:201::1", ""},
        {"::ffff:192.0.2.1", ""},
        {"128.0.0.1", ""},
        {"126.255.255.255", ""},
        {"169.253.255.255", ""},
        {"223.255.255.255", ""},
        {"fe00::1", ""},
    };
    const AddressGuard guard;
    for (const auto& [address, why] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(address, std::string(why), guard.refuse("host.test", address));
  }

  void lets_pass_what_the_list_names() {
    const AddressGuard guard({"siem.internal", "169.254.10.0/24", "::1"});
    CPPUNIT_ASSERT_EQUAL(std::string(), guard.refuse("SIEM.internal", "127.0.0.1"));
    CPPUNIT_ASSERT(!guard.refuse("other.internal", "127.0.0.1").empty());
    CPPUNIT_ASSERT(!guard.refuse("a.siem.internal", "127.0.0.1").empty());
    CPPUNIT_ASSERT_EQUAL(std::string(), guard.refuse("x", "169.254.10.7"));
    CPPUNIT_ASSERT_EQUAL(std::string(), guard.refuse("x", "::ffff:169.254.10.7"));
    CPPUNIT_ASSERT(!guard.refuse("x", "169.254.11.7").empty());
    CPPUNIT_ASSERT_EQUAL(std::string(), guard.refuse("x", "::1"));
    CPPUNIT_ASSERT(guard.names("Siem.Internal"));
    CPPUNIT_ASSERT(guard.names("169.254.10.1"));
    CPPUNIT_ASSERT(!guard.names("169.254.11.1"));
  }

  void refuses_a_list_with_nonsense() {
    for (const char* entry : {"", "10.0.0.0/33", "10.0.0.0/", "::1/129", "host/8", "a b", "https://x"})
      CPPUNIT_ASSERT_THROW_MESSAGE(entry, AddressGuard({entry}), bridge::Error);
  }

  void is_asked_before_a_connection_is_made() {
    tests::ScriptedServer server([](tests::Peer& peer) {
      if (peer.read_request()) peer.answer(200, "{}");
    });
    const AddressGuard closed;
    connectors::HttpClient refused({}, {}, [&](const std::string& host, const std::string& address) {
      return closed.refuse(host, address);
    });
    const std::string port = std::to_string(server.port());
    for (const std::string host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"}) {
      const auto result = refused.exchange({"POST", "http://" + host + ':' + port + "/", {}, "{}"});
      CPPUNIT_ASSERT_MESSAGE(host, result.delivery == connectors::Delivery::not_delivered);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(host, std::string("forbidden_address"), result.reason);
    }
    CPPUNIT_ASSERT_EQUAL(0, server.accepted());
    const AddressGuard open({"localhost"});
    connectors::HttpClient allowed({}, {}, [&](const std::string& host, const std::string& address) {
      return open.refuse(host, address);
    });
    const auto result = allowed.exchange({"POST", "http://localhost:" + port + "/", {}, "{}"});
    CPPUNIT_ASSERT_EQUAL(200, result.answer.status);
    CPPUNIT_ASSERT_EQUAL(std::string("forbidden_address"),
                         allowed.exchange({"POST", "http://127.0.0.1:" + port + "/", {}, "{}"}).reason);
  }

  // The vector of docs/webhooks.md.
  void signs_as_the_documentation_says() {
    const bridge::Time at = bridge::from_micros(1'700'000'000'999'999);
    const std::string body = R"({"id":1})";
    CPPUNIT_ASSERT_EQUAL(
        std::string("t=1700000000,v1=2f441ba4b3b2d50d28a9ab9d9fd8880376ecd1eb5d0435401553f5d8d0a5dcf8,"
                    "v1=19ba26ec17fc1d669efd043b897a630ed12f38e7ad371c6b410f5e93155c5a8e"),
        bridge::delivery_signature({bridge::Secret("whsec_test"), bridge::Secret("whsec_old")}, at, body));
    CPPUNIT_ASSERT_EQUAL(std::string(), bridge::delivery_signature({}, at, body));
    const std::string one = bridge::generate_hook_secret().reveal();
    CPPUNIT_ASSERT_EQUAL(std::size_t{70}, one.size());
    CPPUNIT_ASSERT(one != bridge::generate_hook_secret().reveal());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(AddressGuardTest);
