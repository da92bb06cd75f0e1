// What every store keeps to about the auditlog.

#include <set>

#include "bridge/ops/error.h"
#include "tests/bridge/store_contract.h"

namespace tests {

using bridge::AuditlogQuery;
using bridge::AuditlogRecord;
using bridge::NewRequest;
using bridge::Reported;
using bridge::Time;
using bridge::UseReport;
using std::chrono::microseconds;

namespace {
AuditlogQuery many() {
  AuditlogQuery query;
  query.take = 1000;
  return query;
}

NewRequest at_computer(const std::string& computer, const std::string& account, const std::string& name,
                       int type_code = 0) {
  NewRequest request = sample_request();
  request.listed.computer = computer;
  request.listed.account = account;
  request.listed.full_name = name;
  request.listed.type_code = type_code;
  return request;
}

UseReport report_of(std::int64_t id, std::optional<int> status_code, Time when) {
  UseReport report;
  report.ref = {"acme", id};
  report.at = when;
  report.status_code = status_code;
  report.with_status = [](const std::string& body, int code) { return body + " at " + std::to_string(code); };
  report.audit = {0, when, "used", "", "key k1", ""};
  return report;
}
}  // namespace

std::string StoreContract::listed(const AuditlogQuery& query) {
  std::string ids;
  store_->auditlog("acme", query, [&](const AuditlogRecord& record) {
    ids += (ids.empty() ? "" : " ") + std::to_string(record.id);
  });
  return ids;
}

std::optional<AuditlogRecord> StoreContract::entry(std::int64_t id) {
  AuditlogQuery query;
  query.start_id = id;
  query.take = 1;
  std::optional<AuditlogRecord> found;
  store_->auditlog("acme", query, [&](const AuditlogRecord& record) { found = record; });
  return found;
}

void StoreContract::set_status(std::int64_t id, int status_code, Time when) {
  const auto record = store_->find({"acme", id}).value();
  bridge::Change change = step_of(record, workflows::State::telling);
  change.at = when;
  change.status_code = status_code;
  change.body = record.body;
  CPPUNIT_ASSERT(store_->apply({&change, 1}).at(0) == bridge::Applied::yes);
}

void StoreContract::submits_many_in_their_order() {
  std::vector<NewRequest> requests(5, sample_request());
  requests[1].idempotency_key = requests[3].idempotency_key = "k";
  requests[4].idempotency_key = "k";
  requests[4].idempotency_hash = "another";
  const auto before = store_->writes().commits;
  const auto all = store_->submit_all(requests);
  CPPUNIT_ASSERT_EQUAL(std::size_t{5}, all.size());
  CPPUNIT_ASSERT(all[0].what == bridge::Submitted::What::created);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, all[1].record.ref.id);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, all[2].record.ref.id);
  CPPUNIT_ASSERT(all[3].what == bridge::Submitted::What::repeated);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, all[3].record.ref.id);
  CPPUNIT_ASSERT(all[4].what == bridge::Submitted::What::mismatch);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store_->writes().commits - before);
  CPPUNIT_ASSERT_EQUAL(std::string("1 2 3"), listed(many()));
  CPPUNIT_ASSERT(store_->submit_all({}).empty());
}

void StoreContract::gives_an_auditlog_record_as_it_stands() {
  NewRequest request = sample_request();
  request.scan_results = R"([{"engine":"x"}])";
  request.listed.requested = at(-60);
  store_->submit(request);
  const AuditlogRecord fresh = entry(1).value();
  CPPUNIT_ASSERT_EQUAL(std::string(R"({"scanResults":[],"id":1})"), fresh.body);
  CPPUNIT_ASSERT_EQUAL(request.scan_results, fresh.scan_results);
  CPPUNIT_ASSERT_EQUAL(4, fresh.status_code);
  CPPUNIT_ASSERT(fresh.requested == at(-60));
  CPPUNIT_ASSERT(fresh.received == at(0));
  CPPUNIT_ASSERT(!fresh.decided);
  CPPUNIT_ASSERT(fresh.use == bridge::Use{});
  auto change = step_of(*store_->find({"acme", 1}), workflows::State::telling);
  change.lifecycle.decision = bridge::Decision{true, "Bob", "bob@acme.test", "", at(9), "desk snow", ""};
  change.status_code = 0;
  change.body = "{}";
  store_->apply({&change, 1});
  CPPUNIT_ASSERT(entry(1)->decided == at(9));
  CPPUNIT_ASSERT_EQUAL(std::string("{}"), entry(1)->body);
  // Nothing else is said of the time of the request: then it is that of its coming in.
  store_->submit(sample_request());
  CPPUNIT_ASSERT(entry(2)->requested == at(0));
}

void StoreContract::lists_the_auditlog_by_start_take_and_last() {
  for (int i = 0; i < 5; ++i) store_->submit(sample_request());
  store_->submit(sample_request("other"));
  AuditlogQuery query = many();
  CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 4 5"), listed(query));
  query.start_id = 3;
  query.take = 2;
  CPPUNIT_ASSERT_EQUAL(std::string("3 4"), listed(query));
  query.start_id = 6;
  CPPUNIT_ASSERT_EQUAL(std::string(), listed(query));
  query.last = 3;
  CPPUNIT_ASSERT_EQUAL(std::string("5 4 3"), listed(query));
  query = many();
  query.take = 0;
  CPPUNIT_ASSERT_EQUAL(std::string(), listed(query));
}

void StoreContract::lists_the_auditlog_by_status_and_type() {
  for (const int type_code : {0, 1, 2, 0, 1}) store_->submit(at_computer("pc", "a\\b", "Ann", type_code));
  set_status(1, 0, at(1));
  set_status(2, 3, at(2));
  set_status(5, 2, at(3));
  AuditlogQuery query = many();
  query.status_codes = {0, 1, 2};
  CPPUNIT_ASSERT_EQUAL(std::string("1 5"), listed(query));
  query.last = 1;
  CPPUNIT_ASSERT_EQUAL(std::string("5"), listed(query));
  query = many();
  query.type = AuditlogQuery::Type::session;
  CPPUNIT_ASSERT_EQUAL(std::string("2 3 5"), listed(query));
  query.start_id = 3;
  query.take = 1;
  CPPUNIT_ASSERT_EQUAL(std::string("3"), listed(query));
  query = many();
  query.type = AuditlogQuery::Type::session;
  query.status_codes = {3, 4};
  CPPUNIT_ASSERT_EQUAL(std::string("2 3"), listed(query));
  query.type = AuditlogQuery::Type::app;
  CPPUNIT_ASSERT_EQUAL(std::string("4"), listed(query));
  query.status_codes.clear();
  CPPUNIT_ASSERT_EQUAL(std::string("1 4"), listed(query));
  query.computer = "PC";
  query.status_codes = {0};
  CPPUNIT_ASSERT_EQUAL(std::string("1"), listed(query));
}

void StoreContract::lists_the_auditlog_of_a_period() {
  constexpr int hour = 3600;
  // Not in the order of their ids.
  for (const int when : {0, 30 * hour, 1 * hour, 60 * hour, -90 * hour, 31 * hour}) {
    NewRequest request = sample_request();
    request.listed.requested = at(when);
    store_->submit(request);
  }
  AuditlogQuery query = many();
  query.from = at(0);
  CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 4 6"), listed(query));
  query.until = at(30 * hour);
  CPPUNIT_ASSERT_EQUAL(std::string("1 3"), listed(query));
  query.from = at(1);
  query.until = at(30 * hour + 1);
  CPPUNIT_ASSERT_EQUAL(std::string("2 3"), listed(query));
  query.start_id = 3;
  CPPUNIT_ASSERT_EQUAL(std::string("3"), listed(query));
  query.from = at(1000 * hour);
  query.until.reset();
  CPPUNIT_ASSERT_EQUAL(std::string(), listed(query));
  query.from.reset();
  query.until = at(0);
  query.start_id = 0;
  CPPUNIT_ASSERT_EQUAL(std::string("5"), listed(query));
  query.until = at(61 * hour);
  query.from = at(2 * hour);
  query.last = 2;
  CPPUNIT_ASSERT_EQUAL(std::string("6 4"), listed(query));
}

void StoreContract::lists_the_auditlog_of_a_computer() {
  for (const char* computer : {"PC-0042", "pc-0043", "Pc-0042", "", "\xc3\x84-1"})
    store_->submit(at_computer(computer, "", ""));
  AuditlogQuery query = many();
  query.computer = "pc-0042";
  CPPUNIT_ASSERT_EQUAL(std::string("1 3"), listed(query));
  query.computer = "PC-0043";
  CPPUNIT_ASSERT_EQUAL(std::string("2"), listed(query));
  query.computer = "\xc3\xa4-1";
  CPPUNIT_ASSERT_EQUAL(std::string("5"), listed(query));
  query.computer = "PC";
  CPPUNIT_ASSERT_EQUAL(std::string(), listed(query));
}

void StoreContract::lists_the_auditlog_of_a_user_by_account_or_name() {
  store_->submit(at_computer("", "ACME\\ann", "Ann Example"));
  store_->submit(at_computer("", "OTHER\\Ann", "Ann Sample"));
  store_->submit(at_computer("", "bob@acme.test", "Ann"));
  store_->submit(at_computer("", "ann", "ANN EXAMPLE"));
  store_->submit(at_computer("", "ACME\\asa", "\xc3\x85sa Nor\xc3\xa9n"));
  const std::pair<const char*, const char*> cases[] = {
      {"ann", "1 2 3 4"},
      {"acme\\ANN", "1"},
      {"ann example", "1 4"},
      {"BOB@acme.test", "3"},
      {"\xc3\xa5SA NOR\xc3\x89N", "5"},
      {"asa", "5"},
      {"nobody", ""},
  };
  AuditlogQuery query = many();
  for (const auto& [user, ids] : cases) {
    query.user = user;
    CPPUNIT_ASSERT_EQUAL_MESSAGE(user, std::string(ids), listed(query));
  }
  query.user = "ann";
  query.take = 2;
  query.start_id = 2;
  CPPUNIT_ASSERT_EQUAL(std::string("2 3"), listed(query));
  query.last = 2;
  CPPUNIT_ASSERT_EQUAL(std::string("4 3"), listed(query));
}

void StoreContract::a_change_of_the_object_moves_the_time_of_change() {
  CPPUNIT_ASSERT(!store_->last_change("acme"));
  store_->submit(sample_request());
  CPPUNIT_ASSERT(store_->last_change("acme") == at(0));
  set_status(1, 0, at(5) + microseconds(1234567));
  CPPUNIT_ASSERT(store_->last_change("acme") == at(5) + microseconds(1234500));
  store_->report_use(report_of(1, 1, at(9)));
  CPPUNIT_ASSERT(store_->last_change("acme") == at(9));
  CPPUNIT_ASSERT(!store_->last_change("other"));
  reopen();
  CPPUNIT_ASSERT(store_->last_change("acme") == at(9));
}

void StoreContract::an_inner_step_moves_no_time_of_change() {
  const auto record = store_->submit(sample_request()).record;
  bridge::Change change = step_of(record, workflows::State::waiting);
  change.at = at(50);
  change.lifecycle.ticket = {"t1", "INC1", "https://desk.test/t1"};
  CPPUNIT_ASSERT(store_->apply({&change, 1}).at(0) == bridge::Applied::yes);
  store_->append(record.ref, {}, {{0, at(60), "looked", "", "countersign", ""}});
  CPPUNIT_ASSERT(store_->last_change("acme") == at(0));
}

void StoreContract::times_of_change_grow_when_the_clock_does_not() {
  NewRequest request = sample_request();
  request.received = at(100) + microseconds(70);
  store_->submit(request);
  CPPUNIT_ASSERT(store_->last_change("acme") == at(100));
  for (const int step : {1, 2, 3}) {
    request.received = at(100 - step);
    store_->submit(request);
    CPPUNIT_ASSERT(store_->last_change("acme") == at(100) + microseconds(100 * step));
  }
  // Each queue has its own.
  request.queue = "other";
  store_->submit(request);
  CPPUNIT_ASSERT(store_->last_change("other") == at(97));
}

void StoreContract::times_of_change_are_apart_for_sixteen_threads() {
  constexpr int threads = 16, each = 10;
  CPPUNIT_ASSERT_EQUAL(0, on_threads(threads, [&](int) {
                         for (int i = 0; i < each; ++i) store_->submit(sample_request());
                       }));
  // Ids are given in the order of commits: so one moment is left out with each.
  for (int id = 1; id <= threads * each; ++id) {
    AuditlogQuery query;
    query.changed_after = at(0) + microseconds(100 * (id - 1)) - microseconds(100);
    std::set<std::int64_t> later;
    store_->auditlog("acme", query, [&](const AuditlogRecord& record) { later.insert(record.id); });
    CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(threads * each - id + 1), later.size());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{id}, *later.begin());
  }
}

void StoreContract::gives_all_that_changed_after_a_time_by_id() {
  for (int i = 0; i < 120; ++i) store_->submit(sample_request());
  const Time then = store_->last_change("acme").value();
  AuditlogQuery query;
  query.take = 5;
  query.changed_after = then;
  CPPUNIT_ASSERT_EQUAL(std::string(), listed(query));
  set_status(90, 0, at(1));
  set_status(7, 3, at(2));
  CPPUNIT_ASSERT_EQUAL(std::string("7 90"), listed(query));
  query.changed_after = at(1);
  CPPUNIT_ASSERT_EQUAL(std::string("7"), listed(query));
  query.changed_after = at(-1);
  std::size_t count = 0;
  store_->auditlog("acme", query, [&](const AuditlogRecord&) { ++count; });
  CPPUNIT_ASSERT_EQUAL(std::size_t{120}, count);
}

void StoreContract::gives_the_oldest_changes_in_their_order() {
  for (int i = 0; i < 6; ++i) store_->submit(sample_request());
  set_status(2, 0, at(1));
  AuditlogQuery query;
  query.changed_after = Time{};
  query.oldest_changes = 2;
  std::string seen;
  for (int page = 0; page < 5; ++page) {
    store_->auditlog("acme", query, [&](const AuditlogRecord& record) {
      CPPUNIT_ASSERT(record.touched > query.changed_after);
      query.changed_after = record.touched;
      seen += (seen.empty() ? "" : " ") + std::to_string(record.id);
    });
    seen += '.';
  }
  CPPUNIT_ASSERT_EQUAL(std::string("1 3. 4 5. 6 2..."), seen);
  CPPUNIT_ASSERT(query.changed_after == store_->last_change("acme"));
}

void StoreContract::a_report_of_use_adds_to_what_is_known() {
  store_->submit(sample_request());
  set_status(1, 0, at(1));
  UseReport report = report_of(1, 1, at(10));
  CPPUNIT_ASSERT(store_->report_use(report) == Reported::changed);
  CPPUNIT_ASSERT_EQUAL(1, entry(1)->status_code);
  CPPUNIT_ASSERT_EQUAL(std::string(R"({"scanResults":[],"id":1} at 1)"), entry(1)->body);
  CPPUNIT_ASSERT(entry(1)->use.started == at(10));
  CPPUNIT_ASSERT(entry(1)->use.started_utc == at(10));
  CPPUNIT_ASSERT(!entry(1)->use.ended);
  report = report_of(1, std::nullopt, at(20));
  report.installs = R"([{"application":"7-Zip"}])";
  CPPUNIT_ASSERT(store_->report_use(report) == Reported::changed);
  report = report_of(1, 2, at(30));
  report.ended = at(29);
  report.ended_utc = at(28);
  report.sso_validated = true;
  CPPUNIT_ASSERT(store_->report_use(report) == Reported::changed);
  const AuditlogRecord whole = entry(1).value();
  CPPUNIT_ASSERT_EQUAL(2, whole.status_code);
  bridge::Use expected;
  expected.started = expected.started_utc = at(10);
  expected.ended = at(29);
  expected.ended_utc = at(28);
  expected.sso_validated = true;
  expected.installs = R"([{"application":"7-Zip"}])";
  CPPUNIT_ASSERT(whole.use == expected);
  CPPUNIT_ASSERT_EQUAL(std::string("received used used used"), [&] {
    std::string text;
    for (const auto& row : store_->timeline({"acme", 1})) text += (text.empty() ? "" : " ") + row.what;
    return text;
  }());
}

void StoreContract::a_repeated_report_of_use_changes_nothing() {
  store_->submit(sample_request());
  set_status(1, 0, at(1));
  UseReport report = report_of(1, 2, at(10));
  report.elevated_applications = R"([{"name":"x"}])";
  CPPUNIT_ASSERT(store_->report_use(report) == Reported::changed);
  report.at = at(60);
  CPPUNIT_ASSERT(store_->report_use(report) == Reported::unchanged);
  CPPUNIT_ASSERT(store_->last_change("acme") == at(10));
  CPPUNIT_ASSERT_EQUAL(std::size_t{2}, store_->timeline({"acme", 1}).size());
}

void StoreContract::a_report_of_use_never_goes_back() {
  store_->submit(sample_request());
  set_status(1, 0, at(1));
  store_->report_use(report_of(1, 2, at(10)));
  UseReport late = report_of(1, 1, at(20));
  late.started = at(5);
  CPPUNIT_ASSERT(store_->report_use(late) == Reported::changed);
  CPPUNIT_ASSERT_EQUAL(2, entry(1)->status_code);
  CPPUNIT_ASSERT(entry(1)->use.started == at(5));
  CPPUNIT_ASSERT(entry(1)->use.ended == at(10));
}

void StoreContract::refuses_a_report_of_use_for_what_is_not_approved() {
  CPPUNIT_ASSERT(store_->report_use(report_of(1, 1, at(1))) == Reported::unknown);
  store_->submit(sample_request());
  CPPUNIT_ASSERT(store_->report_use(report_of(1, 1, at(1))) == Reported::not_approved);
  for (const int code : {3, 5, 6}) {
    set_status(1, code, at(2));
    CPPUNIT_ASSERT(store_->report_use(report_of(1, 1, at(3))) == Reported::not_approved);
  }
  CPPUNIT_ASSERT(entry(1)->use == bridge::Use{});
}

}  // namespace tests
