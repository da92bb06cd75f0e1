// Which way SQLite goes through its tables: never one that grows with them.

#include "bridge/store/sql.h"
#include "bridge/store/sql_auditlog.h"
#include "bridge/store/sql_hooks.h"
#include "bridge/store/sqlite_session.h"
#include "tests/bridge/sqlite_fixture.h"

using tests::holds;

class SqlitePlanTest : public tests::SqliteFixture {
  CPPUNIT_TEST_SUITE(SqlitePlanTest);
  CPPUNIT_TEST(walks_an_index_in_every_text_that_runs_often);
  CPPUNIT_TEST(walks_the_right_index_in_every_list_of_the_auditlog);
  CPPUNIT_TEST_SUITE_END();

 public:
  void walks_an_index_in_every_text_that_runs_often() {
    namespace sql = bridge::sql;
    const sql::ListShape everything{true, true, true, false};
    const std::string two_states =
        sql::list_part(everything, 6) + " UNION ALL " + sql::list_part(everything, 7);
    const std::string texts[] = {
        std::string(sql::find_request),
        std::string(sql::find_by_ticket),
        std::string(sql::find_idempotency),
        std::string(sql::standing),
        std::string(sql::timeline),
        std::string(sql::oldest),
        std::string(sql::take_slot),
        std::string(sql::end_wait),
        std::string(sql::end_expired_leases),
        std::string(sql::next_priority),
        std::string(sql::due),
        std::string(sql::coming),
        std::string(sql::due_in_order),
        std::string(sql::coming_in_order),
        std::string(sql::open_deliveries),
        std::string(sql::count_deliveries),
        std::string(sql::drop_lane),
        std::string(sql::find_message),
        std::string(sql::next_lease_end),
        std::string(sql::drop_timers),
        sql::page_of_one(false, 0, false, true),
        sql::page_of_one(true, 4, true, false),
        sql::page_part(4, false),
        sql::list_part({}, 0),
        sql::list_part({}, 6),
        two_states,
        std::string(sql::last_touched),
        std::string(sql::ids_of_days),
        std::string(sql::auditlog_entry_by_id),
    };
    for (const std::string& text : texts) {
      const std::string plan = plan_of(text);
      CPPUNIT_ASSERT_MESSAGE(text + '\n' + plan, holds(plan, "INDEX"));
      // Walking a whole index in its order is what an unfiltered page does; a table or a sort is never right.
      CPPUNIT_ASSERT_MESSAGE(text + '\n' + plan, !holds(plan, "TEMP B-TREE"));
      for (const char* table : {"requests", "effects", "audit", "r", "e", "o", "a"})
        CPPUNIT_ASSERT_MESSAGE(text + '\n' + plan, !holds(plan, "SCAN " + std::string(table) + "\n"));
    }
  }

  void walks_the_right_index_in_every_list_of_the_auditlog() {
    namespace sql = bridge::sql;
    using By = sql::AuditlogPart::By;
    using Type = bridge::AuditlogQuery::Type;
    struct Case {
      const char* name = nullptr;
      sql::AuditlogPart part;
      const char* index = nullptr;
    };
    // What real clients send: startid and take, days, startdate and enddate, last, status, type, a computer,
    // a user. The period is a range of ids and a look at the row.
    const Case cases[] = {
        {"startid", {By::id, 0, 0, Type::any, false}, "(queue=? AND id>? AND id<?)"},
        {"last", {By::id, 0, 0, Type::any, true}, "(queue=? AND id>? AND id<?)"},
        {"type app", {By::id, 0, 0, Type::app, false}, "(queue=? AND id>? AND id<?)"},
        {"type session",
         {By::type, 1, 3, Type::any, false},
         "requests_type (queue=? AND type_code=? AND id>?"},
        {"status",
         {By::status, 10, 0, Type::app, false},
         "requests_status (queue=? AND status_code=? AND id>?"},
        {"status last",
         {By::status, 10, 0, Type::any, true},
         "requests_status (queue=? AND status_code=? AND"},
        {"computer",
         {By::computer, 0, 3, Type::app, false},
         "requests_computer (queue=? AND computer=? AND id>"},
        {"login", {By::login, 0, 1, Type::any, false}, "requests_login (queue=? AND login=? AND id>?"},
        {"account", {By::account, 0, 3, Type::any, true}, "requests_login (queue=? AND login=? AND id>?"},
        {"name", {By::name_not_login, 0, 0, Type::any, false}, "requests_full_name (queue=? AND full_name=?"},
        {"a name",
         {By::name_not_account, 0, 0, Type::any, true},
         "requests_full_name (queue=? AND full_name=?"},
    };
    for (const Case& one : cases) {
      const std::string part = sql::auditlog_part(one.part);
      const std::string plan = plan_of(part);
      CPPUNIT_ASSERT_MESSAGE(one.name + ('\n' + plan), holds(plan, one.index));
      CPPUNIT_ASSERT_MESSAGE(one.name + ('\n' + plan), !holds(plan, "TEMP B-TREE"));
      // Bodies are found by their number, and only those of the page.
      const std::string page =
          plan_of(sql::auditlog_page(sql::from_requests, part + " UNION ALL " + part, one.part.last));
      // What is mirrored is listed by the same parts, over indexes of the same form.
      std::string there = one.index;
      if (there.starts_with("requests_")) there.replace(0, 8, "mirrored");
      const std::string mirrored = sql::auditlog_part(one.part, "mirrored_entries");
      const std::string mirrored_plan = plan_of(mirrored);
      CPPUNIT_ASSERT_MESSAGE(one.name + ('\n' + mirrored_plan),
                             there == one.index || holds(mirrored_plan, there));
      CPPUNIT_ASSERT_MESSAGE(one.name + ('\n' + mirrored_plan), !holds(mirrored_plan, "TEMP B-TREE"));
      const std::string mirrored_page =
          plan_of(sql::auditlog_page(sql::from_mirror, mirrored + " UNION ALL " + mirrored, one.part.last));
      for (const char* table : {"mirrored_entries", "r\n"})
        CPPUNIT_ASSERT_MESSAGE(one.name + ('\n' + mirrored_page),
                               !holds(mirrored_page, "SCAN " + std::string(table)));
      for (const char* table : {"requests", "bodies", "uses", "r\n", "b\n", "u\n"})
        CPPUNIT_ASSERT_MESSAGE(one.name + ('\n' + page), !holds(page, "SCAN " + std::string(table)));
    }
    // Sorted by id: but of the numbers alone, and only of those that changed.
    CPPUNIT_ASSERT(holds(plan_of(std::string(sql::from_requests.changed_after)),
                         "requests_touched (queue=? AND touched>?)"));
    CPPUNIT_ASSERT(holds(plan_of(std::string(sql::from_mirror.changed_after)),
                         "mirrored_touched (queue=? AND touched>?)"));
    for (const auto text : {sql::from_requests.oldest_changes, sql::from_mirror.oldest_changes}) {
      const std::string plan = plan_of(std::string(text));
      CPPUNIT_ASSERT_MESSAGE(
          plan, holds(plan, "touched (queue=? AND touched>? AND touched<?)") && !holds(plan, "TEMP"));
    }
    CPPUNIT_ASSERT(!holds(plan_of(std::string(sql::from_requests.by_num)), "SCAN"));
  }

 private:
  std::string plan_of(const std::string& text) const {
    bridge::SqliteSession session(file(), bridge::SqliteSession::Access::read);
    bridge::Query row = session.query("EXPLAIN QUERY PLAN " + text);
    std::string plan;
    while (row.step()) plan += row.text(3) + '\n';
    return plan;
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SqlitePlanTest);
