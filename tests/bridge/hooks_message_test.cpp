// Subscriptions with a mapping: cards of Teams, messages of Slack.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/hooks/hooks.h"
#include "tests/support/hook_bench.h"
#include "tests/support/key_ring.h"

using bridge::HookConfig;
using connectors::HttpRequest;
using connectors::HttpResult;
using mappings::Json;
using tests::header_of;
using tests::HookBench;
using tests::subscription;
using namespace std::chrono_literals;

class HooksMessageTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HooksMessageTest);
  CPPUNIT_TEST(posts_a_teams_card_with_its_ticket_and_a_second_one_when_decided);
  CPPUNIT_TEST(sends_a_message_without_a_ticket_when_there_is_none_in_time);
  CPPUNIT_TEST(updates_the_slack_message_of_a_bot);
  CPPUNIT_TEST(takes_slacks_no_for_a_failure);
  CPPUNIT_TEST(posts_anew_when_the_slack_message_was_deleted);
  CPPUNIT_TEST_SUITE_END();

 public:
  void posts_a_teams_card_with_its_ticket_and_a_second_one_when_decided() {
    HookConfig hook = subscription("teams");
    hook.mapping = "teams/request";
    HookBench bench({hook});
    bench.submit();
    bench.hooks->run_due();
    CPPUNIT_ASSERT_MESSAGE("it waits for its ticket", bench.receivers.seen.empty());
    bench.work();
    bench.clock.advance(2s);
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.receivers.seen.size());
    CPPUNIT_ASSERT_EQUAL(std::string("1"), header_of(bench.receivers.seen.at(0), "X-Countersign-Attempt"));
    const std::string card = bench.receivers.seen.at(0).body;
    CPPUNIT_ASSERT_MESSAGE(card, card.starts_with(R"({"type":"message","attachments":[{"contentType":)"));
    CPPUNIT_ASSERT(card.find(bench.record(1).lifecycle.ticket.number) != std::string::npos);
    CPPUNIT_ASSERT(card.size() < std::size_t{28} << 10);
    bench.decide(1);
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, bench.receivers.seen.size());
    CPPUNIT_ASSERT(bench.receivers.seen.at(1).body.find("Approved by bob@acme.test") != std::string::npos);
  }

  void sends_a_message_without_a_ticket_when_there_is_none_in_time() {
    HookConfig hook = subscription("teams");
    hook.mapping = "teams/request";
    HookBench bench({hook});
    bench.submit();
    bench.pass(1min);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.receivers.seen.size());
    CPPUNIT_ASSERT(bench.receivers.seen.at(0).body.find(R"("Ticket","value":"none")") != std::string::npos);
  }

  void updates_the_slack_message_of_a_bot() {
    HookBench bench({slack_bot()});
    bench.receivers.body = R"({"ok":true,"channel":"C0DE","ts":"1700.0001"})";
    bench.submit();
    bench.hooks->run_due();
    bench.restart();
    bench.decide(1, false);
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, bench.receivers.seen.size());
    const HttpRequest& posted = bench.receivers.seen.at(0);
    CPPUNIT_ASSERT_EQUAL(std::string("https://slack.test/api/chat.postMessage"), posted.url);
    CPPUNIT_ASSERT_EQUAL(std::string("Bearer xoxb-hunter2"), header_of(posted, "Authorization"));
    CPPUNIT_ASSERT_EQUAL(std::string("C1"), Json::parse(posted.body).get("channel").string_or(""));
    CPPUNIT_ASSERT(Json::parse(posted.body).get("blocks").size() > 3);
    const HttpRequest& updated = bench.receivers.seen.at(1);
    CPPUNIT_ASSERT_EQUAL(std::string("https://slack.test/api/chat.update"), updated.url);
    const Json body = Json::parse(updated.body);
    CPPUNIT_ASSERT_EQUAL(std::string("C0DE"), body.get("channel").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("1700.0001"), body.get("ts").string_or(""));
    CPPUNIT_ASSERT(body.get("blocks").dump().find("not now") != std::string::npos);
    CPPUNIT_ASSERT(bench.shown("bot").dump().find("hunter2") == std::string::npos);
  }

  void takes_slacks_no_for_a_failure() {
    HookBench bench({slack_bot()});
    bench.receivers.body = R"({"ok":false,"error":"channel_not_found"})";
    bench.submit();
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::string("failing"), bench.shown("bot").get("state").string_or(""));
    CPPUNIT_ASSERT(bench.shown("bot").get("lastAnswer").string_or("").find("channel_not_found") !=
                   std::string::npos);
    bench.receivers.body = R"({"ok":true,"channel":"C0DE","ts":"1"})";
    bench.pass(3min);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, *bench.shown("bot").get("pending").as_integer());
  }

  void posts_anew_when_the_slack_message_was_deleted() {
    HookBench bench({slack_bot()});
    bench.receivers.body = R"({"ok":true,"channel":"C0DE","ts":"1"})";
    bench.submit();
    bench.hooks->run_due();
    std::vector<std::string> urls;
    bridge::Hooks hooks(bench.config, *bench.store, *bench.rules, bench.clock, tests::pepper(),
                        [&](const HttpRequest& request) {
                          urls.push_back(request.url.substr(request.url.rfind('/')));
                          HttpResult result;
                          result.delivery = connectors::Delivery::answered;
                          result.answer.status = 200;
                          result.answer.body = urls.size() == 1
                                                   ? R"({"ok":false,"error":"message_not_found"})"
                                                   : R"({"ok":true,"channel":"C0DE","ts":"2"})";
                          return result;
                        });
    bench.decide(1);
    hooks.run_due();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, urls.size());
    CPPUNIT_ASSERT_EQUAL(std::string("/chat.update"), urls.at(0));
    CPPUNIT_ASSERT_EQUAL(std::string("/chat.postMessage"), urls.at(1));
    CPPUNIT_ASSERT_EQUAL(std::string("C0DE 2"),
                         bench.store->hooks().hook_message({"acme", 1}, "hook:bot").value_or(""));
  }

 private:
  static HookConfig slack_bot() {
    HookConfig hook = subscription("bot");
    hook.url = bridge::Secret("https://slack.test/api");
    hook.mapping = "slack/request";
    hook.slack_channel = "C1";
    hook.slack_token = bridge::Secret("xoxb-hunter2");
    hook.wait_for_ticket = 0ms;
    return hook;
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HooksMessageTest);
