#include "bridge/access/access.h"

#include <filesystem>
#include <fstream>

#include <cppunit/extensions/HelperMacros.h>

#include "bridge/access/secret_text.h"
#include "bridge/ops/error.h"
#include "tests/support/access_site.h"
#include "tests/support/key_store.h"
#include "tests/support/quiet_fixture.h"

using bridge::Access;
using bridge::Credential;
using bridge::Error;
using bridge::Issued;
using bridge::RequestHeaders;
using bridge::SecretForm;

namespace {
std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

Access::Settings looking_every(std::chrono::milliseconds every) {
  Access::Settings settings;
  settings.look_every = every;
  return settings;
}

// Whether the key opens its queue.
bool opens(Access& access, const std::string& key) {
  const RequestHeaders headers = {{"apikey", key}};
  try {
    return !access.authenticate({"GET", "/requests", headers, "192.0.2.1", "id"}).queue.empty();
  } catch (const bridge::Refused&) {
    return false;
  }
}

Credential of(const std::string& queue) {
  Credential wanted;
  wanted.queue = queue;
  return wanted;
}
}  // namespace

class AccessTest : public tests::QuietFixture {
  CPPUNIT_TEST_SUITE(AccessTest);
  CPPUNIT_TEST(a_secret_is_recognisable_and_kept_as_a_keyed_hash_only);
  CPPUNIT_TEST(a_typo_is_refused_without_counting_as_a_guess);
  CPPUNIT_TEST(an_id_is_read_in_each_of_its_spellings_and_never_out_of_a_secret);
  CPPUNIT_TEST(a_known_key_spares_the_store_and_a_new_one_works_at_once);
  CPPUNIT_TEST(what_changes_here_counts_at_once);
  CPPUNIT_TEST(what_changes_elsewhere_counts_at_the_next_look);
  CPPUNIT_TEST(unknown_wrong_and_locked_ask_the_store_alike);
  CPPUNIT_TEST(a_broken_store_shuts_nobody_out_whom_it_knew);
  CPPUNIT_TEST(an_old_hash_goes_on_and_becomes_a_keyed_one);
  CPPUNIT_TEST(an_old_secret_is_good_for_the_overlap);
  CPPUNIT_TEST(notes_uses_seldom_and_all_of_them_at_the_end);
  CPPUNIT_TEST(makes_a_pepper_beside_the_store_and_knows_it_again);
  CPPUNIT_TEST(hashes_as_rfc_4231_says);
  CPPUNIT_TEST(a_pair_that_was_made_before_becomes_a_client);
  CPPUNIT_TEST(who_shows_what_was_good_once_is_no_guesser);
  CPPUNIT_TEST(a_right_secret_from_a_locked_address_is_no_guess);
  CPPUNIT_TEST(a_broken_store_is_believed_for_so_long_however_seldom_it_is_asked);
  CPPUNIT_TEST(nobody_comes_in_with_a_credential_of_no_tenant);
  CPPUNIT_TEST(an_old_hash_becomes_a_keyed_one_once);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_secret_is_recognisable_and_kept_as_a_keyed_hash_only() {
    const std::pair<bridge::CredentialKind, std::string> kinds[] = {
        {bridge::CredentialKind::api_key, "cs_live_"},
        {bridge::CredentialKind::rest_key, "cs_rest_"},
        {bridge::CredentialKind::client, "cs_secret_"}};
    for (const auto& [kind, prefix] : kinds) {
      Credential wanted = of("acme");
      wanted.kind = kind;
      const Issued made = bridge::issue(*tests::pepper(), wanted, {});
      CPPUNIT_ASSERT_EQUAL(prefix + made.row.id + '_', made.secret.substr(0, prefix.size() + 9));
      CPPUNIT_ASSERT_EQUAL(prefix.size() + 8 + 1 + 36 + 1 + 6, made.secret.size());
      CPPUNIT_ASSERT(bridge::checksum_fits(made.secret));
      CPPUNIT_ASSERT_EQUAL(made.row.hash, tests::pepper()->hash(made.secret));
      CPPUNIT_ASSERT(made.row.hash.starts_with("hmac-sha256:"));
      CPPUNIT_ASSERT_EQUAL(made.secret.substr(made.secret.size() - 4), made.row.last_four);
      CPPUNIT_ASSERT(bridge::describe(made.row).dump().find(made.row.hash) == std::string::npos);
      CPPUNIT_ASSERT(made.secret != bridge::issue(*tests::pepper(), wanted, {}).secret);
    }
  }

  void a_typo_is_refused_without_counting_as_a_guess() {
    tests::KeyStore store;
    const std::string key = tests::add_key(store, "acme");
    const auto access = tests::make_access(store);
    for (std::size_t i = 0; i < key.size(); ++i) {
      std::string wrong = key;
      wrong[i] = wrong[i] == 'a' ? 'b' : 'a';
      CPPUNIT_ASSERT_MESSAGE(wrong, !opens(*access, wrong));
    }
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, access->lockout().counts().ids_held);
    CPPUNIT_ASSERT(opens(*access, key));
  }

  void an_id_is_read_in_each_of_its_spellings_and_never_out_of_a_secret() {
    const std::string client_id = bridge::make_secret(SecretForm::client_id, "3fa97f2c");
    for (const std::string& typed :
         {std::string("3fa97f2c"), std::string("cs_live_3fa97f2c"), std::string("cs_rest_3fa97f2c"),
          std::string("cs_client_3fa97f2c"), client_id})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(typed, std::string("3fa97f2c"), bridge::id_from(typed));
    for (const std::string& typed : {std::string(), std::string("3fa97f2"), std::string("3FA97F2C"),
                                     bridge::make_secret(SecretForm::api_key, "3fa97f2c")})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(typed, std::string(), bridge::id_from(typed));
  }

  void a_known_key_spares_the_store_and_a_new_one_works_at_once() {
    tests::KeyStore store;
    const std::string key = tests::add_key(store, "acme");
    const auto access = tests::make_access(store, nullptr, looking_every(std::chrono::hours(1)));
    CPPUNIT_ASSERT(opens(*access, key));
    store.lookups = 0;
    for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(opens(*access, key));
    CPPUNIT_ASSERT_EQUAL(0, store.lookups);
    CPPUNIT_ASSERT(opens(*access, tests::add_key(store, "contoso")));
  }

  void what_changes_here_counts_at_once() {
    tests::AccessSite site;
    const auto access = tests::make_access(site.store(), &site.clock, looking_every(std::chrono::hours(1)));
    const Issued made = site.add(of("acme"));
    CPPUNIT_ASSERT(opens(*access, made.secret));
    site.change(made.row.id, [](Credential& row) { bridge::set_active(row, false); });
    CPPUNIT_ASSERT(opens(*access, made.secret));
    access->forget();
    CPPUNIT_ASSERT(!opens(*access, made.secret));
    site.change(made.row.id, [](Credential& row) { bridge::set_active(row, true); });
    CPPUNIT_ASSERT(opens(*access, made.secret));
  }

  void what_changes_elsewhere_counts_at_the_next_look() {
    tests::AccessSite site;
    const auto access =
        tests::make_access(site.store(), &site.clock, looking_every(std::chrono::milliseconds(0)));
    const Issued made = site.add(of("acme"));
    CPPUNIT_ASSERT(opens(*access, made.secret));
    site.store().credentials().remove(made.row.id, {});
    CPPUNIT_ASSERT(!opens(*access, made.secret));
    CPPUNIT_ASSERT(Access::Settings().look_every <= std::chrono::seconds(2));
  }

  void unknown_wrong_and_locked_ask_the_store_alike() {
    tests::KeyStore store;
    const std::string key = tests::add_key(store, "acme");
    const auto access = tests::make_access(store, nullptr, looking_every(std::chrono::hours(1)));
    CPPUNIT_ASSERT(opens(*access, key));
    const std::string wrong = bridge::make_secret(SecretForm::api_key, key.substr(8, 8));
    const std::string unknown = bridge::make_secret(SecretForm::api_key, "00000000");
    const auto lookups_of = [&](const std::string& text) {
      store.lookups = 0;
      CPPUNIT_ASSERT(!opens(*access, text));
      return store.lookups;
    };
    CPPUNIT_ASSERT_EQUAL(1, lookups_of(wrong));
    CPPUNIT_ASSERT_EQUAL(1, lookups_of(unknown));
    for (int i = 0; i < 4; ++i) lookups_of(wrong);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, access->lockout().counts().ids_locked);
    CPPUNIT_ASSERT_EQUAL(1, lookups_of(key));
    CPPUNIT_ASSERT_EQUAL(1, lookups_of(wrong));
  }

  void a_broken_store_shuts_nobody_out_whom_it_knew() {
    tests::KeyStore store;
    const std::string key = tests::add_key(store, "acme");
    const auto access = tests::make_access(store, nullptr, looking_every(std::chrono::milliseconds(0)));
    CPPUNIT_ASSERT(opens(*access, key));
    store.broken = true;
    CPPUNIT_ASSERT(opens(*access, key));
    // Who never knew it cannot say either.
    const auto fresh = tests::make_access(store);
    CPPUNIT_ASSERT_THROW(opens(*fresh, key), Error);
    // What must count at once is rather refused.
    access->forget();
    CPPUNIT_ASSERT_EQUAL(std::string("The store is not available"), refusal([&] { opens(*access, key); }));
  }

  void an_old_hash_goes_on_and_becomes_a_keyed_one() {
    tests::AccessSite site;
    // As it was made before there was a pepper.
    const std::string key = bridge::make_secret(SecretForm::api_key, "3fa97f2c");
    Credential row = of("acme");
    row.id = "3fa97f2c";
    row.hash = "sha256:" + bridge::hex_of(bridge::plain_digest(key));
    site.store().credentials().add(row, {});
    CPPUNIT_ASSERT(opens(site.access(), key));
    CPPUNIT_ASSERT(!opens(site.access(), bridge::make_secret(SecretForm::api_key, "3fa97f2c")));
    site.access().save();
    CPPUNIT_ASSERT_EQUAL(tests::pepper()->hash(key), site.store().credentials().find("3fa97f2c")->hash);
    site.access().forget();
    CPPUNIT_ASSERT(opens(site.access(), key));
  }

  void an_old_secret_is_good_for_the_overlap() {
    tests::AccessSite site;
    const Issued made = site.add(of("acme"));
    std::string fresh;
    site.change(made.row.id, [&](Credential& row) {
      fresh = bridge::rotate(*tests::pepper(), row, site.clock.now(), std::chrono::hours(2));
    });
    CPPUNIT_ASSERT(opens(site.access(), fresh));
    CPPUNIT_ASSERT(opens(site.access(), made.secret));
    CPPUNIT_ASSERT_EQUAL(fresh.substr(0, 17), made.secret.substr(0, 17));
    site.clock.advance(std::chrono::hours(2));
    CPPUNIT_ASSERT(opens(site.access(), fresh));
    CPPUNIT_ASSERT(!opens(site.access(), made.secret));
  }

  void notes_uses_seldom_and_all_of_them_at_the_end() {
    tests::AccessSite site;
    const Issued made = site.add(of("acme"));
    const auto uses = [&] { return site.store().credentials().find(made.row.id)->uses; };
    for (int i = 0; i < 3; ++i) opens(site.access(), made.secret);
    site.access().save();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, uses());
    opens(site.access(), made.secret);
    site.clock.advance(std::chrono::seconds(59));
    site.access().save();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, uses());
    site.clock.advance(std::chrono::seconds(1));
    site.access().save();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, uses());
    opens(site.access(), made.secret);
    site.access().save(true);
    const Credential row = site.store().credentials().find(made.row.id).value();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, row.uses);
    CPPUNIT_ASSERT(row.last_used == site.clock.now());
    CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.1"), row.last_ip);
  }

  void makes_a_pepper_beside_the_store_and_knows_it_again() {
    const tests::TemporaryFolder folder;
    const std::string where = "sqlite:" + (folder / "test.db").string();
    const auto store = bridge::open_store(where);
    const auto file = bridge::pepper_file(where);
    const auto open = [&](const std::optional<std::string>& configured) {
      return bridge::open_pepper(*store, file, configured, {});
    };
    const std::string hash = open(std::nullopt)->hash("x");
    CPPUNIT_ASSERT((std::filesystem::status(file).permissions() & std::filesystem::perms::all) ==
                   (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CPPUNIT_ASSERT_EQUAL(hash, open(std::nullopt)->hash("x"));
    // One file, and nothing half-made beside it.
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(file.parent_path()))
      files += entry.path().string().find(".pepper") != std::string::npos ? 1 : 0;
    CPPUNIT_ASSERT_EQUAL(1, files);

    std::string text;
    std::getline(std::ifstream(file), text);
    CPPUNIT_ASSERT_EQUAL(hash, open(text)->hash("x"));
    for (const auto& [name, value] : store->values("")) {
      CPPUNIT_ASSERT_MESSAGE(name, value.find(text) == std::string::npos);
    }
    const std::string wrong = refusal([&] { open("another one of enough length"); });
    CPPUNIT_ASSERT_MESSAGE(wrong, wrong.find("not the pepper that this store's") != std::string::npos);
    CPPUNIT_ASSERT_MESSAGE(wrong, wrong.find("another one") == std::string::npos);
    CPPUNIT_ASSERT(refusal([&] { open("short"); }).find("at least 16 bytes") != std::string::npos);
    std::filesystem::remove(file);
    CPPUNIT_ASSERT(refusal([&] { open(std::nullopt); }).find("is gone") != std::string::npos);
    CPPUNIT_ASSERT(!std::filesystem::exists(file));
  }

  void hashes_as_rfc_4231_says() {
    // Test cases 1 and 6: a short key, and one that is longer than a block.
    CPPUNIT_ASSERT_EQUAL(std::string("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
                         bridge::hex_of(bridge::Pepper(std::string(20, '\x0b')).mac("Hi There")));
    CPPUNIT_ASSERT_EQUAL(std::string("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
                         bridge::hex_of(bridge::Pepper(std::string(131, '\xaa'))
                                            .mac("Test Using Larger Than Block-Size Key - Hash Key First")));
    CPPUNIT_ASSERT_EQUAL(std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
                         bridge::hex_of(bridge::plain_digest("abc")));
  }

  void a_pair_that_was_made_before_becomes_a_client() {
    tests::AccessSite site;
    const auto [id, secret] = bridge::make_client_pair(*tests::pepper());
    const auto pair = [&](const std::string& a, const std::string& b) {
      return bridge::issue_pair(*tests::pepper(), of("acme"), a, b, {});
    };
    const Issued made = pair(id, secret);
    site.store().credentials().add(made.row, {});
    CPPUNIT_ASSERT_EQUAL("cs_token_" + made.row.id + '_', site.token(made).substr(0, 18));
    CPPUNIT_ASSERT(id.size() <= 32 && secret.size() <= 100);
    // By hand: with an id, a prefix and a checksum that fit, and a secret that somebody chose.
    const auto chosen = [](const std::string& of) {
      return bridge::with_checksum("cs_secret_" + of + '_' + std::string(36, 'a'));
    };
    const std::string other = bridge::make_secret(SecretForm::client_id, "3fa97f2c");
    const bridge::Pepper elsewhere("another bridge's pepper");
    const auto foreign = bridge::make_client_pair(elsewhere);
    for (const auto& [a, b] : {std::pair(id, bridge::make_secret(SecretForm::client_secret, "3fa97f2d")),
                               std::pair(secret, secret), std::pair(id, id), std::pair(id, secret + 'x'),
                               std::pair(std::string("mine"), std::string("guessable")),
                               std::pair(id, chosen(made.row.id)), std::pair(other, chosen("3fa97f2c")),
                               std::pair(other, bridge::make_secret(SecretForm::client_secret, "3fa97f2c")),
                               std::pair(foreign.client_id, foreign.secret)})
      CPPUNIT_ASSERT_THROW_MESSAGE(a + ' ' + b, pair(a, b), Error);
  }

  void who_shows_what_was_good_once_is_no_guesser() {
    tests::AccessSite site;
    Credential wanted = of("acme");
    wanted.kind = bridge::CredentialKind::client;
    const Issued client = site.add(wanted), key = site.add(of("acme"));
    const std::string token = site.token(client);
    for (const std::string& id : {client.row.id, key.row.id})
      site.change(id, [&](Credential& row) {
        bridge::rotate(*tests::pepper(), row, site.clock.now(), std::chrono::seconds(0));
      });
    site.access().forget();
    for (int i = 0; i < 10; ++i) {
      CPPUNIT_ASSERT(!opens(site.access(), key.secret));
      CPPUNIT_ASSERT_EQUAL(401,
                           site.ask("GET", "/requests", "Authorization: Bearer " + token + "\r\n").status);
      CPPUNIT_ASSERT_THROW(site.token(client), CppUnit::Exception);
    }
    site.store().credentials().remove(client.row.id, {});
    site.access().forget();
    CPPUNIT_ASSERT_EQUAL(401, site.ask("GET", "/requests", "Authorization: Bearer " + token + "\r\n").status);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, site.access().lockout().counts().ids_held);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, site.access().lockout().counts().addresses_held);
  }

  void a_right_secret_from_a_locked_address_is_no_guess() {
    tests::AccessSite site;
    const Issued made = site.add(of("acme"));
    const auto from = bridge::IpAddress::parse("192.0.2.1");
    for (int i = 0; i < 20; ++i) site.access().lockout().failed("", from);
    for (int i = 0; i < 10; ++i) CPPUNIT_ASSERT(!opens(site.access(), made.secret));
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, site.access().lockout().counts().ids_held);
  }

  void a_broken_store_is_believed_for_so_long_however_seldom_it_is_asked() {
    tests::KeyStore store;
    const std::string key = tests::add_key(store, "acme");
    Access::Settings settings = looking_every(std::chrono::hours(1));
    settings.believed = std::chrono::milliseconds(0);
    const auto access = tests::make_access(store, nullptr, settings);
    CPPUNIT_ASSERT(opens(*access, key));
    store.broken = true;
    CPPUNIT_ASSERT_THROW(opens(*access, key), Error);
  }

  void nobody_comes_in_with_a_credential_of_no_tenant() {
    tests::AccessSite site;
    const Issued made = site.add(of(""));
    const RequestHeaders headers = {{"apikey", made.secret}};
    CPPUNIT_ASSERT_THROW(site.access().authenticate({"GET", "/requests", headers, "192.0.2.1", "id"}),
                         bridge::Refused);
  }

  void an_old_hash_becomes_a_keyed_one_once() {
    tests::AccessSite site;
    const std::string key = bridge::make_secret(SecretForm::api_key, "3fa97f2c");
    Credential row = of("acme");
    row.id = "3fa97f2c";
    row.hash = "sha256:" + bridge::hex_of(bridge::plain_digest(key));
    site.store().credentials().add(row, {});
    bridge::Access& access = site.access();
    CPPUNIT_ASSERT(opens(access, key));
    access.save();
    // As if it were old again: nobody writes it a second time before it is read anew.
    site.store().credentials().rehash(row.id, tests::pepper()->hash(key), row.hash);
    CPPUNIT_ASSERT(opens(access, key));
    access.save();
    CPPUNIT_ASSERT_EQUAL(row.hash, site.store().credentials().find(row.id)->hash);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccessTest);
