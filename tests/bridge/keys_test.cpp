#include "bridge/api/keys.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/error.h"
#include "tests/support/key_store.h"

using bridge::Incoming;
using bridge::Keys;
using bridge::NewKey;

namespace {
NewKey made(tests::KeyStore& store, const std::string& queue) {
  NewKey key = bridge::generate_key(queue, "a test", bridge::Time{});
  store.add_key(key.row);
  return key;
}

Incoming with(bridge::HeaderList headers) {
  Incoming request;
  request.headers = std::move(headers);
  return request;
}

// base64 of text whose length is any.
std::string basic(const std::string& text) {
  static const char* letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out = "Basic ";
  for (std::size_t i = 0; i < text.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits * 256 + (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k)
      out.push_back(i + k <= text.size() ? letters[bits >> (18 - 6 * k) & 63] : '=');
  }
  return out;
}
}  // namespace

class KeysTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(KeysTest);
  CPPUNIT_TEST(a_key_is_recognisable_and_kept_as_a_hash_only);
  CPPUNIT_TEST(a_typo_is_refused_without_asking_the_store);
  CPPUNIT_TEST(takes_the_header_in_any_case_and_basic_with_any_user);
  CPPUNIT_TEST(refuses_what_is_no_key_of_ours);
  CPPUNIT_TEST(two_keys_that_differ_are_refused);
  CPPUNIT_TEST(a_known_key_spares_the_store_and_a_new_one_works_at_once);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_key_is_recognisable_and_kept_as_a_hash_only() {
    const NewKey key = bridge::generate_key("acme", "laptop", bridge::Time{});
    CPPUNIT_ASSERT_EQUAL(std::string("cs_live_"), key.key.substr(0, 8));
    CPPUNIT_ASSERT_EQUAL(std::size_t(8 + 8 + 1 + 36 + 1 + 6), key.key.size());
    CPPUNIT_ASSERT_EQUAL(key.row.id, bridge::key_id_of(key.key));
    CPPUNIT_ASSERT_EQUAL(key.row.hash, bridge::key_hash(key.key));
    CPPUNIT_ASSERT_EQUAL(
        std::string("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        bridge::key_hash("abc"));
    CPPUNIT_ASSERT(key.row.hash.find(key.key.substr(17, 36)) == std::string::npos);
    CPPUNIT_ASSERT(key.key != bridge::generate_key("acme", "laptop", bridge::Time{}).key);
  }

  void a_typo_is_refused_without_asking_the_store() {
    tests::KeyStore store;
    const NewKey key = made(store, "acme");
    Keys keys(store);
    for (std::size_t i = 0; i < key.key.size(); ++i) {
      std::string wrong = key.key;
      wrong[i] = wrong[i] == 'a' ? 'b' : 'a';
      CPPUNIT_ASSERT_THROW_MESSAGE(wrong, keys.authenticate(with({{"apikey", wrong}})), bridge::Error);
    }
    CPPUNIT_ASSERT_EQUAL(0, store.key_lookups);
  }

  void takes_the_header_in_any_case_and_basic_with_any_user() {
    tests::KeyStore store;
    const std::string key = made(store, "acme").key;
    made(store, "contoso");
    Keys keys(store);
    const bridge::HeaderList cases[] = {
        {{"apikey", key}},
        {{"apiKey", key}},
        {{"APIKEY", key}},
        {{"Authorization", basic(":" + key)}},
        {{"authorization", basic("anyone:" + key)}},
        {{"Authorization", basic("ab:" + key)}},
        {{"Authorization", "bASIC " + basic("a:" + key).substr(6)}},
        {{"Authorization", basic("a:" + key)}, {"apikey", key}},
    };
    for (const auto& headers : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(headers.front().second, std::string("acme"),
                                   keys.authenticate(with(headers)).queue);
  }

  void refuses_what_is_no_key_of_ours() {
    tests::KeyStore store;
    const std::string key = made(store, "acme").key;
    const std::string unknown = bridge::generate_key("acme", "", bridge::Time{}).key;
    // Right public id and checksum, another secret.
    NewKey stolen_id = bridge::generate_key("acme", "", bridge::Time{});
    bridge::KeyRow other = stolen_id.row;
    other.hash = bridge::key_hash("something else");
    store.add_key(other);
    Keys keys(store);
    const bridge::HeaderList cases[] = {
        {},
        {{"apikey", ""}},
        {{"apikey", unknown}},
        {{"apikey", stolen_id.key}},
        {{"apikey", "b9a1b3e4-6a52-4a4e-9a35-6c3d1f0a2b11"}},
        {{"apikey", " " + key}},
        {{"apikey", "=?utf-8?B?" + basic(key).substr(6) + "?="}},
        {{"apikey", "=?utf-8?Q?" + key + "?="}},
        {{"Authorization", "Bearer " + key}},
        {{"Authorization", "Basic"}},
        {{"Authorization", "Basic " + key}},
        {{"Authorization", basic(key)}},
        {{"Authorization", basic(key + ":")}},
        {{"X-Api-Key", key}},
    };
    for (const auto& headers : cases) {
      const std::string name = headers.empty() ? "none" : headers.front().first + headers.front().second;
      try {
        keys.authenticate(with(headers));
        CPPUNIT_FAIL("accepted: " + name);
      } catch (const bridge::Error& error) {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string("Invalid API key"), std::string(error.what()));
      }
    }
  }

  void two_keys_that_differ_are_refused() {
    tests::KeyStore store;
    const std::string one = made(store, "acme").key;
    const std::string two = made(store, "acme").key;
    Keys keys(store);
    CPPUNIT_ASSERT_THROW(keys.authenticate(with({{"apikey", one}, {"apikey", two}})), bridge::Error);
    CPPUNIT_ASSERT_THROW(keys.authenticate(with({{"apikey", one}, {"Authorization", basic(":" + two)}})),
                         bridge::Error);
    CPPUNIT_ASSERT_THROW(keys.authenticate(with({{"apikey", one}, {"Authorization", "Bearer x"}})),
                         bridge::Error);
    CPPUNIT_ASSERT_EQUAL(std::string("acme"),
                         keys.authenticate(with({{"apikey", one}, {"apikey", one}})).queue);
  }

  void a_known_key_spares_the_store_and_a_new_one_works_at_once() {
    tests::KeyStore store;
    const NewKey key = made(store, "acme");
    Keys keys(store, std::chrono::hours(1));
    for (int i = 0; i < 3; ++i) keys.authenticate(with({{"apikey", key.key}}));
    CPPUNIT_ASSERT_EQUAL(1, store.key_lookups);

    const NewKey later = bridge::generate_key("contoso", "", bridge::Time{});
    CPPUNIT_ASSERT_THROW(keys.authenticate(with({{"apikey", later.key}})), bridge::Error);
    store.add_key(later.row);
    CPPUNIT_ASSERT_EQUAL(std::string("contoso"), keys.authenticate(with({{"apikey", later.key}})).queue);

    Keys forgetful(store, std::chrono::milliseconds(0));
    store.key_lookups = 0;
    for (int i = 0; i < 3; ++i) forgetful.authenticate(with({{"apikey", key.key}}));
    CPPUNIT_ASSERT_EQUAL(3, store.key_lookups);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(KeysTest);
