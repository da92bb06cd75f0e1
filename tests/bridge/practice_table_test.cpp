#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/practice_calls.h"

using bridge::Incoming;
using bridge::Reply;
using mappings::Json;
using practice_test::Calls;
using practice_test::header;
using practice_test::Query;
using practice_test::result;

namespace {
const std::string incidents = "/api/now/table/incident";

std::string text(const Json& record, const std::string& field) {
  return record.get(field).is_string() ? *record.get(field).as_string()
                                       : "(" + record.get(field).dump() + ")";
}
}  // namespace

class PracticeTableTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PracticeTableTest);
  CPPUNIT_TEST(makes_a_ticket_with_text_fields_only);
  CPPUNIT_TEST(shows_references_in_each_shape);
  CPPUNIT_TEST(shows_only_the_fields_asked_for);
  CPPUNIT_TEST(keeps_journals_apart_from_the_record);
  CPPUNIT_TEST(remembers_who_changed_what);
  CPPUNIT_TEST(leaves_no_trace_of_a_write_that_changes_nothing);
  CPPUNIT_TEST(refuses_to_close_without_code_and_notes);
  CPPUNIT_TEST(answers_errors_in_the_envelope);
  CPPUNIT_TEST(refuses_wrong_credentials_alike);
  CPPUNIT_TEST(needs_the_media_types);
  CPPUNIT_TEST(pages_with_links_and_a_total);
  CPPUNIT_TEST(reads_labels_where_the_caller_says_so);
  CPPUNIT_TEST(cuts_a_long_text_at_a_whole_character);
  CPPUNIT_TEST(serves_another_task_table);
  CPPUNIT_TEST(deletes_a_ticket_with_its_approvals);
  CPPUNIT_TEST(lets_post_stand_for_patch);
  CPPUNIT_TEST_SUITE_END();

 public:
  void makes_a_ticket_with_text_fields_only() {
    Calls calls;
    const Reply reply =
        calls.api("POST", incidents, {},
                  R"({"short_description":"S","urgency":1,"impact":2,"active":true,"bogus":"x"})");
    CPPUNIT_ASSERT_EQUAL(201, reply.status);
    const Json record = result(reply);
    CPPUNIT_ASSERT_EQUAL("http://127.0.0.1:8081/api/now/table/incident/" + text(record, "sys_id"),
                         header(reply, "Location"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{32}, text(record, "sys_id").size());
    const std::pair<const char*, const char*> wanted[] = {
        {"number", "INC0010001"},     {"state", "1"},
        {"incident_state", "1"},      {"priority", "2"},
        {"active", "true"},           {"approval", "not requested"},
        {"sys_mod_count", "0"},       {"sys_created_on", "2026-01-31 10:00:00"},
        {"sys_created_by", "bridge"}, {"assigned_to", ""},
        {"bogus", "(null)"}};
    for (const auto& [field, value] : wanted)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(field, std::string(value), text(record, field));
    CPPUNIT_ASSERT_EQUAL(std::string("INC0010002"), text(calls.create("{}"), "number"));
    CPPUNIT_ASSERT_EQUAL_MESSAGE(
        "one record a call", std::string("first"),
        text(calls.create(R"([{"short_description":"first"},{"short_description":"second"}])"),
             "short_description"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, calls.desk.tables().size("incident"));
  }

  void shows_references_in_each_shape() {
    Calls calls;
    const std::string id = text(calls.create(R"({"caller_id":"ann@acme.test","state":"2"})"), "sys_id");
    const std::string ann(calls.desk.tables().equal("sys_user", "email", "ann@acme.test").front()->id());
    const std::string link = "\"link\":\"http://127.0.0.1:8081/api/now/table/sys_user/" + ann + "\"";
    const std::string name = "\"display_value\":\"ann@acme.test\"", value = "\"value\":\"" + ann + "\"";
    const struct {
      const char *shown, *bare;
      std::string reference, empty, choice;
    } cases[] = {
        {"false", "false", "{" + link + "," + value + "}", "\"\"", "\"2\""},
        {"false", "true", "\"" + ann + "\"", "\"\"", "\"2\""},
        {"true", "false", "{" + name + "," + link + "}", "\"\"", "\"In Progress\""},
        {"true", "true", "\"ann@acme.test\"", "\"\"", "\"In Progress\""},
        {"all", "false", "{" + name + "," + value + "," + link + "}", R"({"display_value":"","value":""})",
         R"({"display_value":"In Progress","value":"2"})"},
        {"all", "true", "{" + name + "," + value + "}", R"({"display_value":"","value":""})",
         R"({"display_value":"In Progress","value":"2"})"},
    };
    for (const auto& c : cases) {
      const Json record =
          calls.record(id, {{"sysparm_display_value", c.shown}, {"sysparm_exclude_reference_link", c.bare}});
      const std::string name_of_case = std::string(c.shown) + "/" + c.bare;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name_of_case, c.reference, record.get("caller_id").dump());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name_of_case, c.empty, record.get("assigned_to").dump());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name_of_case, c.choice, record.get("state").dump());
    }
  }

  void shows_only_the_fields_asked_for() {
    Calls calls;
    const std::string id = text(calls.create(R"({"caller_id":"ann@acme.test"})"), "sys_id");
    CPPUNIT_ASSERT_EQUAL(
        std::string(R"({"number":"INC0010001","caller_id.email":"ann@acme.test","assigned_to.email":""})"),
        calls
            .record(id, {{"sysparm_fields",
                          "number, caller_id.email,bogus,number,assigned_to.email,caller_id.bogus"}})
            .dump());
  }

  void keeps_journals_apart_from_the_record() {
    Calls calls;
    const std::string id = text(calls.create(R"({"work_notes":"made"})"), "sys_id");
    calls.clock->advance(std::chrono::seconds(5));
    const Json patched =
        result(calls.api("PATCH", incidents + "/" + id, {}, R"({"comments":"<script>"})", "approver"));
    CPPUNIT_ASSERT_EQUAL(std::string(), text(patched, "comments"));
    CPPUNIT_ASSERT_EQUAL(std::string("1"), text(patched, "sys_mod_count"));
    CPPUNIT_ASSERT_EQUAL(std::string("2026-01-31 10:00:05"), text(patched, "sys_updated_on"));
    CPPUNIT_ASSERT_EQUAL(std::string("approver"), text(patched, "sys_updated_by"));
    CPPUNIT_ASSERT_EQUAL(
        std::string("2026-01-31 10:00:05 - Alex Approver (Additional comments)\n<script>\n\n"),
        text(calls.record(id, {{"sysparm_display_value", "true"}}), "comments"));
    const Reply rows = calls.api(
        "GET", "/api/now/table/sys_journal_field",
        {{"sysparm_query", "element_id=" + id + "^elementINcomments,work_notes^ORDERBYsys_created_on"},
         {"sysparm_fields", "element,name,value,sys_created_by,sys_created_on"}});
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            R"([{"element":"work_notes","name":"incident","value":"made","sys_created_by":"bridge",)"
            R"("sys_created_on":"2026-01-31 10:00:00"},{"element":"comments","name":"incident",)"
            R"("value":"<script>","sys_created_by":"approver","sys_created_on":"2026-01-31 10:00:05"}])"),
        result(rows).dump());
    CPPUNIT_ASSERT_EQUAL(
        403, calls.api("POST", "/api/now/table/sys_journal_field", {}, R"({"value":"x"})").status);
  }

  void remembers_who_changed_what() {
    Calls calls;
    const std::string id = text(calls.create("{}"), "sys_id");
    calls.api("PATCH", incidents + "/" + id, {}, R"({"approval":"approved"})", "approver");
    calls.api("PATCH", incidents + "/" + id, {}, R"({"approval":"approved","state":"8"})");
    const Reply rows = calls.api("GET", "/api/now/table/sys_audit",
                                 {{"sysparm_query", "documentkey=" + id + "^fieldname=approval"},
                                  {"sysparm_fields", "tablename,oldvalue,newvalue,user,sys_created_on"}});
    CPPUNIT_ASSERT_EQUAL(
        std::string(R"([{"tablename":"incident","oldvalue":"not requested","newvalue":"approved",)"
                    R"("user":"approver","sys_created_on":"2026-01-31 10:00:00"}])"),
        result(rows).dump());
    CPPUNIT_ASSERT_EQUAL(std::string("bridge"), text(calls.record(id), "sys_updated_by"));
    CPPUNIT_ASSERT_EQUAL(403, calls.api("POST", "/api/now/table/sys_audit", {}, "{}").status);
  }

  void leaves_no_trace_of_a_write_that_changes_nothing() {
    Calls calls;
    const std::string id = text(calls.create(R"({"urgency":"2"})"), "sys_id");
    calls.clock->advance(std::chrono::seconds(5));
    const Json same =
        result(calls.api("PUT", incidents + "/" + id, {}, R"({"urgency":"2","sys_id":"x","comments":""})"));
    CPPUNIT_ASSERT_EQUAL(std::string("0"), text(same, "sys_mod_count"));
    CPPUNIT_ASSERT_EQUAL(std::string("2026-01-31 10:00:00"), text(same, "sys_updated_on"));
  }

  void refuses_to_close_without_code_and_notes() {
    Calls calls;
    const std::string id = text(calls.create("{}"), "sys_id");
    for (const char* body : {R"({"state":"6"})", R"({"state":"7","close_code":"Solved"})",
                             R"({"state":"6","close_notes":"done"})"}) {
      const Reply reply = calls.api("PATCH", incidents + "/" + id, {}, body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 403, reply.status);
      CPPUNIT_ASSERT_MESSAGE(reply.body, reply.body.find("Data Policy Exception") != std::string::npos);
    }
    CPPUNIT_ASSERT_EQUAL(std::string("1"), text(calls.record(id), "state"));
    const Json closed = result(calls.api("PATCH", incidents + "/" + id, {},
                                         R"({"state":"7","close_code":"Solved","close_notes":"done"})"));
    CPPUNIT_ASSERT_EQUAL(std::string("false"), text(closed, "active"));
    CPPUNIT_ASSERT_EQUAL(std::string("2026-01-31 10:00:00"), text(closed, "closed_at"));
    const std::string other = text(calls.create("{}"), "sys_id");
    CPPUNIT_ASSERT_EQUAL_MESSAGE("cancelling needs neither", 200,
                                 calls.api("PATCH", incidents + "/" + other, {}, R"({"state":"8"})").status);
  }

  void answers_errors_in_the_envelope() {
    Calls calls;
    const std::string id = text(calls.create("{}"), "sys_id");
    const std::string none = std::string(32, '0');
    const struct {
      const char* method;
      std::string path, body;
      int status;
      const char* message;
    } cases[] = {
        {"GET", incidents + "/" + none, "", 404, "No Record found"},
        {"PATCH", incidents + "/" + none, "{}", 404, "No Record found"},
        {"DELETE", incidents + "/" + none, "", 404, "No Record found"},
        {"GET", "/api/now/table/nothing", "", 400, "Invalid table nothing"},
        {"GET", "/api/now/tables/incident", "", 400, "Requested URI does not represent any resource"},
        {"GET", incidents + "/" + id + "/more", "", 400, "Requested URI does not represent any resource"},
        {"POST", incidents + "/" + id, "{}", 405, "Method not supported"},
        {"PATCH", incidents, "{}", 405, "Method not supported"},
        {"TRACE", incidents, "", 405, "Method not supported"},
        {"POST", incidents, "{", 400, "Exception while reading request"},
        {"POST", incidents, "\"text\"", 400, "Exception while reading request"},
        {"DELETE", "/api/now/table/sys_user/" + none, "", 403, "Operation Failed"},
    };
    for (const auto& c : cases) {
      const Reply reply = calls.api(c.method, c.path, {}, c.body);
      const std::string name = std::string(c.method) + " " + c.path + " " + c.body;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, c.status, reply.status);
      const Json body = Json::parse(reply.body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string(c.message),
                                   body.get("error").get("message").string_or("?"));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string("failure"), body.get("status").string_or("?"));
      CPPUNIT_ASSERT_MESSAGE(name, body.get("error").has("detail"));
    }
    const Query none_found{{"sysparm_query", "number=none"}};
    CPPUNIT_ASSERT_EQUAL(200, calls.api("GET", "/api/now/v2/table/incident", none_found).status);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("version 1 calls an empty list not found", 404,
                                 calls.api("GET", "/api/now/v1/table/incident", none_found).status);
  }

  void refuses_wrong_credentials_alike() {
    Calls calls;
    std::string first;
    for (const std::string& given :
         {std::string(), Calls::basic("bridge", "wrong"), Calls::basic("bridge", ""),
          Calls::basic("nobody", "bridge-pass"), Calls::basic("bridge", "approver-pass"),
          Calls::basic("bridge", "bridge-pas"), Calls::basic("bridge", "bridge-passs"),
          std::string("Basic %%%"), std::string("Bearer abc")}) {
      Incoming request = Calls::incoming("GET", incidents);
      request.headers.emplace_back("Accept", "application/json");
      if (!given.empty()) request.headers.emplace_back("authorization", given);
      const Reply reply = calls.desk.handle(request);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(given, 401, reply.status);
      if (first.empty()) first = reply.body;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(given, first, reply.body);
    }
    CPPUNIT_ASSERT_EQUAL(
        std::string(R"({"error":{"message":"User Not Authenticated",)"
                    R"("detail":"Required to provide Auth information"},"status":"failure"})"),
        first);
  }

  void needs_the_media_types() {
    Calls calls;
    const struct {
      const char *accept, *content_type;
      int status;
    } cases[] = {
        {"application/json", "application/json", 201},
        {"text/html, application/json;q=0.9", "application/json; charset=utf-8", 201},
        {"*/*", "Application/JSON", 201},
        {"", "application/json", 400},
        {"text/html", "application/json", 406},
        {"application/json", "", 400},
        {"application/json", "text/plain", 415},
    };
    for (const auto& c : cases) {
      Incoming request = Calls::incoming("POST", incidents);
      request.headers.emplace_back("Authorization", Calls::basic("bridge", "bridge-pass"));
      if (*c.accept) request.headers.emplace_back("Accept", c.accept);
      if (*c.content_type) request.headers.emplace_back("Content-Type", c.content_type);
      request.body = "{}";
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(c.accept) + " | " + c.content_type, c.status,
                                   calls.desk.handle(request).status);
    }
  }

  void pages_with_links_and_a_total() {
    Calls calls;
    for (int i = 0; i < 5; ++i) calls.create(R"({"category":"a b"})");
    const std::string start =
        "<http://127.0.0.1:8081/api/now/table/"
        "incident?sysparm_query=category%3Da%20b%5EORDERBYnumber&sysparm_limit=2"
        "&sysparm_offset=";
    const auto link = [&](const char* offset, const char* rel) {
      return start + offset + ">;rel=\"" + rel + "\"";
    };
    const auto get = [&](const char* offset) {
      return calls.api("GET", incidents,
                       {{"sysparm_query", "category=a b^ORDERBYnumber"},
                        {"sysparm_limit", "2"},
                        {"sysparm_offset", offset}});
    };
    CPPUNIT_ASSERT_EQUAL(link("0", "first") + "," + link("2", "next") + "," + link("4", "last"),
                         header(get("0"), "Link"));
    CPPUNIT_ASSERT_EQUAL(
        link("0", "first") + "," + link("0", "prev") + "," + link("4", "next") + "," + link("4", "last"),
        header(get("2"), "Link"));
    CPPUNIT_ASSERT_EQUAL(link("0", "first") + "," + link("2", "prev") + "," + link("4", "last"),
                         header(get("4"), "Link"));
    CPPUNIT_ASSERT_EQUAL(std::string("5"), header(get("4"), "X-Total-Count"));
    CPPUNIT_ASSERT_EQUAL(std::string("INC0010005"), text(result(get("4")).at(0), "number"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, result(get("4")).size());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("nonsense: from the start", std::size_t{2},
                                 result(get("99999999999999999999")).size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, result(get("6")).size());
    const Reply bare = calls.api(
        "GET", incidents, {{"sysparm_suppress_pagination_header", "true"}, {"sysparm_no_count", "true"}});
    CPPUNIT_ASSERT_EQUAL(std::string("(no Link)"), header(bare, "Link"));
    CPPUNIT_ASSERT_EQUAL(std::string("(no X-Total-Count)"), header(bare, "X-Total-Count"));
  }

  void reads_labels_where_the_caller_says_so() {
    Calls calls;
    const Reply reply = calls.api("POST", incidents, {{"sysparm_input_display_value", "true"}},
                                  R"({"state":"In Progress","urgency":"1 - High"})");
    CPPUNIT_ASSERT_EQUAL(std::string("2"), text(result(reply), "state"));
    CPPUNIT_ASSERT_EQUAL(std::string("1"), text(result(reply), "urgency"));
  }

  void cuts_a_long_text_at_a_whole_character() {
    Calls calls;
    std::string long_text;
    for (int i = 0; i < 161; ++i) long_text += "é";
    const Json record = calls.create(
        Json::object({{"short_description", long_text}, {"correlation_id", std::string(101, 'x')}}).dump());
    CPPUNIT_ASSERT_EQUAL(std::size_t{320}, text(record, "short_description").size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{100}, text(record, "correlation_id").size());
  }

  void serves_another_task_table() {
    bridge::PracticeDesk::Settings settings;
    settings.table = "change_request";
    settings.custom_fields = {"u_abr_decision"};
    Calls calls(settings);
    const Reply reply = calls.api("POST", "/api/now/table/change_request", {}, R"({"u_other":"1"})");
    CPPUNIT_ASSERT_EQUAL(201, reply.status);
    CPPUNIT_ASSERT_EQUAL(std::string("CHG0010001"), text(result(reply), "number"));
    CPPUNIT_ASSERT_EQUAL(std::string("-5"), text(result(reply), "state"));
    CPPUNIT_ASSERT_EQUAL(std::string(""), text(result(reply), "u_abr_decision"));
    CPPUNIT_ASSERT_EQUAL(std::string("1"), text(result(reply), "u_other"));
    CPPUNIT_ASSERT_EQUAL(400, calls.api("GET", incidents).status);
  }

  void deletes_a_ticket_with_its_approvals() {
    bridge::PracticeDesk::Settings settings;
    settings.approver_rows = true;
    Calls calls(settings);
    const std::string id = text(calls.create(R"({"correlation_id":"k"})"), "sys_id");
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, calls.desk.tables().size("sysapproval_approver"));
    CPPUNIT_ASSERT_EQUAL(204, calls.api("DELETE", incidents + "/" + id).status);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, calls.desk.tables().size("sysapproval_approver"));
    CPPUNIT_ASSERT(calls.numbers("correlation_id=k").empty());
    CPPUNIT_ASSERT(calls.numbers("sys_updated_on>=2026-01-01 00:00:00").empty());
  }

  void lets_post_stand_for_patch() {
    Calls calls;
    Incoming request = Calls::incoming("POST", incidents + "/" + text(calls.create("{}"), "sys_id"));
    request.headers = {{"Authorization", Calls::basic("bridge", "bridge-pass")},
                       {"Accept", "application/json"},
                       {"Content-Type", "application/json"},
                       {"X-HTTP-Method-Override", "PATCH"},
                       {"X-no-response-body", "true"}};
    request.body = R"({"state":"2"})";
    const Reply reply = calls.desk.handle(request);
    CPPUNIT_ASSERT_EQUAL(200, reply.status);
    CPPUNIT_ASSERT_EQUAL(std::string(), reply.body);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, calls.numbers("state=2").size());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PracticeTableTest);
