// The contracts of directory, events, inventory and mirror on SQLite, and that no question to them scans a
// table.

#include "bridge/store/sql_directory.h"
#include "bridge/store/sql_events.h"
#include "bridge/store/sql_inventory.h"
#include "bridge/store/sql_mirror.h"
#include "bridge/store/sqlite_store.h"
#include "tests/bridge/directory_contract.h"
#include "tests/bridge/event_log_contract.h"
#include "tests/bridge/inventory_contract.h"
#include "tests/bridge/mirror_contract.h"
#include "tests/support/temporary_folder.h"

namespace sql = bridge::sql;

namespace {
std::filesystem::path file_in(const tests::TemporaryFolder& folder) {
  return folder.path() / "store.db";
}
std::unique_ptr<bridge::Store> open_in(const tests::TemporaryFolder& folder) {
  return bridge::open_store("sqlite:" + file_in(folder).string());
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
void assert_walks_in(const tests::TemporaryFolder& folder, const std::string& text,
                     const std::string& index) {
  bridge::SqliteSession session(file_in(folder), bridge::SqliteSession::Access::read);
  bridge::Query row = session.query("EXPLAIN QUERY PLAN " + text);
  std::string plan;
  while (row.step()) plan += row.text(3) + '\n';
  CPPUNIT_ASSERT_MESSAGE(text + '\n' + plan, holds(plan, index));
  CPPUNIT_ASSERT_MESSAGE(text + '\n' + plan, !holds(plan, "TEMP B-TREE"));
  for (const char* table : {"events", "computers", "event_days", "event_intakes"})
    CPPUNIT_ASSERT_MESSAGE(text + '\n' + plan, !holds(plan, "SCAN " + std::string(table)));
}
}  // namespace

class SqliteEventsTest : public tests::EventLogContract {
  CPPUNIT_TEST_SUITE(SqliteEventsTest);
  EVENT_LOG_CONTRACT_TESTS;
  CPPUNIT_TEST(walks_the_index_of_each_question);
  CPPUNIT_TEST_SUITE_END();

 public:
  void tearDown() override {
    tests::EventLogContract::tearDown();
    folder_.reset();
  }

  void walks_the_index_of_each_question() {
    using By = sql::EventPart::By;
    const std::pair<By, const char*> indexes[] = {
        {By::id, "sqlite_autoindex_events_1 (queue=? AND id>? AND id<?)"},
        {By::code, "events_code (queue=? AND code=? AND id>? AND id<?)"},
        {By::computer, "events_computer (queue=? AND computer=? AND id>? AND id<?)"},
        {By::login, "events_login (queue=? AND login=? AND id>? AND id<?)"},
        {By::login_in_domain, "events_login (queue=? AND login=? AND id>? AND id<?)"},
        {By::user_name, "events_user (queue=? AND user_name=? AND id>? AND id<?)"},
    };
    for (const auto& [by, index] : indexes)
      for (const bool last : {false, true})
        for (const bool more : {false, true})
          assert_walks(sql::event_page(sql::event_part({by, more, more}), last), index);
    assert_walks(sql::event_page(
                     sql::event_part({By::login}) + " UNION ALL " + sql::event_part({By::user_name}), false),
                 "events_user (queue=? AND user_name=? AND id>? AND id<?)");
    const std::pair<std::string_view, const char*> others[] = {
        {sql::find_event, "sqlite_autoindex_events_1 (queue=? AND id=?)"},
        {sql::event_ids_of_days, "sqlite_autoindex_event_days_1 (queue=? AND day>? AND day<?)"},
        {sql::find_event_intake, "sqlite_autoindex_event_intakes_1 (queue=? AND name=?)"},
    };
    for (const auto& [text, index] : others) assert_walks(std::string(text), index);
  }

 private:
  void assert_walks(const std::string& text, const std::string& index) {
    assert_walks_in(*folder_, text, index);
  }
  std::unique_ptr<bridge::Store> open() override { return open_in(*folder_); }
  std::optional<tests::TemporaryFolder> folder_{std::in_place};
};
CPPUNIT_TEST_SUITE_REGISTRATION(SqliteEventsTest);

class SqliteInventoryTest : public tests::InventoryContract {
  CPPUNIT_TEST_SUITE(SqliteInventoryTest);
  INVENTORY_CONTRACT_TESTS;
  CPPUNIT_TEST(walks_the_index_of_each_question);
  CPPUNIT_TEST_SUITE_END();

 public:
  void tearDown() override {
    tests::InventoryContract::tearDown();
    folder_.reset();
  }

  void walks_the_index_of_each_question() {
    const std::string by_id = "sqlite_autoindex_computers_1 (queue=? AND id=?)";
    const std::string by_name = "sqlite_autoindex_computers_2 (queue=? AND name_key=?)";
    const std::pair<std::string_view, std::string> texts[] = {
        {sql::computer_id_of_name, by_name},
        {sql::replace_computer, by_id},
        {sql::find_computer_by_id, by_id},
        {sql::find_computer_by_name, by_name},
        {sql::remove_computer_by_id, by_id},
        {sql::remove_computer_by_name, by_name},
        {sql::computer_page, "sqlite_autoindex_computers_1 (queue=? AND id>?)"},
        {sql::count_computers, "COVERING INDEX computers_kind (queue=?)"},
    };
    for (const auto& [text, index] : texts) assert_walks(std::string(text), index);
  }

 private:
  void assert_walks(const std::string& text, const std::string& index) {
    assert_walks_in(*folder_, text, index);
  }
  std::unique_ptr<bridge::Store> open() override { return open_in(*folder_); }
  std::optional<tests::TemporaryFolder> folder_{std::in_place};
};
CPPUNIT_TEST_SUITE_REGISTRATION(SqliteInventoryTest);

class SqliteDirectoryTest : public tests::DirectoryContract {
  CPPUNIT_TEST_SUITE(SqliteDirectoryTest);
  DIRECTORY_CONTRACT_TESTS;
  CPPUNIT_TEST(walks_the_index_of_each_question);
  CPPUNIT_TEST_SUITE_END();

 public:
  void tearDown() override {
    tests::DirectoryContract::tearDown();
    folder_.reset();
  }

  void walks_the_index_of_each_question() {
    const std::string by_id = "(queue=? AND id=?)", by_name = "(queue=? AND name_key=?)";
    const std::pair<std::string_view, std::string> texts[] = {
        {sql::users_page, "directory_users_age (queue=?)"},
        {sql::user_by_id, by_id},
        {sql::users_by_name, by_name},
        {sql::users_by_external_id, "directory_users_external (queue=? AND external_id=?)"},
        {sql::user_of_name, by_name},
        {sql::user_exists, by_id},
        {sql::change_user, by_id},
        {sql::delete_user, by_id},
        {sql::groups_page, "directory_groups_age (queue=?)"},
        {sql::group_by_id, by_id},
        {sql::groups_by_name, by_name},
        {sql::groups_by_external_id, "directory_groups_external (queue=? AND external_id=?)"},
        {sql::change_group, by_id},
        {sql::delete_group, by_id},
        {sql::drop_member, "(queue=? AND group_id=? AND user_id=?)"},
        {sql::drop_members_of_user, "directory_members_user (queue=? AND user_id=?)"},
        {sql::touch_groups_of_user, "directory_members_user (queue=? AND user_id=?)"},
        {sql::members_of_group, "(queue=? AND group_id=?)"},
        {sql::groups_of_user, "directory_members_user (queue=? AND user_id=?)"},
    };
    for (const auto& [text, index] : texts) assert_walks_in(*folder_, std::string(text), index);
  }

 private:
  std::unique_ptr<bridge::Store> open() override { return open_in(*folder_); }
  std::optional<tests::TemporaryFolder> folder_{std::in_place};
};
CPPUNIT_TEST_SUITE_REGISTRATION(SqliteDirectoryTest);

class SqliteMirrorTest : public tests::MirrorContract {
  CPPUNIT_TEST_SUITE(SqliteMirrorTest);
  MIRROR_CONTRACT_TESTS;
  CPPUNIT_TEST(walks_the_index_of_each_question);
  CPPUNIT_TEST_SUITE_END();

 public:
  void tearDown() override {
    tests::MirrorContract::tearDown();
    folder_.reset();
  }

  void walks_the_index_of_each_question() {
    const std::pair<std::string_view, std::string> texts[] = {
        {sql::find_entry, "(queue=? AND id=?)"},
        {sql::has_event, "(queue=? AND id=?)"},
        {sql::last_event_id, "(queue=?)"},
        {sql::give_name_up, "sqlite_autoindex_computers_2 (queue=? AND name_key=?)"},
        {sql::has_computer, "(queue=? AND id=?)"},
        {sql::computer_ids, "COVERING INDEX"},
        {sql::mirrored_rows, "COVERING INDEX"},
    };
    for (const auto& [text, index] : texts) assert_walks_in(*folder_, std::string(text), index);
  }

 private:
  std::unique_ptr<bridge::Store> open() override { return open_in(*folder_); }
  std::optional<tests::TemporaryFolder> folder_{std::in_place};
};
CPPUNIT_TEST_SUITE_REGISTRATION(SqliteMirrorTest);
