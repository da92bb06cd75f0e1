#include "bridge/api/inventory_api.h"

#include <functional>
#include <set>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "mappings/engine/text.h"
#include "tests/support/direct_api.h"

using bridge::Reply;
using mappings::Json;
using tests::header_of;
using tests::message_of;

namespace {
bridge::ApiParts parts() {
  bridge::ApiParts parts;
  parts.tenants = {{"acme", {"Acme Ltd", 100, 5}}};
  parts.public_url = "https://countersign.acme.test";
  return parts;
}
const std::string whole = R"({"notes":"n","abrClientVersion":"8.4.0",
    "user":{"account":"ann","groups":["Users"]},"computer":{"groups":["Kiosks"],"localAdmins":["root"]},
    "operatingSystem":{"platform":"Windows","platformCode":0,"type":"Workstation"},
    "location":{"latitude":"52.1","longitude":"4.3","hourOffset":-6},
    "software":[{"name":"Archiver","version":"1","size":5,"bits":64}],"colour":"grey"})";
}  // namespace

class InventoryApiTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(InventoryApiTest);
  CPPUNIT_TEST(takes_a_computer_in_and_keeps_its_id);
  CPPUNIT_TEST(finds_a_computer_by_id_and_by_name);
  CPPUNIT_TEST(a_number_is_an_id_first_and_then_a_name);
  CPPUNIT_TEST(software_and_groups_come_only_when_asked_for);
  CPPUNIT_TEST(lists_by_start_and_take);
  CPPUNIT_TEST(forgets_a_computer_by_id_or_name);
  CPPUNIT_TEST(a_computer_that_may_not_be_described_shows_no_parts);
  CPPUNIT_TEST(refuses_what_is_no_computer);
  CPPUNIT_TEST(says_that_it_cannot_make_pin_codes);
  CPPUNIT_TEST(tells_who_the_tenant_is_and_what_it_uses);
  CPPUNIT_TEST(no_object_has_two_keys_that_differ_in_case_only);
  CPPUNIT_TEST(a_key_opens_its_own_queue_only);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { served_.emplace(parts()); }
  void tearDown() override { served_.reset(); }

  void takes_a_computer_in_and_keeps_its_id() {
    const Reply made = put("PC-0042", whole);
    CPPUNIT_ASSERT_EQUAL(201, made.status);
    CPPUNIT_ASSERT_EQUAL(std::string("/inventory/1"), header_of(made, "Location"));
    const Json object = Json::parse(made.body);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, object.get("id").as_integer().value_or(0));
    CPPUNIT_ASSERT_EQUAL(std::string("PC-0042"), object.get("name").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("2023-11-14T22:13:20"), object.get("inventoryDate").string_or(""));
    CPPUNIT_ASSERT(object.get("inventoryAvailable").as_bool().value_or(false));
    CPPUNIT_ASSERT(!object.has("colour"));
    CPPUNIT_ASSERT_EQUAL(std::string("52.1"), object.get("location").get("latitude").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{-6}, *object.get("location").get("hourOffset").as_integer());
    const Reply again =
        put("pc-0042", R"({"id":9,"name":"Pc-0042","inventoryDate":"2024-08-27T14:04:14.887"})");
    CPPUNIT_ASSERT_EQUAL(200, again.status);
    const Json shown = served_->get("/inventory/1?wantsoftware=1&wantgroups=1");
    CPPUNIT_ASSERT_EQUAL(again.body, shown.dump());
    CPPUNIT_ASSERT_EQUAL(std::string("pc-0042"), shown.get("name").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("2024-08-27T14:04:14.887"), shown.get("inventoryDate").string_or(""));
    CPPUNIT_ASSERT(shown.get("software").is_null());
    CPPUNIT_ASSERT(shown.get("notes").is_null());
    CPPUNIT_ASSERT_EQUAL(std::string("1"), served_->ids("/inventory"));
  }

  void finds_a_computer_by_id_and_by_name() {
    put("PC-0042", whole);
    put("J\xc3\xb6rg's PC", "{}");
    for (const char* target : {"/inventory/1", "/inventory/PC-0042", "/Inventory/pc-0042/", "//inventory/1",
                               "/inventory/PC-0042?take=50"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(target, std::int64_t{1},
                                   served_->get(target).get("id").as_integer().value_or(0));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2},
                         *served_->get("/inventory/J%C3%96RG's%20pc").get("id").as_integer());
    for (const char* which : {"3", "0", "PC-0043", "99999999999999999999"}) {
      const Reply unknown = served_->ask("GET", std::string("/inventory/") + which);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(which, 404, unknown.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(which, "There is no computer " + std::string(which) + " in the inventory",
                                   message_of(unknown));
    }
  }

  void a_number_is_an_id_first_and_then_a_name() {
    put("2", R"({"notes":"named 2"})");
    CPPUNIT_ASSERT_EQUAL(std::string("named 2"), served_->get("/inventory/2").get("notes").string_or(""));
    put("other", R"({"notes":"with the id 2"})");
    CPPUNIT_ASSERT_EQUAL(std::string("with the id 2"),
                         served_->get("/inventory/2").get("notes").string_or(""));
    CPPUNIT_ASSERT_EQUAL(200, put("2", "{}").status);
    CPPUNIT_ASSERT_EQUAL(204, served_->ask("DELETE", "/inventory/2").status);
    CPPUNIT_ASSERT_EQUAL(std::string("1"), served_->ids("/inventory"));
    CPPUNIT_ASSERT_EQUAL(204, served_->ask("DELETE", "/inventory/2").status);
    CPPUNIT_ASSERT_EQUAL(std::string(), served_->ids("/inventory"));
  }

  void software_and_groups_come_only_when_asked_for() {
    put("PC-0042", whole);
    const auto shown = [](const Json& object) {
      return object.get("software").dump() + ' ' + object.get("user").get("groups").dump() + ' ' +
             object.get("computer").get("groups").dump();
    };
    const std::string software =
        R"([{"name":"Archiver","version":"1","vendor":null,"installDate":null,"size":5,"bits":64}])";
    const std::pair<std::string, std::string> cases[] = {
        {"", "null null null"},
        {"?wantsoftware=1", software + " null null"},
        {"?wantgroups=1", R"(null ["Users"] ["Kiosks"])"},
        {"?wantsoftware=1&wantgroups=true", software + R"( ["Users"] ["Kiosks"])"},
        {"?wantsoftware=0&wantgroups=&wanthardware=1", "null null null"},
    };
    for (const auto& [query, expected] : cases) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(query, expected, shown(served_->get("/inventory/PC-0042" + query)));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(query, expected, shown(served_->get("/inventory" + query).at(0)));
    }
    CPPUNIT_ASSERT_EQUAL(software + " null null",
                         shown(served_->get("/inventory/PC-0042", {{"wantSoftware", "1"}})));
    CPPUNIT_ASSERT_EQUAL(400, served_->ask("GET", "/inventory?wantsoftware=yes").status);
  }

  void lists_by_start_and_take() {
    for (int i = 1; i <= 55; ++i) put("PC-" + std::to_string(i), "{}");
    CPPUNIT_ASSERT_EQUAL(std::size_t{50}, served_->get("/inventory").size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{55}, served_->get("/inventory?take=99999").size());
    CPPUNIT_ASSERT_EQUAL(std::string("54 55"), served_->ids("/inventory?startid=54"));
    CPPUNIT_ASSERT_EQUAL(std::string("54"), served_->ids("/inventory", {{"StartId", "54"}, {"take", "1"}}));
    CPPUNIT_ASSERT_EQUAL(std::string("[]"), served_->ask("GET", "/inventory?startid=56").body);
    CPPUNIT_ASSERT_EQUAL(400, served_->ask("GET", "/inventory?take=x").status);
  }

  void forgets_a_computer_by_id_or_name() {
    put("a", "{}");
    put("b", "{}");
    const Reply gone = served_->ask("DELETE", "/inventory/A?take=50");
    CPPUNIT_ASSERT_EQUAL(204, gone.status);
    CPPUNIT_ASSERT_EQUAL(std::string(), gone.body);
    CPPUNIT_ASSERT_EQUAL(204, served_->ask("DELETE", "/inventory/2").status);
    for (const char* which : {"a", "2"}) {
      const Reply unknown = served_->ask("DELETE", std::string("/inventory/") + which);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(which, 404, unknown.status);
      message_of(unknown);
    }
    CPPUNIT_ASSERT_EQUAL(std::string("/inventory/3"), header_of(put("a", "{}"), "Location"));
  }

  void a_computer_that_may_not_be_described_shows_no_parts() {
    put("PC-1",
        R"({"inventoryAvailable":false,"user":{"account":"ann"},"operatingSystem":{"type":"Server"}})");
    const Json hidden = served_->get("/inventory/PC-1?wantgroups=1&wantsoftware=1");
    CPPUNIT_ASSERT(!hidden.get("inventoryAvailable").as_bool().value_or(true));
    for (const char* key :
         {"user", "owner", "computer", "operatingSystem", "hardware", "network", "location", "software"})
      CPPUNIT_ASSERT_MESSAGE(key, hidden.has(key) && hidden.get(key).is_null());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, *served_->get("/whoami").get("serverUsage").as_integer());
  }

  void refuses_what_is_no_computer() {
    const std::pair<const char*, const char*> cases[] = {
        {"[]", "a computer must be an object"},
        {R"({"name":"PC-2"})", "name must be that of the path, or left out"},
        {R"({"location":{"latitude":52.1},"user":5})",
         "user must be an object; location.latitude must be text"},
    };
    for (const auto& [body, message] : cases) {
      const Reply refused = put("PC-1", body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400, refused.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, std::string(message), message_of(refused));
    }
    CPPUNIT_ASSERT_EQUAL(400, put("PC-1", "not json").status);
    CPPUNIT_ASSERT_EQUAL(400, put(std::string(256, 'x'), "{}").status);
    CPPUNIT_ASSERT_EQUAL(std::string(), served_->ids("/inventory"));
  }

  void says_that_it_cannot_make_pin_codes() {
    put("PC-1", "{}");
    for (const char* target : {"/inventory/1/pin", "/inventory/pc-1/pin?pintype=UninstallPIN",
                               "/inventory/PC-1/pin?pintype=challenge&pin1=123456"}) {
      const Reply refused = served_->ask("GET", target);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 501, refused.status);
      CPPUNIT_ASSERT_MESSAGE(target, message_of(refused).starts_with("PIN codes are made by a secret"));
    }
    CPPUNIT_ASSERT_EQUAL(
        501, served_->ask("GET", "/inventory/1/pin", {{"pintype", "Challenge"}, {"pin1", "123456"}}).status);
    CPPUNIT_ASSERT_EQUAL(404, served_->ask("GET", "/inventory/PC-2/pin").status);
  }

  void tells_who_the_tenant_is_and_what_it_uses() {
    put("PC-1", whole);
    put("PC-2", "{}");
    put("SRV-1", R"({"operatingSystem":{"platformCode":2}})");
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            R"({"tenantName":"Acme Ltd","apiUrl":"https://countersign.acme.test","workstationSeats":100,)"
            R"("workstationUsage":2,"workstationExpiryDate":null,"serverSeats":5,"serverUsage":1,)"
            R"("serverExpiryDate":null})"),
        served_->ask("GET", "/WhoAmI").body);
    served_->use_queue("contoso");
    const Json other = served_->get("/whoami");
    CPPUNIT_ASSERT_EQUAL(std::string("contoso"), other.get("tenantName").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, *other.get("workstationSeats").as_integer());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, *other.get("workstationUsage").as_integer());
  }

  // PowerShell cannot hold them.
  void no_object_has_two_keys_that_differ_in_case_only() {
    put("PC-1", whole);
    served_->ask("POST", "/events", {}, R"({"eventCode":5})");
    const std::function<void(const Json&)> look = [&look](const Json& value) {
      std::set<std::string> seen;
      for (const std::string& key : value.keys()) {
        CPPUNIT_ASSERT_MESSAGE(key, seen.insert(mappings::lower_case(key)).second);
        look(value.get(key));
      }
      for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) look(value.at(i));
    };
    look(served_->get("/inventory?wantsoftware=1&wantgroups=1"));
    look(served_->get("/events"));
    look(served_->get("/whoami"));
  }

  void a_key_opens_its_own_queue_only() {
    put("PC-1", "{}");
    served_->use_queue("contoso");
    CPPUNIT_ASSERT_EQUAL(std::string(), served_->ids("/inventory"));
    for (const char* method : {"GET", "DELETE"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method, 404, served_->ask(method, "/inventory/PC-1").status);
    served_->key_form = tests::DirectApi::Key::basic;
    CPPUNIT_ASSERT_EQUAL(std::string(), served_->ids("/inventory"));
    served_->key.clear();
    for (const char* path : {"/inventory", "/inventory/1", "/inventory/1/pin", "/whoami"}) {
      const Reply refused = served_->ask("GET", path);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 401, refused.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, std::string("Invalid API key"), message_of(refused));
    }
    CPPUNIT_ASSERT_EQUAL(401, put("PC-2", "{}").status);
  }

 private:
  Reply put(const std::string& name, const std::string& body) {
    std::string escaped;
    for (const char c : name) escaped += c == ' ' ? "%20" : std::string(1, c);
    return served_->ask("PUT", "/inventory/" + escaped, {}, body);
  }

  std::optional<tests::DirectApi> served_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(InventoryApiTest);
