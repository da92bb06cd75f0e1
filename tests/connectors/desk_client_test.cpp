// The verbs of a desk over the real HTTP client, against a server that misbehaves as desks do.

#include "connectors/engine/desk_client.h"

#include <filesystem>
#include <mutex>

#include <cppunit/extensions/HelperMacros.h>

#include "connectors/engine/kept_answers.h"
#include "tests/support/scripted_server.h"
#include "tests/support/secrets.h"

using namespace connectors;

namespace {

const std::vector<std::string> secrets = {"s3cret-pass", "YnJpZGdlOnMzY3JldC1wYXNz", "hook-secret-1"};

std::shared_ptr<const Manifest> manifest_of(const std::string& name) {
  mappings::Diagnostics diagnostics;
  auto manifest =
      Manifest::load(std::filesystem::path(SOURCE_DIR) / "connectors" / name / "connector.yaml", diagnostics);
  CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.to_text());
  return manifest;
}

const std::shared_ptr<const Manifest>& servicenow() {
  static const auto manifest = manifest_of("servicenow");
  return manifest;
}

// A desk that holds what was created, and does the next misdeed to the next creation.
class LossyDesk {
 public:
  enum class Fault { none, drop_after_commit, cut_answer, html, gateway_timeout, reset_before };

  explicit LossyDesk(std::vector<Fault> faults)
      : faults_(std::move(faults)), server_([this](tests::Peer& peer) { serve(peer); }) {}

  std::string url() const { return server_.url(""); }
  int created() const {
    std::lock_guard lock(mutex_);
    return created_;
  }

 private:
  void serve(tests::Peer& peer) {
    while (auto request = peer.read_request()) {
      if (request->method == "GET") {
        peer.answer(200, created() > 0 ? "{\"result\":[" + row() + "]}" : "{\"result\":[]}",
                    "Content-Type: application/json\r\n");
        continue;
      }
      Fault fault = Fault::none;
      {
        std::lock_guard lock(mutex_);
        if (next_ < faults_.size()) fault = faults_[next_++];
        if (fault != Fault::reset_before && fault != Fault::html) ++created_;
      }
      switch (fault) {
        case Fault::none:
          peer.answer(201, "{\"result\":" + row() + "}", "Content-Type: application/json\r\n");
          break;
        case Fault::drop_after_commit:
          return peer.drop();
        case Fault::cut_answer:
          peer.send(
              "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"resu");
          return peer.drop();
        case Fault::html:
          peer.answer(200, "<html>hibernating</html>", "Content-Type: text/html\r\n");
          break;
        case Fault::gateway_timeout:
          peer.answer(504, "", "");
          break;
        case Fault::reset_before:
          return peer.reset();
      }
    }
  }
  static std::string row() { return R"({"sys_id":"a1","number":"INC1","correlation_id":"acme:1"})"; }

  const std::vector<Fault> faults_;
  mutable std::mutex mutex_;
  std::size_t next_ = 0;
  int created_ = 0;
  tests::ScriptedServer server_;
};

}  // namespace

// Tickets that somebody approved: the ticket's id is the login of who did.
class DecidedDesk {
 public:
  DecidedDesk() : server_([this](tests::Peer& peer) { serve(peer); }) {}
  std::string url() const { return server_.url(""); }
  int asked_for_users() const {
    std::lock_guard lock(mutex_);
    return asked_;
  }
  void forget_users(bool forget) {
    std::lock_guard lock(mutex_);
    no_users_ = forget;
  }

 private:
  static std::string behind(const std::string& text, const std::string& sign) {
    const auto at = text.find(sign) + sign.size();
    return text.substr(at, text.find_first_of("?&", at) - at);
  }
  void serve(tests::Peer& peer) {
    while (auto request = peer.read_request()) {
      std::string rows;
      if (const std::string& target = request->target; target.find("/sys_user?") != std::string::npos) {
        const std::string login = behind(target, "user_name%3D");
        std::lock_guard lock(mutex_);
        ++asked_;
        if (!no_users_)
          rows = R"({"user_name":")" + login + R"(","name":"","email":")" + login + R"(@acme.test"})";
      } else if (target.find("/incident/") != std::string::npos) {
        const std::string login = behind(target, "/incident/");
        peer.answer(
            200,
            R"({"result":{"sys_id":"t1","number":"INC1","correlation_id":"acme:1","approval":"approved",)"
            R"("sys_updated_on":"2026-01-02 03:04:05","sys_updated_by":")" +
                login + "\"}}",
            "Content-Type: application/json\r\n");
        continue;
      }
      peer.answer(200, "{\"result\":[" + rows + "]}", "Content-Type: application/json\r\n");
    }
  }

  mutable std::mutex mutex_;
  int asked_ = 0;
  bool no_users_ = false;
  tests::ScriptedServer server_;
};

class DeskClientTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DeskClientTest);
  CPPUNIT_TEST(never_makes_a_second_ticket_when_an_answer_is_lost);
  CPPUNIT_TEST(nobody_listening_is_a_retry_for_the_whole_desk);
  CPPUNIT_TEST(fields_that_are_no_object_are_refused_before_anything_is_sent);
  CPPUNIT_TEST(a_stopped_bridge_is_no_fault_of_the_desk);
  CPPUNIT_TEST(settings_are_held_against_the_manifest);
  CPPUNIT_TEST(no_secret_shows_whatever_the_desk_says);
  CPPUNIT_TEST(webhooks_are_taken_only_with_their_signature);
  CPPUNIT_TEST(limits_come_from_the_manifest);
  CPPUNIT_TEST(asks_for_a_decider_once_but_never_for_another_ones_name);
  CPPUNIT_TEST(asks_again_for_a_decider_who_was_not_found);
  CPPUNIT_TEST(keeps_an_answer_until_its_time_is_over);
  CPPUNIT_TEST_SUITE_END();

  HttpClient http_;

  std::unique_ptr<DeskClient> bound(const std::string& url, const std::string& more = "") {
    mappings::Diagnostics diagnostics;
    auto desk = DeskClient::bind(
        servicenow(), R"({"url":")" + url + R"(","user":"bridge","password":"s3cret-pass")" + more + "}",
        http_, {"countersign.yaml", 5, 3}, diagnostics);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.to_text());
    return desk;
  }

 public:
  void never_makes_a_second_ticket_when_an_answer_is_lost() {
    using Fault = LossyDesk::Fault;
    struct Case {
      std::string name;
      Fault fault;
      Verdict first;
    };
    const std::vector<Case> cases = {
        {"the connection ends after the desk has stored it", Fault::drop_after_commit, Verdict::unknown},
        {"the answer is cut in the middle", Fault::cut_answer, Verdict::unknown},
        {"a gateway gives up waiting", Fault::gateway_timeout, Verdict::unknown},
        {"the connection is reset before anything is stored", Fault::reset_before, Verdict::unknown},
        {"a page comes instead of an answer", Fault::html, Verdict::retry},
    };
    for (const Case& c : cases) {
      LossyDesk desk({c.fault});
      auto client = bound(desk.url());
      const auto first = client->open("acme:1", mappings::Json::object());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(c.name, std::string(to_string(c.first)),
                                   std::string(to_string(first.outcome.verdict)));
      CPPUNIT_ASSERT_MESSAGE(c.name, !first.value);
      tests::assert_no_secret(c.name, first.outcome, secrets);
      const auto second = client->open("acme:1", mappings::Json::object());
      CPPUNIT_ASSERT_MESSAGE(c.name + ": " + second.outcome.detail, second.outcome.done());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(c.name, std::string("a1"), second.value->id);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(c.name, 1, desk.created());
    }
  }

  void nobody_listening_is_a_retry_for_the_whole_desk() {
    auto client = bound("http://127.0.0.1:" + std::to_string(tests::closed_port()));
    const auto opened = client->open("acme:1", mappings::Json::object());
    CPPUNIT_ASSERT_EQUAL(std::string("retry"), std::string(to_string(opened.outcome.verdict)));
    CPPUNIT_ASSERT_EQUAL(std::string("refused_connection"), opened.outcome.reason);
    CPPUNIT_ASSERT(opened.outcome.whole_desk);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, opened.outcome.calls.size());
    CPPUNIT_ASSERT_EQUAL(0, opened.outcome.calls[0].status);
  }

  void fields_that_are_no_object_are_refused_before_anything_is_sent() {
    LossyDesk desk({});
    auto client = bound(desk.url());
    const auto opened = client->open("acme:1", mappings::Json("urgent"));
    CPPUNIT_ASSERT_EQUAL(std::string("rejected"), std::string(to_string(opened.outcome.verdict)));
    CPPUNIT_ASSERT_EQUAL(std::string("mapping"), opened.outcome.reason);
    CPPUNIT_ASSERT(opened.outcome.calls.empty());
    CPPUNIT_ASSERT(
        client->tell({"a1", "", ""}, "acme:1", mappings::Json::array(), "x", "m", false).calls.empty());
  }

  void a_stopped_bridge_is_no_fault_of_the_desk() {
    LossyDesk desk({});
    auto client = bound(desk.url());
    http_.stop();
    const auto opened = client->open("acme:1", mappings::Json::object());
    CPPUNIT_ASSERT_EQUAL(std::string("stopped"), opened.outcome.reason);
    CPPUNIT_ASSERT(!opened.outcome.whole_desk);
    CPPUNIT_ASSERT_EQUAL(0, desk.created());
  }

  void settings_are_held_against_the_manifest() {
    struct Case {
      std::string name, settings, code, says;
    };
    const std::string rest = R"("user":"b","password":"s3cret-pass"})";
    const std::vector<Case> cases = {
        {"unknown", R"({"url":"https://a.test","passwort":"s3cret-pass",)" + rest, "unknown-setting",
         "did you mean password?"},
        {"missing", R"({"url":"https://a.test","user":"b"})", "missing-setting",
         "needs the setting password"},
        {"wrong type", R"({"url":"https://a.test","table":3,)" + rest, "bad-setting", "put quotes around 3"},
        {"no choice", R"({"url":"https://a.test","decision":"maybe",)" + rest, "bad-setting",
         "one of approval, state, approvers"},
        {"list of numbers", R"({"url":"https://a.test","approved_states":[3],)" + rest, "bad-setting",
         "put quotes around 3"},
        {"no list", R"({"url":"https://a.test","approved_states":"3",)" + rest, "bad-setting",
         "a list of texts"},
        {"no truth", R"({"url":"https://a.test","display_values":"yes",)" + rest, "bad-setting",
         "true or false"},
        {"not a url", R"({"url":"a.test",)" + rest, "bad-setting", "https:// or http://"},
        {"a user in the url", R"({"url":"https://x:y@a.test",)" + rest, "bad-setting", "plain URL"},
        {"a port that is none", R"({"url":"https://a.test:99999",)" + rest, "bad-setting", "1 to 65535"},
        {"another scheme", R"({"url":"file:///etc/passwd",)" + rest, "bad-setting", "https:// or http://"},
        {"a secret that is no text", R"({"url":"https://a.test","user":"b","password":12345678})",
         "bad-setting", "must be a text"},
        {"no object", "[]", "bad-settings", "name: value"},
        {"no JSON", R"({"password":"s3cret-pass)", "bad-settings", "name: value"},
    };
    for (const Case& c : cases) {
      mappings::Diagnostics diagnostics;
      auto desk = DeskClient::bind(servicenow(), c.settings, http_, {"countersign.yaml", 5, 3}, diagnostics);
      CPPUNIT_ASSERT_MESSAGE(c.name + " was accepted", desk == nullptr);
      const std::string text = diagnostics.to_text();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(c.name + ": " + text, c.code, diagnostics.all().front().code);
      CPPUNIT_ASSERT_MESSAGE(c.name + ": " + text, text.find(c.says) != std::string::npos);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(c.name, 5, diagnostics.all().front().where.line);
      tests::assert_no_secret(c.name, diagnostics, {"s3cret-pass", "12345678"});
    }
    mappings::Diagnostics diagnostics;
    auto broken = DeskClient::bind(servicenow(),
                                   R"({"url":"https://a.test","user":"b\nX: y","password":"s3cret-pass"})",
                                   http_, {"countersign.yaml", 5, 3}, diagnostics);
    CPPUNIT_ASSERT_MESSAGE("encoded in Basic, a line break does no harm", broken != nullptr);
    mappings::Diagnostics refused;
    auto injected =
        DeskClient::bind(manifest_of("request_tracker"),
                         R"({"url":"https://a.test","user":"b","queue":"q","token":"s3cret-pass\nX: y"})",
                         http_, {"countersign.yaml", 5, 3}, refused);
    CPPUNIT_ASSERT_MESSAGE("a token with a line break is another header", injected == nullptr);
    tests::assert_no_secret("refused token", refused, secrets);
  }

  void no_secret_shows_whatever_the_desk_says() {
    for (const int status : {200, 201, 302, 400, 401, 403, 404, 409, 418, 429, 500, 503}) {
      tests::ScriptedServer server([&](tests::Peer& peer) {
        while (auto request = peer.read_request()) {
          const std::string echo = request->method + " s3cret-pass YnJpZGdlOnMzY3JldC1wYXNz";
          peer.answer(status, "{\"error\":{\"message\":\"" + echo + "\",\"detail\":\"" + echo + "\"}}",
                      "Content-Type: application/json\r\nRetry-After: s3cret-pass\r\n");
        }
      });
      auto client = bound(server.url(""));
      const std::string name = "status " + std::to_string(status);
      const Ticket ticket{"a1", "INC1", ""};
      tests::assert_no_secret(name, client->check(), secrets);
      tests::assert_no_secret(name, client->open("acme:1", mappings::Json::object()).outcome, secrets);
      const auto state = client->read("a1", "acme:1");
      tests::assert_no_secret(name, state.outcome, secrets);
      tests::assert_no_secret(name, client->changes("").outcome, secrets);
      tests::assert_no_secret(
          name, client->tell(ticket, "acme:1", mappings::Json::object({{"state", "6"}}), "x", "m", true),
          secrets);
      tests::assert_no_secret(name, client->comment(ticket, "x", "m", false), secrets);
      CPPUNIT_ASSERT_MESSAGE(name, !client->open("acme:1", mappings::Json::object()).outcome.done());
      CPPUNIT_ASSERT_MESSAGE(name, !state.value || state.value->gone);
    }
  }

  void webhooks_are_taken_only_with_their_signature() {
    auto client = bound("https://a.test", R"(,"webhook_secret":"hook-secret-1")");
    const std::string body = R"({"sysapproval":"a1","correlation_id":"acme:1"})";
    const std::string right = "zhyf05rUOQXb7HOosszM+DsUyQmF2R0HlNwvv5LzbYU=";
    using Headers = std::vector<std::pair<std::string, std::string>>;
    struct Case {
      std::string name;
      Headers headers;
      std::string body, refused;
    };
    const std::vector<Case> cases = {
        {"right, in any case of the name",
         {{"X-BRIDGE-signature", right}, {"x-bridge-timestamp", "1769853600"}},
         body,
         ""},
        {"no signature", {{"X-Bridge-Timestamp", "1769853600"}}, body, "no signature"},
        {"empty signature", {{"X-Bridge-Signature", ""}}, body, "no signature"},
        {"another time",
         {{"X-Bridge-Signature", right}, {"X-Bridge-Timestamp", "1769853601"}},
         body,
         "the signature is not right"},
        {"another body",
         {{"X-Bridge-Signature", right}, {"X-Bridge-Timestamp", "1769853600"}},
         body + " ",
         "the signature is not right"},
        {"one letter off",
         {{"X-Bridge-Signature", "A" + right.substr(1)}, {"X-Bridge-Timestamp", "1769853600"}},
         body,
         "the signature is not right"},
        {"cut short",
         {{"X-Bridge-Signature", right.substr(0, 10)}, {"X-Bridge-Timestamp", "1769853600"}},
         body,
         "the signature is not right"},
    };
    for (const Case& c : cases) {
      std::string refused;
      const auto hint = client->hint(c.headers, c.body, refused);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(c.name, c.refused, refused);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(c.name, c.refused.empty(), hint.has_value());
      tests::assert_no_secret(c.name, refused, secrets);
    }
    auto open = bound("https://a.test");
    for (const char* bad : {"", "x", "[]", "3", "null", "{}", "{\"sys_id\":{}}"}) {
      std::string refused;
      CPPUNIT_ASSERT_MESSAGE(bad, !open->hint({}, bad, refused));
      CPPUNIT_ASSERT_MESSAGE(bad, !refused.empty());
    }
  }

  void asks_for_a_decider_once_but_never_for_another_ones_name() {
    DecidedDesk there;
    const auto desk = bound(there.url());
    const auto mail_of = [&](const std::string& login) {
      const auto read = desk->read(login, "acme:1");
      CPPUNIT_ASSERT_MESSAGE(read.outcome.reason + read.outcome.detail, read.value && read.value->decision);
      return read.value->decision->by_email;
    };
    CPPUNIT_ASSERT_EQUAL(std::string("ann@acme.test"), mail_of("ann"));
    CPPUNIT_ASSERT_EQUAL(std::string("bob@acme.test"), mail_of("bob"));
    CPPUNIT_ASSERT_EQUAL(std::string("ann@acme.test"), mail_of("ann"));
    CPPUNIT_ASSERT_EQUAL(2, there.asked_for_users());
    CPPUNIT_ASSERT(bound(there.url())->read("ann", "acme:1").value);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("another desk asks for itself", 3, there.asked_for_users());
  }

  void asks_again_for_a_decider_who_was_not_found() {
    DecidedDesk there;
    const auto desk = bound(there.url());
    there.forget_users(true);
    CPPUNIT_ASSERT_EQUAL(std::string(), desk->read("ann", "acme:1").value->decision->by_email);
    there.forget_users(false);
    CPPUNIT_ASSERT_EQUAL(std::string("ann@acme.test"), desk->read("ann", "acme:1").value->decision->by_email);
    CPPUNIT_ASSERT_EQUAL(2, there.asked_for_users());
  }

  void keeps_an_answer_until_its_time_is_over() {
    KeptAnswers kept;
    const KeptAnswers::Clock::time_point start{};
    kept.put("a", "1", start, std::chrono::seconds(60));
    CPPUNIT_ASSERT(!kept.find("b", start));
    CPPUNIT_ASSERT_EQUAL(std::string("1"), kept.find("a", start + std::chrono::seconds(59)).value_or("none"));
    CPPUNIT_ASSERT(!kept.find("a", start + std::chrono::seconds(60)));
    kept.put("a", "2", start + std::chrono::seconds(60), std::chrono::seconds(60));
    CPPUNIT_ASSERT_EQUAL(std::string("2"), kept.find("a", start + std::chrono::seconds(61)).value_or("none"));
    for (int i = 0; i < 3000; ++i) kept.put(std::to_string(i), "x", start, std::chrono::seconds(60));
    CPPUNIT_ASSERT(kept.find("2999", start));
  }

  void limits_come_from_the_manifest() {
    auto client = bound("https://a.test");
    CPPUNIT_ASSERT_EQUAL(8, client->in_flight());
    CPPUNIT_ASSERT(client->poll_interval() == std::chrono::seconds(10));
    CPPUNIT_ASSERT_MESSAGE("deadline: 30s, and to open a ticket is two exchanges",
                           client->longest_verb() == std::chrono::seconds(60));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DeskClientTest);
