// The audit log on SQLite: the contract, what the tables refuse, and that every kind of tampering is found.

#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/error.h"
#include "bridge/store/sql_trail.h"
#include "bridge/store/sqlite_session.h"
#include "bridge/store/trail_chain.h"
#include "tests/bridge/store_contract.h"
#include "tests/bridge/trail_contract.h"
#include "tests/support/temporary_folder.h"

using bridge::OpenMode;
using bridge::TrailEntry;

class SqliteTrailTest : public tests::TrailContract {
  CPPUNIT_TEST_SUITE(SqliteTrailTest);
  TRAIL_CONTRACT_TESTS;
  CPPUNIT_TEST(refuses_to_change_remove_or_replace_a_row);
  CPPUNIT_TEST(finds_the_first_row_that_was_tampered_with);
  CPPUNIT_TEST(shows_a_forged_chain_by_its_head_alone);
  CPPUNIT_TEST(goes_on_behind_rows_that_another_process_recorded);
  CPPUNIT_TEST(records_nothing_when_opened_for_looking);
  CPPUNIT_TEST(walks_the_index_of_each_question);
  CPPUNIT_TEST(finds_periods_in_a_log_of_an_older_version);
  CPPUNIT_TEST(goes_on_when_rows_were_cut_off);
  CPPUNIT_TEST_SUITE_END();

 public:
  void tearDown() override {
    tests::TrailContract::tearDown();
    folder_.reset();
  }

  void refuses_to_change_remove_or_replace_a_row() {
    fill(3);
    const std::pair<const char*, const char*> attempts[] = {
        {"UPDATE trail SET actor = 'eve'", "never changed"},
        {"UPDATE trail SET sequence = 9 WHERE sequence = 3", "never changed"},
        {"DELETE FROM trail WHERE sequence = 2", "never removed"},
        {"DELETE FROM trail", "never removed"},
        {"INSERT OR REPLACE INTO trail SELECT 2, at, 'eve', on_behalf_of, role, ip, user_agent, action, "
         "queue, "
         "object, old_value, new_value, detail, previous, hash FROM trail WHERE sequence = 2",
         "only appended"},
        {"INSERT INTO trail SELECT 5, at, actor, on_behalf_of, role, ip, user_agent, action, queue, object, "
         "old_value, new_value, detail, previous, hash FROM trail WHERE sequence = 3",
         "only appended"},
    };
    for (const auto& [sql, say] : attempts) {
      bridge::SqliteSession session(file(), bridge::SqliteSession::Access::write);
      std::string refusal;
      try {
        session.execute(sql);
      } catch (const bridge::Error& error) {
        refusal = error.what();
      }
      CPPUNIT_ASSERT_MESSAGE(sql + (": " + refusal), refusal.find(say) != std::string::npos);
    }
    CPPUNIT_ASSERT_EQUAL(std::string("1 2 3"), found({}));
    CPPUNIT_ASSERT_EQUAL(std::string(), tests::first_break(store_->trail()));
  }

  void finds_the_first_row_that_was_tampered_with() {
    struct Case {
      const char* name;
      std::vector<std::string> sql;
      const char* broken;
    };
    const std::string columns =
        "at, actor, on_behalf_of, role, ip, user_agent, action, queue, object, old_value, new_value, detail";
    std::vector<Case> cases = {
        {"row dropped", {"DELETE FROM trail WHERE sequence = 5"}, "6 gap"},
        {"first row dropped", {"DELETE FROM trail WHERE sequence = 1"}, "2 gap"},
        {"row dropped and the rest moved up",
         {"DELETE FROM trail WHERE sequence = 5",
          "UPDATE trail SET sequence = sequence - 1 WHERE sequence > 5"},
         "5 previous"},
        {"first row dropped and the rest moved up",
         {"DELETE FROM trail WHERE sequence = 1", "UPDATE trail SET sequence = sequence - 1"},
         "1 previous"},
        {"two rows swapped",
         {"UPDATE trail SET sequence = -1 WHERE sequence = 4",
          "UPDATE trail SET sequence = 4 WHERE sequence = 5",
          "UPDATE trail SET sequence = 5 WHERE sequence = -1"},
         "4 previous"},
        {"what two rows say swapped",
         {"CREATE TABLE t AS SELECT sequence AS s, detail AS d FROM trail",
          "UPDATE trail SET detail = (SELECT d FROM t WHERE s = 9 - sequence) WHERE sequence IN (4, 5)"},
         "4 hash"},
        {"appended by hand with the hash of another",
         {"INSERT INTO trail SELECT 11, " + columns + ", hash, hash FROM trail WHERE sequence = 10"},
         "11 hash"},
        {"inserted in the middle",
         {"UPDATE trail SET sequence = sequence + 100 WHERE sequence > 5",
          "UPDATE trail SET sequence = sequence - 99 WHERE sequence > 100",
          "INSERT INTO trail SELECT 6, " + columns + ", previous, hash FROM trail WHERE sequence = 5"},
         "6 previous"},
        {"a hash changed", {"UPDATE trail SET hash = previous WHERE sequence = 5"}, "5 hash"},
        {"a previous hash changed", {"UPDATE trail SET previous = hash WHERE sequence = 5"}, "5 previous"},
    };
    for (const char* column : {"actor", "on_behalf_of", "role", "ip", "user_agent", "action", "queue",
                               "object", "old_value", "new_value", "detail"})
      cases.push_back(
          {column, {"UPDATE trail SET " + std::string(column) + " = 'eve' WHERE sequence = 5"}, "5 hash"});
    cases.push_back({"at", {"UPDATE trail SET at = at + 1 WHERE sequence = 5"}, "5 hash"});
    cases.push_back({"a letter moved from one field to the next",
                     {"UPDATE trail SET actor = substr(actor, 1, length(actor) - 1), "
                      "on_behalf_of = substr(actor, length(actor)) WHERE sequence = 5"},
                     "5 hash"});
    for (const Case& one : cases) {
      fill(10);
      tamper(one.sql);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, std::string(one.broken), tests::first_break(store_->trail()));
      begin_anew();
    }
  }

  // Who may write the file can write a chain that fits: then only its head tells.
  void shows_a_forged_chain_by_its_head_alone() {
    fill(10);
    const auto before = rows();
    std::vector<std::string> forged = {"UPDATE trail SET actor = 'eve' WHERE sequence = 5"};
    std::string previous = before.at(3).hash;
    for (std::size_t i = 4; i < before.size(); ++i) {
      TrailEntry entry = before[i].entry;
      if (i == 4) entry.actor.name = "eve";
      const std::string hash = bridge::trail_hash(before[i].sequence, entry, previous);
      forged.push_back("UPDATE trail SET previous = '" + previous + "', hash = '" + hash +
                       "' WHERE sequence = " + std::to_string(i + 1));
      previous = hash;
    }
    tamper(forged);
    CPPUNIT_ASSERT_EQUAL(std::string(), tests::first_break(store_->trail()));
    CPPUNIT_ASSERT(rows().back().hash != before.back().hash);
    begin_anew();
    fill(10);
    tamper({"DELETE FROM trail WHERE sequence > 7"});
    CPPUNIT_ASSERT_EQUAL(std::string(), tests::first_break(store_->trail()));
    CPPUNIT_ASSERT(rows().back().hash != before.back().hash);
  }

  void goes_on_behind_rows_that_another_process_recorded() {
    fill(2);
    {
      const auto beside = bridge::open_store(where(), OpenMode::beside);
      beside->trail().add({tests::sample_entry()});
      store_->trail().add({tests::sample_entry()});
      beside->trail().add({tests::sample_entry()});
    }
    store_->trail().add({tests::sample_entry()});
    CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 4 5 6"), found({}));
    CPPUNIT_ASSERT_EQUAL(std::string(), tests::first_break(store_->trail()));
  }

  void records_nothing_when_opened_for_looking() {
    fill(1);
    const auto looking = bridge::open_store(where(), OpenMode::look);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, looking->trail().newest());
    CPPUNIT_ASSERT_THROW(looking->trail().add({tests::sample_entry()}), bridge::Error);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store_->trail().newest());
  }

  // Rows 1 to 700 were written before there were spans.
  void finds_periods_in_a_log_of_an_older_version() {
    std::vector<TrailEntry> entries;
    for (int i = 1; i <= 700; ++i) entries.push_back(tests::sample_entry(i));
    store_->trail().add(entries);
    store_.reset();
    {
      bridge::SqliteSession session(file(), bridge::SqliteSession::Access::write);
      session.execute("DROP TABLE trail_spans");
      session.execute("CREATE INDEX trail_at ON trail (at)");
      session.execute("PRAGMA user_version = 9");
    }
    store_ = open();
    for (TrailEntry& entry : entries) entry.at += std::chrono::seconds(700);
    store_->trail().add(entries);
    for (const int second : {1, 512, 513, 700, 701, 1024, 1025, 1400}) {
      bridge::TrailQuery query;
      query.from = tests::at(second);
      query.before = tests::at(second + 1);
      CPPUNIT_ASSERT_EQUAL(std::to_string(second), found(query));
      query.walk = 1024;
      CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store_->trail().page(query).reached);
    }
  }

  // The chain tells of it; the bridge must not stand still because of it.
  void goes_on_when_rows_were_cut_off() {
    std::vector<TrailEntry> entries;
    for (int i = 1; i <= 600; ++i) entries.push_back(tests::sample_entry(i));
    store_->trail().add(entries);
    store_.reset();
    tamper({"DELETE FROM trail WHERE sequence > 500"});
    store_ = open();
    for (TrailEntry& entry : entries) entry.at += std::chrono::seconds(1000);
    store_->trail().add(entries);
    bridge::TrailQuery query;
    query.from = tests::at(1001);
    query.before = tests::at(1021);
    CPPUNIT_ASSERT(found(query).starts_with("501 502 503 "));
    CPPUNIT_ASSERT(found(query).ends_with(" 520"));
  }

  void walks_the_index_of_each_question() {
    using Way = bridge::sql::TrailWay;
    struct Case {
      Way way;
      std::size_t keys;
      const char* index;
    };
    const Case cases[] = {
        {Way::all, 0, "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
        {Way::queue, 1, "trail_queue (queue=? AND sequence>? AND sequence<?)"},
        {Way::object, 1, "trail_object (object=? AND sequence>? AND sequence<?)"},
        {Way::actions, 1, "trail_action (action=? AND sequence>? AND sequence<?)"},
        {Way::actions, 3, "trail_action (action=? AND sequence>? AND sequence<?)"},
    };
    for (const Case& one : cases)
      for (const auto& [newest_first, whole] :
           {std::pair(false, false), std::pair(true, false), std::pair(false, true), std::pair(true, true)}) {
        const std::string text = bridge::sql::trail_search(one.way, one.keys, newest_first, whole);
        const std::string plan = plan_of(text);
        CPPUNIT_ASSERT_MESSAGE(text + '\n' + plan, plan.find(one.index) != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(text + '\n' + plan, plan.find("TEMP B-TREE") == std::string::npos);
      }
    CPPUNIT_ASSERT(
        plan_of(std::string(bridge::sql::next_rare_action)).find("trail_action (action>? AND action<?)") !=
        std::string::npos);
    CPPUNIT_ASSERT(plan_of(std::string(bridge::sql::insert_trail_span)).find("rowid>? AND rowid<?") !=
                   std::string::npos);
  }

 protected:
  std::unique_ptr<bridge::Store> open() override { return bridge::open_store(where()); }

 private:
  std::filesystem::path file() const { return folder_->path() / "store.db"; }
  std::string where() const { return "sqlite:" + file().string(); }
  void begin_anew() {
    store_.reset();
    folder_.emplace();
    store_ = open();
  }
  void fill(int count) {
    for (int i = 0; i < count; ++i) {
      TrailEntry entry = tests::sample_entry(i);
      entry.detail = "row " + std::to_string(i + 1);
      store_->trail().add({entry});
    }
  }
  // As somebody does who may write the file.
  void tamper(const std::vector<std::string>& statements) {
    bridge::SqliteSession session(file(), bridge::SqliteSession::Access::write);
    for (const char* trigger : {"trail_keep_rows", "trail_keep_all", "trail_keep_order"})
      session.execute("DROP TRIGGER " + std::string(trigger));
    for (const std::string& statement : statements) session.execute(statement);
  }
  std::string plan_of(const std::string& text) const {
    bridge::SqliteSession session(file(), bridge::SqliteSession::Access::read);
    bridge::Query row = session.query("EXPLAIN QUERY PLAN " + text);
    std::string plan;
    while (row.step()) plan += row.text(3) + '\n';
    return plan;
  }

  std::optional<tests::TemporaryFolder> folder_{std::in_place};
};
CPPUNIT_TEST_SUITE_REGISTRATION(SqliteTrailTest);

class TrailChainTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TrailChainTest);
  CPPUNIT_TEST(has_the_form_that_the_documentation_shows);
  CPPUNIT_TEST(says_what_is_wrong_with_a_row);
  CPPUNIT_TEST(begins_in_the_middle_when_asked);
  CPPUNIT_TEST_SUITE_END();

 public:
  void has_the_form_that_the_documentation_shows() {
    TrailEntry entry;
    entry.at = bridge::from_micros(1767225600000000);
    entry.actor.name = "Änne";
    entry.action = "request.approved";
    entry.queue = "acme";
    entry.object = "request acme:7";
    const std::string form = bridge::trail_form(1, entry, bridge::trail_start);
    CPPUNIT_ASSERT_EQUAL("19:countersign trail 164:" + std::string(64, '0') +
                             "1:116:17672256000000005:Änne0:0:0:0:16:request.approved4:acme"
                             "14:request acme:70:0:0:",
                         form);
    CPPUNIT_ASSERT_EQUAL(std::string("696ad270d74f22dba13e9054d6270c660f1bda92e463c3a5198dca5d00a7c180"),
                         bridge::trail_hash(1, entry, bridge::trail_start));
  }

  void says_what_is_wrong_with_a_row() {
    const auto say = [](bridge::TrailWalk walk, const bridge::TrailRecord& row) {
      const auto broken = walk.next(row);
      return broken ? broken->say : "";
    };
    CPPUNIT_ASSERT_EQUAL(std::string(), say(bridge::TrailWalk(), record(1, bridge::trail_start)));
    CPPUNIT_ASSERT_EQUAL(std::string("row 1 is missing"),
                         say(bridge::TrailWalk(), record(2, bridge::trail_start)));
    CPPUNIT_ASSERT_EQUAL(std::string("rows 1 to 4 are missing"),
                         say(bridge::TrailWalk(), record(5, bridge::trail_start)));
    CPPUNIT_ASSERT_EQUAL(std::string("it stands behind row 0"),
                         say(bridge::TrailWalk(), record(0, bridge::trail_start)));
    CPPUNIT_ASSERT_EQUAL(std::string("it names a row before it, and is the first"),
                         say(bridge::TrailWalk(), record(1, std::string(64, 'a'))));
    auto changed = record(1, bridge::trail_start);
    changed.entry.detail = "other";
    CPPUNIT_ASSERT_EQUAL(std::string("its content is not what its hash was made of"),
                         say(bridge::TrailWalk(), changed));
  }

  void begins_in_the_middle_when_asked() {
    bridge::TrailWalk walk(7);
    const auto seventh = record(7, std::string(64, 'a'));
    CPPUNIT_ASSERT(!walk.next(seventh));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, walk.newest());
    CPPUNIT_ASSERT_EQUAL(seventh.hash, walk.head());
    CPPUNIT_ASSERT(!walk.next(record(8, seventh.hash)));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, walk.rows());
    CPPUNIT_ASSERT(walk.next(record(9, seventh.hash))->what == bridge::TrailBreak::What::previous);
  }

 private:
  static bridge::TrailRecord record(std::int64_t sequence, std::string_view previous) {
    bridge::TrailRecord row;
    row.sequence = sequence;
    row.entry = tests::sample_entry();
    row.previous = previous;
    row.hash = bridge::trail_hash(sequence, row.entry, previous);
    return row;
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TrailChainTest);
