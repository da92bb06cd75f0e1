// From a workflow file and a directory to a decision: who may decide, whose group it is, who is away. The
// workflow is one that is shipped; the people come by SCIM, or from a file.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/directory/scim_verbs.h"
#include "bridge/ops/log.h"
#include "tests/support/drain_bench.h"

using mappings::Json;

class PeopleWorkflowTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PeopleWorkflowTest);
  CPPUNIT_TEST(who_may_decide_is_who_is_in_the_group);
  CPPUNIT_TEST(whose_group_it_is_changes_with_scim);
  CPPUNIT_TEST(who_is_away_decides_when_back);
  CPPUNIT_TEST(who_is_shut_out_by_scim_decides_no_more);
  CPPUNIT_TEST(a_group_that_keeps_out_wins);
  CPPUNIT_TEST(people_of_a_file_decide_the_same_way);
  CPPUNIT_TEST(without_a_directory_no_group_decides);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    bridge::set_log_sink([](const std::string&) {});
    bench_.emplace();
    use_workflow("security-group.yaml");
    directories_.emplace(*bench_->store);
    users_ = make_scim_users(bench_->store->directory(), *directories_, bench_->clock);
    groups_ = make_scim_groups(bench_->store->directory(), *directories_, bench_->clock);
    bench_->ledger->look_up_people(
        [this](const std::string& queue) { return from_file_ ? from_file_ : directories_->of(queue); });
  }
  void tearDown() override {
    bench_.reset();
    bridge::set_log_sink(nullptr);
  }

  void who_may_decide_is_who_is_in_the_group() {
    const std::string bob = user("bob");
    user("mallory");
    group("security", {bob});
    must_wait("mallory", "is not one of those who decide");
    must_wait("stranger", "is not one of those who decide");
    must_settle("bob");
  }

  void whose_group_it_is_changes_with_scim() {
    const std::string bob = user("bob"), carol = user("carol");
    const std::string security = group("security", {bob});
    must_wait("carol", "is not one of those who decide");
    patch(*groups_, security, R"({"op":"Add","path":"members","value":[{"value":")" + carol + R"("}]})");
    patch(*groups_, security, R"({"op":"Remove","path":"members[value eq \")" + bob + R"(\"]"})");
    must_wait("bob", "is not one of those who decide");
    must_settle("carol");
  }

  void who_is_away_decides_when_back() {
    const std::string bob = user("bob");
    group("security", {bob});
    const auto today = bridge::to_iso(bench_->clock.now()).substr(0, 10);
    patch(*users_, bob,
          R"({"op":"add","path":"urn:ietf:params:scim:schemas:extension:countersign:2.0:User:awayUntil",)"
          R"("value":")" +
              today + "\"}");
    must_wait("bob", "away");
    bench_->clock.advance(std::chrono::hours(24));
    must_settle("bob");
  }

  void who_is_shut_out_by_scim_decides_no_more() {
    const std::string bob = user("bob");
    group("security", {bob});
    patch(*users_, bob, R"({"op":"Replace","path":"active","value":"False"})");
    must_wait("bob", "not active");
    patch(*users_, bob, R"({"op":"Replace","path":"active","value":"True"})");
    must_settle("bob");
  }

  void a_group_that_keeps_out_wins() {
    const std::string bob = user("bob"), erin = user("erin");
    group("security", {bob, erin});
    group("trainees", {erin});
    must_wait("erin", "is not one of those who decide");
    must_settle("bob");
  }

  void people_of_a_file_decide_the_same_way() {
    mappings::Diagnostics diagnostics;
    from_file_ = workflows::Directory::load(SOURCE_DIR "/workflows/people/example.yaml", diagnostics);
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), from_file_ != nullptr);
    must_wait("mallory", "is not one of those who decide");
    must_wait("dave", "not active");
    must_settle("bob.admin");
  }

  void without_a_directory_no_group_decides() { must_wait("bob", "is not one of those who decide"); }

 private:
  void use_workflow(const std::string& name) {
    mappings::Diagnostics diagnostics;
    auto desks = bench_->rules->current()->desks();
    desks.at("snow").workflow = workflows::Workflow::load(SOURCE_DIR "/workflows/" + name, diagnostics);
    bench_->rules->replace(std::make_shared<bridge::RuleSet>(
        std::move(desks), std::vector<bridge::RouteConfig>{{"acme", "", "snow", {}}}, diagnostics));
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), !diagnostics.has_errors());
    bench_->submit();
    bench_->work();
  }

  std::string user(const std::string& name) {
    return users_->create(call_, Json::object({{"userName", name}})).resource.get("id").string_or("");
  }
  std::string group(const std::string& name, const std::vector<std::string>& ids) {
    Json members = Json::array();
    for (const std::string& id : ids) members.push_back(Json::object({{"value", id}}));
    return groups_->create(call_, Json::object({{"displayName", name}, {"members", members}}))
        .resource.get("id")
        .string_or("");
  }
  void patch(bridge::ScimVerbs& verbs, const std::string& id, const std::string& operation) {
    verbs.patch(call_, id, Json::parse(R"({"Operations":[)" + operation + "]}"));
  }

  void decide(const std::string& by) {
    bench_->desk->decide("acme:1", true, by);
    bench_->clock.advance(std::chrono::seconds(30));
    bench_->reconcile();
    bench_->work();
  }
  void must_wait(const std::string& by, const std::string& why) {
    decide(by);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(by, std::string("waiting"), bench_->state(1));
    const auto comments = bench_->desk->ticket("acme:1").comments;
    CPPUNIT_ASSERT_MESSAGE(by, !comments.empty());
    CPPUNIT_ASSERT_MESSAGE(by + ": " + comments.back(), comments.back().find(why) != std::string::npos &&
                                                            comments.back().find(by) != std::string::npos);
  }
  void must_settle(const std::string& by) {
    decide(by);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(by, std::string("settled"), bench_->state(1));
    CPPUNIT_ASSERT_EQUAL(by, bench_->record(1).lifecycle.decision->by);
  }

  std::optional<tests::DrainBench> bench_;
  std::optional<bridge::Directories> directories_;
  std::unique_ptr<bridge::ScimVerbs> users_, groups_;
  std::shared_ptr<const workflows::Directory> from_file_;
  const bridge::ScimCall call_{"acme", {}, "https://a/scim/v2", "", {}};
};
CPPUNIT_TEST_SUITE_REGISTRATION(PeopleWorkflowTest);
