// Who may decide, as a tenant's directory says: at a desk, by the workflow, and through the API.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/error.h"
#include "bridge/ops/log.h"
#include "tests/support/drain_bench.h"

using tests::DrainBench;
using workflows::Directory;
using workflows::Person;

namespace {
workflows::Absence always() {
  return {std::nullopt, std::nullopt, ""};
}

std::shared_ptr<const Directory> people() {
  return std::make_shared<const Directory>(std::vector<Person>{
      {"bob", "Bob Admin", {"bob@acme.test"}, {"security"}, true, {}},
      {"carol", "Carol Sec", {"carol+sec@acme.test"}, {"security"}, true, {always()}},
      {"dave", "Dave Left", {"dave@acme.test"}, {"security"}, false, {}},
      {"erin", "Erin New", {"erin+new@acme.test"}, {"trainees"}, true, {}},
  });
}

// The code's name of the Error that deciding gives; empty when it was taken.
std::string refusal(DrainBench& bench, std::int64_t id, bool approve, const std::string& by) {
  try {
    bench.queue->decide({"acme", id}, approve, by, "", bridge::actor_named("key x"));
  } catch (const bridge::Error& error) {
    return std::string(bridge::info(error.code()).name);
  }
  return {};
}
}  // namespace

class PeopleDecideTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PeopleDecideTest);
  CPPUNIT_TEST(who_is_away_or_inactive_cannot_decide_at_the_desk);
  CPPUNIT_TEST(a_change_of_the_directory_counts_at_once);
  CPPUNIT_TEST(the_api_asks_the_directory_where_the_queue_says_so);
  CPPUNIT_TEST(a_mail_whose_plus_became_a_space_is_recorded_as_the_directory_has_it);
  CPPUNIT_TEST(the_api_asks_for_a_group);
  CPPUNIT_TEST(without_that_an_unknown_mail_decides_as_ever);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    bridge::set_log_sink([](const std::string&) {});
    bench_.emplace();
    bench_->ledger->look_up_people([this](const std::string& queue) {
      CPPUNIT_ASSERT_EQUAL(std::string("acme"), queue);
      return people_;
    });
  }
  void tearDown() override {
    bench_.reset();
    bridge::set_log_sink(nullptr);
  }

  void who_is_away_or_inactive_cannot_decide_at_the_desk() {
    bench_->submit();
    bench_->work();
    for (const auto& [by, why] :
         {std::pair("carol", "carol is away, and so cannot decide"),
          std::pair("dave", "dave is not active in the directory, and so cannot decide")}) {
      bench_->desk->decide("acme:1", true, by);
      bench_->clock.advance(std::chrono::seconds(30));
      CPPUNIT_ASSERT(bench_->poll());
      bench_->work();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(by, std::string("waiting"), bench_->state(1));
      const auto comments = bench_->desk->ticket("acme:1").comments;
      CPPUNIT_ASSERT_MESSAGE(by, !comments.empty() && comments.back().find(why) != std::string::npos);
    }
    bench_->desk->decide("acme:1", true, "bob");
    bench_->clock.advance(std::chrono::seconds(30));
    bench_->poll();
    bench_->work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench_->state(1));
  }

  void a_change_of_the_directory_counts_at_once() {
    bench_->submit();
    bench_->work();
    bench_->desk->decide("acme:1", true, "dave");
    bench_->poll();
    bench_->work();
    CPPUNIT_ASSERT_EQUAL(std::string("waiting"), bench_->state(1));
    people_ = std::make_shared<const Directory>(std::vector<Person>{{"dave", "", {}, {}, true, {}}});
    bench_->reconcile();
    bench_->work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench_->state(1));
  }

  void the_api_asks_the_directory_where_the_queue_says_so() {
    bench_->config.queues.front().approvers_of_directory = true;
    const std::pair<const char*, const char*> cases[] = {
        {"Bob@Acme.test", ""},
        {"bob", ""},
        {"erin+new@acme.test", ""},
        {"erin new@acme.test", ""},
        {"stranger@acme.test", "forbidden"},
        {"Bob Admin", "forbidden"},
        {"carol+sec@acme.test", "forbidden"},
        {"dave@acme.test", "forbidden"},
        {"", "invalid_request"},
    };
    std::int64_t id = 0;
    for (const auto& [by, expected] : cases)
      for (const bool approve : {true, false}) {
        bench_->submit();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(by, std::string(expected), refusal(*bench_, ++id, approve, by));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(by, *expected == '\0',
                                     bench_->record(id).lifecycle.decision.has_value());
      }
    people_ = nullptr;
    bench_->submit();
    CPPUNIT_ASSERT_EQUAL(std::string("forbidden"), refusal(*bench_, ++id, true, "bob"));
    CPPUNIT_ASSERT_EQUAL(std::string("not_found"), refusal(*bench_, ++id, true, "bob"));
  }

  void a_mail_whose_plus_became_a_space_is_recorded_as_the_directory_has_it() {
    bench_->config.queues.front().approvers_of_directory = true;
    bench_->submit();
    CPPUNIT_ASSERT_EQUAL(std::string(), refusal(*bench_, 1, true, "erin new@acme.test"));
    CPPUNIT_ASSERT_EQUAL(std::string("erin+new@acme.test"), bench_->record(1).lifecycle.decision->by_email);
    CPPUNIT_ASSERT_EQUAL(std::string("erin+new@acme.test"),
                         bench_->body(1).get("approvedByEmail").string_or(""));
  }

  void the_api_asks_for_a_group() {
    bench_->config.queues.front().approvers_of_directory = true;
    bench_->config.queues.front().approver_group = "Security";
    bench_->submit();
    CPPUNIT_ASSERT_EQUAL(std::string("forbidden"), refusal(*bench_, 1, true, "erin"));
    CPPUNIT_ASSERT_EQUAL(std::string(), refusal(*bench_, 1, true, "bob"));
  }

  void without_that_an_unknown_mail_decides_as_ever() {
    bench_->submit();
    CPPUNIT_ASSERT_EQUAL(std::string(), refusal(*bench_, 1, true, "stranger@acme.test"));
  }

 private:
  std::optional<DrainBench> bench_;
  std::shared_ptr<const Directory> people_ = people();
};
CPPUNIT_TEST_SUITE_REGISTRATION(PeopleDecideTest);
