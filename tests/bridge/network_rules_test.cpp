#include "bridge/access/network_rules.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/error.h"

using bridge::client_address;
using bridge::IpAddress;
using bridge::NetworkRules;

namespace {
NetworkRules rules(const std::vector<std::string>& entries) {
  return NetworkRules::parse(entries, "test");
}
bool contains(const NetworkRules& rules, const char* address) {
  return rules.contains(IpAddress::parse(address).value());
}
}  // namespace

class NetworkRulesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(NetworkRulesTest);
  CPPUNIT_TEST(reads_addresses_strictly);
  CPPUNIT_TEST(holds_what_lies_inside_and_nothing_beside);
  CPPUNIT_TEST(writes_every_entry_in_one_spelling);
  CPPUNIT_TEST(refuses_an_entry_and_says_what_to_write);
  CPPUNIT_TEST(names_the_place_of_every_wrong_entry);
  CPPUNIT_TEST(joins_what_overlaps_without_changing_what_is_shown);
  CPPUNIT_TEST(a_list_without_entries_allows_everyone_and_trusts_nobody);
  CPPUNIT_TEST(agrees_with_a_plain_walk_over_all_entries);
  CPPUNIT_TEST(believes_forwarding_from_trusted_proxies_only);
  CPPUNIT_TEST_SUITE_END();

 public:
  void reads_addresses_strictly() {
    const std::pair<const char*, const char*> good[] = {
        {"192.0.2.1", "192.0.2.1"},         {"::ffff:192.0.2.1", "192.0.2.1"},
        {"::FFFF:c000:201", "192.0.2.1"},   {"0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"},
        {"2001:DB8:0:0::1", "2001:db8::1"}, {"::", "::"},
        {"::192.0.2.1", "::192.0.2.1"},
    };
    for (const auto& [text, canonical] : good)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string(canonical), IpAddress::parse(text).value().text());
    for (const char* text :
         {"", " 192.0.2.1", "192.0.2.1 ", "192.0.2", "192.0.2.1.1", "192.0.2.256", "192.0.2.01", "0xc0.0.2.1",
          "3221225985", "1::2::3", "fe80::1%eth0", "[::1]", "192.0.2.1:80", "localhost",
          "12345::", "1:2:3:4:5:6:7", "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"})
      CPPUNIT_ASSERT_MESSAGE(text, !IpAddress::parse(text));
    CPPUNIT_ASSERT(!IpAddress::parse(std::string_view("192.0.2.1\0", 10)));
    CPPUNIT_ASSERT_EQUAL(std::string("fe80::1"), IpAddress::parse_peer("fe80::1%eth0").value().text());
  }

  void holds_what_lies_inside_and_nothing_beside() {
    struct Case {
      const char* entry;
      std::vector<const char*> inside, outside;
    };
    const Case cases[] = {
        {"192.0.2.7", {"192.0.2.7", "::ffff:192.0.2.7"}, {"192.0.2.6", "192.0.2.8", "::192.0.2.7"}},
        {"::ffff:192.0.2.7", {"192.0.2.7"}, {"192.0.2.8"}},
        {"192.0.2.0/24", {"192.0.2.0", "192.0.2.255"}, {"192.0.1.255", "192.0.3.0", "2001:db8::1"}},
        {"::ffff:192.0.2.0/120", {"192.0.2.0", "192.0.2.255"}, {"192.0.3.0"}},
        {"10.0.0.0/7", {"10.0.0.0", "11.255.255.255"}, {"9.255.255.255", "12.0.0.0"}},
        {"192.0.2.8/31", {"192.0.2.8", "192.0.2.9"}, {"192.0.2.7", "192.0.2.10"}},
        {"0.0.0.0/0", {"0.0.0.1", "255.255.255.255", "::ffff:1.2.3.4"}, {"::1", "2001:db8::1"}},
        {"::/0", {"::1", "2001:db8::1", "ffff::"}, {"192.0.2.1", "::ffff:192.0.2.1"}},
        {"::/64", {"::1", "::ffff:ffff:1:1"}, {"192.0.2.1"}},
        {"2001:db8::/32", {"2001:db8::", "2001:db8:ffff::1"}, {"2001:db7:ffff::", "2001:db9::"}},
        {"2001:db8::/33", {"2001:db8:7fff::"}, {"2001:db8:8000::"}},
        {"192.0.2.10-192.0.2.20", {"192.0.2.10", "192.0.2.20"}, {"192.0.2.9", "192.0.2.21"}},
        {"2001:db8::1 - 2001:db8::ffff", {"2001:db8::1", "2001:db8::ff"}, {"2001:db8::", "2001:db8::1:0"}},
        {"255.255.255.0-255.255.255.255", {"255.255.255.255"}, {"255.255.254.255", "::1:0:0:0"}},
    };
    for (const Case& one : cases) {
      const NetworkRules list = rules({one.entry});
      for (const char* address : one.inside)
        CPPUNIT_ASSERT_MESSAGE(std::string(one.entry) + " holds " + address, contains(list, address));
      for (const char* address : one.outside)
        CPPUNIT_ASSERT_MESSAGE(std::string(one.entry) + " lacks " + address, !contains(list, address));
    }
  }

  void writes_every_entry_in_one_spelling() {
    const std::pair<const char*, const char*> cases[] = {
        {" 192.0.2.7 ", "192.0.2.7"},
        {"192.0.2.7/32", "192.0.2.7"},
        {"::FFFF:192.0.2.7", "192.0.2.7"},
        {"::ffff:192.0.2.0/120", "192.0.2.0/24"},
        {"2001:DB8:0:0:0:0:0:0/32", "2001:db8::/32"},
        {"2001:db8::1/128", "2001:db8::1"},
        {"192.0.2.7 - 192.0.2.9", "192.0.2.7-192.0.2.9"},
        {"192.0.2.7-192.0.2.7", "192.0.2.7"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"::/0", "::/0"},
    };
    for (const auto& [entry, text] : cases) {
      const std::vector<std::string> expected{text};
      CPPUNIT_ASSERT_MESSAGE(entry, rules({entry}).entries() == expected);
      CPPUNIT_ASSERT_MESSAGE(entry, rules({text}).entries() == expected);
    }
  }

  void refuses_an_entry_and_says_what_to_write() {
    const std::pair<const char*, const char*> cases[] = {
        {"", "empty; write an address or leave the entry out"},
        {"  ", "empty; write an address or leave the entry out"},
        {"10.0.0.1/8",
         "bits are set behind the length of the network; write 10.0.0.0/8 for the network or 10.0.0.1 for "
         "the "
         "one address"},
        {"::ffff:10.0.0.1/104",
         "bits are set behind the length of the network; write 10.0.0.0/8 for the network or 10.0.0.1 for "
         "the "
         "one address"},
        {"2001:db8::1/32",
         "bits are set behind the length of the network; write 2001:db8::/32 for the network or 2001:db8::1 "
         "for the one address"},
        {"10.0.0.0/0", "a network of length 0 is every address; write 0.0.0.0/0 if that is what you mean"},
        {"::ffff:0:0/96", "a network of length 0 is every address; write 0.0.0.0/0 if that is what you mean"},
        {"2001:db8::/0", "a network of length 0 is every address; write ::/0 if that is what you mean"},
        {"0.0.0.0-255.255.255.255", "this range is every address; write 0.0.0.0/0 if that is what you mean"},
        {"::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
         "this range is every address; write ::/0 if that is what you mean"},
        {"::ffff:10.0.0.0/64", "an IPv6 network that holds all of IPv4 is not taken; write the IPv4 network"},
        {"10.0.0.0/33", "what stands behind the slash must be a number from 0 to 32"},
        {"10.0.0.0/", "what stands behind the slash must be a number from 0 to 32"},
        {"10.0.0.0/-1", "what stands behind the slash must be a number from 0 to 32"},
        {"10.0.0.0/08", "what stands behind the slash must be a number from 0 to 32"},
        {"10.0.0.0/8/8", "what stands behind the slash must be a number from 0 to 32"},
        {"10.0.0.0/255.0.0.0", "what stands behind the slash must be a number from 0 to 32"},
        {"::1/129", "what stands behind the slash must be a number from 0 to 128"},
        {"/8", "what stands before the slash is not an address"},
        {"*", "write 0.0.0.0/0 and ::/0 to allow every address"},
        {"10.0.0.*", "there are no wildcards; write a network, such as 192.0.2.0/24"},
        {"fe80::1%eth0", "an address with a zone means something on one host only; write it without"},
        {"[::1]:443", "leave out the brackets and the port"},
        {"10.0.0.1:443", "leave out the brackets and the port"},
        {"0.0.0.0",
         "nobody calls from this address; write 0.0.0.0/0 if everyone may, and leave it out otherwise"},
        {"::", "nobody calls from this address; write ::/0 if everyone may, and leave it out otherwise"},
        {"10.0.0.9-10.0.0.1", "the range ends before it begins; write the lower address first"},
        {"10.0.0.1-::1", "a range cannot begin in IPv4 and end in IPv6"},
        {"10.0.0.1-", "a range is two addresses with a - between them"},
        {"10.0.0.1-10.0.0.2-10.0.0.3", "a range is two addresses with a - between them"},
        {"host.test", "not an address; write one such as 192.0.2.7, 2001:db8::1 or 192.0.2.0/24"},
    };
    for (const auto& [entry, text] : cases) {
      std::vector<NetworkRules::Problem> problems;
      const NetworkRules list = NetworkRules::parse({entry}, problems);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(entry, std::size_t{1}, problems.size());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(entry, std::string(text), problems[0].text);
      CPPUNIT_ASSERT_MESSAGE(entry, list.empty());
    }
  }

  void names_the_place_of_every_wrong_entry() {
    std::string message;
    try {
      NetworkRules::parse({"10.0.0.0/8", "10.1.2.3/16", "::1", "x"}, "access.networks");
    } catch (const bridge::Error& error) {
      message = error.what();
    }
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            "access.networks: entry 2 (10.1.2.3/16): bits are set behind the length of the network; write "
            "10.1.0.0/16 for the network or 10.1.2.3 for the one address; access.networks: entry 4 (x): "
            "not an address; write one such as 192.0.2.7, 2001:db8::1 or 192.0.2.0/24"),
        message);
  }

  void joins_what_overlaps_without_changing_what_is_shown() {
    const NetworkRules list =
        rules({"10.0.0.0/9", "10.128.0.0/9", "10.1.0.0/16", "10.0.0.0/9", "11.0.0.0-11.0.0.5"});
    const std::vector<std::string> shown = {"10.0.0.0/9", "10.128.0.0/9", "10.1.0.0/16", "11.0.0.0-11.0.0.5"};
    CPPUNIT_ASSERT(shown == list.entries());
    for (const char* address : {"10.0.0.0", "10.127.255.255", "10.128.0.0", "10.255.255.255", "11.0.0.5"})
      CPPUNIT_ASSERT_MESSAGE(address, contains(list, address));
    CPPUNIT_ASSERT(!contains(list, "11.0.0.6"));
    CPPUNIT_ASSERT(!contains(list, "9.255.255.255"));
  }

  void a_list_without_entries_allows_everyone_and_trusts_nobody() {
    const NetworkRules none;
    CPPUNIT_ASSERT(none.allows(IpAddress::parse("192.0.2.1")));
    CPPUNIT_ASSERT(none.allows(std::nullopt));
    CPPUNIT_ASSERT(!contains(none, "192.0.2.1"));
    const NetworkRules all = rules({"0.0.0.0/0", "::/0"});
    CPPUNIT_ASSERT(all.allows(IpAddress::parse("192.0.2.1")));
    CPPUNIT_ASSERT(all.allows(IpAddress::parse("::1")));
    CPPUNIT_ASSERT(!all.allows(std::nullopt));
  }

  void agrees_with_a_plain_walk_over_all_entries() {
    std::uint32_t seed = 20260131;
    const auto next = [&seed](std::uint32_t below) {
      seed = seed * 1664525u + 1013904223u;
      return (seed >> 8) % below;
    };
    const auto address = [&](bool v4) {
      const std::string low = std::to_string(next(4)) + '.' + std::to_string(next(256));
      return v4 ? "10.0." + low : "2001:db8::" + std::to_string(next(4)) + ':' + std::to_string(next(256));
    };
    for (int round = 0; round < 200; ++round) {
      std::vector<std::string> entries;
      std::vector<std::pair<IpAddress, IpAddress>> plain;
      for (std::uint32_t i = 0; i < 1 + next(12); ++i) {
        const bool v4 = next(2) == 0;
        const IpAddress base = IpAddress::parse(address(v4)).value();
        const int length = static_cast<int>((v4 ? 20 : 108) + next(13));
        const int whole = v4 ? length + 96 : length;
        entries.push_back(base.first_of(whole).text() + '/' + std::to_string(length));
        plain.emplace_back(base.first_of(whole), base.last_of(whole));
      }
      const NetworkRules list = rules(entries);
      for (int probe = 0; probe < 50; ++probe) {
        const std::string text = address(next(2) == 0);
        const IpAddress asked = IpAddress::parse(text).value();
        bool expected = false;
        for (const auto& [first, last] : plain) expected = expected || (first <= asked && asked <= last);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(text, expected, list.contains(asked));
      }
    }
  }

  void believes_forwarding_from_trusted_proxies_only() {
    const NetworkRules proxies = rules({"10.0.0.0/8", "fd00::/8", "fe80::/10"});
    struct Case {
      const char* name;
      const char* peer;
      std::vector<const char*> forwarded;
      const char* caller;  // empty: not known
    };
    const Case cases[] = {
        {"no proxy", "192.0.2.1", {}, "192.0.2.1"},
        {"a stranger's word", "192.0.2.1", {"198.51.100.9"}, "192.0.2.1"},
        {"a stranger claims to be a proxy's client", "192.0.2.1", {"10.0.0.1, 10.0.0.2"}, "192.0.2.1"},
        {"a proxy on its own behalf", "10.0.0.1", {}, "10.0.0.1"},
        {"a proxy's client", "10.0.0.1", {"198.51.100.9"}, "198.51.100.9"},
        {"a mapped peer", "::ffff:10.0.0.1", {"198.51.100.9"}, "198.51.100.9"},
        {"a mapped client", "10.0.0.1", {"::ffff:198.51.100.9"}, "198.51.100.9"},
        {"what the client wrote itself", "10.0.0.1", {"10.9.9.9, 127.0.0.1, 198.51.100.9"}, "198.51.100.9"},
        {"two proxies", "10.0.0.1", {"203.0.113.5, 198.51.100.9, 10.0.0.2"}, "198.51.100.9"},
        {"two headers", "10.0.0.1", {"203.0.113.5", "198.51.100.9, 10.0.0.2"}, "198.51.100.9"},
        {"two headers, the second all proxies", "10.0.0.1", {"203.0.113.5", "10.0.0.2"}, "203.0.113.5"},
        {"all are proxies", "10.0.0.1", {"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
        {"blanks", "10.0.0.1", {" 203.0.113.5 ,\t198.51.100.9\t"}, "198.51.100.9"},
        {"a port", "10.0.0.1", {"198.51.100.9:51234"}, "198.51.100.9"},
        {"IPv6", "fd00::1", {"2001:db8::9"}, "2001:db8::9"},
        {"IPv6 in brackets", "fd00::1", {"[2001:db8::9]"}, "2001:db8::9"},
        {"IPv6 with a port", "fd00::1", {"[2001:db8::9]:443"}, "2001:db8::9"},
        {"the peer has a zone", "fe80::1%eth0", {"198.51.100.9"}, "198.51.100.9"},
        {"unknown", "10.0.0.1", {"unknown"}, ""},
        {"unknown before a proxy", "10.0.0.1", {"198.51.100.9, unknown, 10.0.0.2"}, ""},
        {"unknown behind the client", "10.0.0.1", {"unknown, 198.51.100.9"}, "198.51.100.9"},
        {"a zone", "10.0.0.1", {"fe80::1%eth0"}, ""},
        {"an empty header", "10.0.0.1", {""}, ""},
        {"an empty end", "10.0.0.1", {"198.51.100.9,"}, ""},
        {"an empty second header", "10.0.0.1", {"198.51.100.9", ""}, ""},
        {"a name", "10.0.0.1", {"client.test"}, ""},
        {"an obfuscated one", "10.0.0.1", {"_hidden"}, ""},
        {"a port that is none", "10.0.0.1", {"198.51.100.9:http"}, ""},
        {"a port that is too large", "10.0.0.1", {"198.51.100.9:65536"}, ""},
        {"an empty port", "10.0.0.1", {"198.51.100.9:"}, ""},
        {"IPv4 in brackets", "10.0.0.1", {"[198.51.100.9]"}, ""},
        {"brackets that stay open", "10.0.0.1", {"[2001:db8::9"}, ""},
        {"text behind brackets", "10.0.0.1", {"[2001:db8::9]x"}, ""},
        {"quotes", "10.0.0.1", {"\"198.51.100.9\""}, ""},
        {"a network", "10.0.0.1", {"198.51.100.0/24"}, ""},
        {"a unix socket", "10.0.0.1", {"unix:"}, ""},
        {"a peer that is no address", "somewhere", {"198.51.100.9"}, ""},
    };
    for (const Case& one : cases) {
      std::vector<std::pair<std::string, std::string>> headers = {{"X-Real-IP", "203.0.113.77"},
                                                                  {"Forwarded", "for=203.0.113.78"}};
      for (const char* value : one.forwarded) headers.emplace_back("x-forwarded-FOR", value);
      const auto caller = client_address(one.peer, headers, proxies);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, std::string(one.caller), caller ? caller->text() : "");
    }
    const std::vector<std::pair<std::string, std::string>> spoofed = {{"X-Forwarded-For", "198.51.100.9"}};
    CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.1"), client_address("10.0.0.1", spoofed, {}).value().text());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(NetworkRulesTest);
