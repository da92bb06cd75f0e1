// Credentials as a person handles them: made, used, rotated and ended at the command line, beside a bridge
// that runs; and whether the time of a refusal tells an unknown id from a wrong secret.

#include <algorithm>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/access/secret_text.h"
#include "bridge/ops/log.h"
#include "tests/acceptance/site.h"
#include "tests/support/key_ring.h"
#include "tests/support/raw_http.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/used_secrets.h"

using acceptance::Bridge;
using acceptance::eventually;
using acceptance::Json;

namespace {
const char* config = "queues:\n  - {name: acme, kind: hosted}\n";
constexpr std::chrono::seconds seen_within{2};

int status(const Bridge& bridge, const std::string& line) {
  return tests::ask(bridge.port(), "GET /requests HTTP/1.1\r\nHost: a\r\n" + line + "\r\n").status;
}

Json run(const Bridge& bridge, std::vector<std::string> words) {
  words.emplace_back("--json");
  const auto done = bridge.command(words);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(words[1] + ": " + done.err, 0, done.code);
  return Json::parse(done.out);
}

std::string text_of(const Json& object, const char* key) {
  const std::string text = object.get(key).string_or("");
  CPPUNIT_ASSERT_MESSAGE(key, !text.empty());
  return text;
}

std::string secret_of(const Json& object, const char* key) {
  const std::string secret = text_of(object, key);
  tests::note_secret(secret);
  return secret;
}
}  // namespace

class AccessAcceptanceTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AccessAcceptanceTest);
  CPPUNIT_TEST(credentials_of_every_kind_are_made_used_rotated_and_ended);
  CPPUNIT_TEST(a_person_sees_and_ends_a_lock);
  CPPUNIT_TEST(a_bridge_without_its_pepper_does_not_start);
  CPPUNIT_TEST(the_time_of_a_refusal_does_not_tell_what_was_wrong);
  CPPUNIT_TEST_SUITE_END();

 public:
  void credentials_of_every_kind_are_made_used_rotated_and_ended() {
    Bridge bridge(acceptance::fresh_folder("access"), "bridge", config);
    bridge.start();
    const Json key = run(bridge, {"keys", "create", "--queue", "acme", "--label", "Jörg"});
    const std::string line = "apikey: " + secret_of(key, "key") + "\r\n";
    const Json rest = run(bridge, {"keys", "create", "--queue", "acme", "--group", "siem", "--role", "reader",
                                   "--allow", "127.0.0.0/8", "--expires", "90d"});
    const std::string rest_line = "Authorization: rest_api_key=" + secret_of(rest, "key") + "\r\n";
    const Json client = run(bridge, {"keys", "create", "--queue", "acme", "--kind", "client"});
    const std::string form = "grant_type=client_credentials&client_id=" + text_of(client, "clientId") +
                             "&client_secret=" + secret_of(client, "clientSecret");
    const auto bought = tests::ask(bridge.port(),
                                   "POST /connect/token HTTP/1.1\r\nHost: a\r\nContent-Type: "
                                   "application/x-www-form-urlencoded\r\nContent-Length: " +
                                       std::to_string(form.size()) + "\r\n\r\n" + form);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(bought.body, 200, bought.status);
    const std::string token_line =
        "Authorization: Bearer " + secret_of(Json::parse(bought.body), "access_token") + "\r\n";
    for (const std::string& one : {line, rest_line, token_line})
      CPPUNIT_ASSERT_EQUAL(200, status(bridge, one));

    const std::string id = text_of(key, "id"), client_id = text_of(client, "id");
    const Json rotated = run(bridge, {"keys", "rotate", id, "--overlap", "1h"});
    const std::string fresh = "apikey: " + secret_of(rotated, "key") + "\r\n";
    CPPUNIT_ASSERT_EQUAL(200, status(bridge, fresh));
    CPPUNIT_ASSERT_EQUAL(200, status(bridge, line));
    run(bridge, {"keys", "deactivate", client_id});
    eventually("the client's token is dead", seen_within, [&] { return status(bridge, token_line) == 401; });
    run(bridge, {"keys", "activate", client_id});
    CPPUNIT_ASSERT_EQUAL(401, status(bridge, token_line));
    run(bridge, {"keys", "revoke", id});
    eventually("the key is dead", seen_within, [&] { return status(bridge, fresh) == 401; });
    CPPUNIT_ASSERT_EQUAL(401, status(bridge, line));

    // What is shown has no secret, and what cannot be done says so without repeating what was typed.
    bridge.stop();
    const Json shown = run(bridge, {"keys", "show", text_of(rest, "id")});
    CPPUNIT_ASSERT_EQUAL(std::string("siem reader"),
                         shown.get("group").string_or("") + ' ' + shown.get("role").string_or(""));
    CPPUNIT_ASSERT(shown.get("uses").as_integer() == 1);
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), shown.get("lastIp").string_or(""));
    const auto listed = bridge.command({"keys", "list"});
    CPPUNIT_ASSERT(listed.out.find("cs_rest_" + text_of(rest, "id")) != std::string::npos);
    tests::must_show_no_secret("keys list", listed.out);
    const auto unknown = bridge.command({"keys", "show", text_of(rest, "key")});
    CPPUNIT_ASSERT_EQUAL(1, unknown.code);
    tests::must_show_no_secret("keys show", unknown.out + unknown.err);
    for (const std::vector<std::string>& wrong :
         {std::vector<std::string>{"--scopes", "root"},
          {"--allow", "1.2.3.4/99"},
          {"--role", "king"},
          {"--expires", "yesterday"},
          {"--group", "g", "--kind", "client"},
          {"--kind", "rest_key"},
          {"--role", "reseller"},
          {"--company", "*", "--kind", "client"},
          {"--company", "nowhere", "--kind", "client", "--role", "reseller"}}) {
      std::vector<std::string> words = {"keys", "create", "--queue", "acme"};
      words.insert(words.end(), wrong.begin(), wrong.end());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(wrong[0] + ' ' + wrong[1], 2, bridge.command(words).code);
    }
    const Json reseller = run(bridge, {"keys", "create", "--queue", "acme", "--kind", "client", "--role",
                                       "reseller", "--company", "*"});
    CPPUNIT_ASSERT_EQUAL(std::string(R"(["*"])"), reseller.get("moreQueues").dump());
    const auto verified = bridge.command({"audit", "list", "--action", "credential."});
    for (const char* action : {"credential.created", "credential.rotated", "credential.deactivated",
                               "credential.activated", "credential.revoked"})
      CPPUNIT_ASSERT_MESSAGE(verified.out, verified.out.find(action) != std::string::npos);
  }

  void a_person_sees_and_ends_a_lock() {
    Bridge bridge(acceptance::fresh_folder("locks"), "bridge", config);
    bridge.start();
    const Json key = run(bridge, {"keys", "create", "--queue", "acme"});
    const std::string id = text_of(key, "id"), good = "apikey: " + secret_of(key, "key") + "\r\n";
    const auto guess = [&] {
      for (int i = 0; i < 5; ++i)
        status(bridge, "apikey: " + bridge::make_secret(bridge::SecretForm::api_key, id) + "\r\n");
    };
    const auto locks = [&] { return run(bridge, {"keys", "locks"}); };
    CPPUNIT_ASSERT_EQUAL(200, status(bridge, good));
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, locks().size());
    guess();
    CPPUNIT_ASSERT_EQUAL(401, status(bridge, good));
    // The status lines are written every two seconds, and the lock with them.
    constexpr std::chrono::seconds told_within{4};
    eventually("the lock is listed", told_within, [&] { return locks().size() == 1; });
    CPPUNIT_ASSERT_EQUAL("credential " + id, text_of(locks().at(0), "object"));
    // A restart ends no lock.
    bridge.stop();
    bridge.start();
    CPPUNIT_ASSERT_EQUAL(401, status(bridge, good));
    CPPUNIT_ASSERT_EQUAL(1, bridge.command({"keys", "unlock", "192.0.2.1"}).code);
    CPPUNIT_ASSERT_EQUAL(2, bridge.command({"keys", "unlock", "nobody"}).code);
    run(bridge, {"keys", "unlock", "cs_live_" + id});
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, locks().size());
    eventually("the key is let in", told_within, [&] { return status(bridge, good) == 200; });
    CPPUNIT_ASSERT_EQUAL(1, bridge.command({"keys", "unlock", id}).code);
    const auto rows = bridge.command({"audit", "list", "--action", "login.unlocked"});
    CPPUNIT_ASSERT_MESSAGE(rows.out, rows.out.find("credential " + id) != std::string::npos);
    const auto refused = bridge.command({"audit", "list", "--action", "login.refused"});
    CPPUNIT_ASSERT_MESSAGE(refused.out, refused.out.find("wrong secret") != std::string::npos);
  }

  void a_bridge_without_its_pepper_does_not_start() {
    Bridge bridge(acceptance::fresh_folder("pepper"), "bridge", config);
    const std::string key = bridge.make_key("acme");
    const auto file = std::filesystem::path(bridge.store_file().string() + ".pepper");
    CPPUNIT_ASSERT(std::filesystem::exists(file));
    std::filesystem::rename(file, bridge.folder() / "kept");
    const auto missing = bridge.command({"serve"});
    CPPUNIT_ASSERT_EQUAL(2, missing.code);
    CPPUNIT_ASSERT_MESSAGE(missing.err, missing.err.find("is gone") != std::string::npos);
    tests::write_file(file, "another pepper, and not the right one\n");
    const auto wrong = bridge.command({"serve"});
    CPPUNIT_ASSERT_EQUAL(2, wrong.code);
    CPPUNIT_ASSERT_MESSAGE(wrong.err, wrong.err.find("is not the pepper") != std::string::npos);
    std::filesystem::remove(file);
    // The configuration may name it instead.
    bridge.write_config(std::string(config) + "access: {pepper: {file: kept}}\n");
    bridge.start();
    CPPUNIT_ASSERT_EQUAL(200, status(bridge, "apikey: " + key + "\r\n"));
    CPPUNIT_ASSERT(!std::filesystem::exists(file));
  }

  // Taken by turns, so that what else the machine does falls on both alike; then how often the one took
  // longer than the other. By chance that is half.
  void the_time_of_a_refusal_does_not_tell_what_was_wrong() {
    bridge::set_log_sink([](const std::string&) {});
    const tests::TemporaryFolder folder;
    const auto store = bridge::open_store("sqlite:" + (folder / "timing.db").string());
    bridge::Access::Settings settings;
    settings.lockout.failures_of_address = 0;
    settings.lockout.failures_of_id = 0;
    const auto access = tests::make_access(*store, nullptr, settings);
    const std::string key = tests::add_key(*store, "acme");
    for (int i = 0; i < 50; ++i) tests::add_key(*store, "acme");
    const auto took = [&](const std::string& id) {
      const bridge::RequestHeaders headers = {
          {"apikey", bridge::make_secret(bridge::SecretForm::api_key, id)}};
      const auto begin = std::chrono::steady_clock::now();
      try {
        access->authenticate({"GET", "/requests", headers, "192.0.2.1", "id"});
      } catch (const bridge::Refused&) {
        return std::chrono::steady_clock::now() - begin;
      }
      CPPUNIT_FAIL("let in");
      return std::chrono::steady_clock::duration();
    };
    constexpr int rounds = 3000;
    std::vector<std::pair<std::chrono::steady_clock::duration, bool>> all;
    for (int i = 0; i < rounds; ++i) {
      const bool wrong_first = i % 2 == 0;
      for (const bool wrong : {wrong_first, !wrong_first})
        all.emplace_back(took(wrong ? key.substr(8, 8) : bridge::random_id()), wrong);
    }
    bridge::set_log_sink(nullptr);
    std::sort(all.begin(), all.end());
    std::int64_t unknown_before = 0, wins = 0;
    for (const auto& [time, wrong] : all)
      if (wrong)
        wins += unknown_before;
      else
        ++unknown_before;
    const double share = static_cast<double>(wins) / rounds / rounds;
    CPPUNIT_ASSERT_MESSAGE(
        "a wrong secret took longer than an unknown id in a share of " + std::to_string(share),
        share > 0.4 && share < 0.6);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccessAcceptanceTest);
