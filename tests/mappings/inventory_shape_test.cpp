#include "mappings/engine/inventory_shape.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using mappings::Json;

namespace {
Json completed(std::string_view text) {
  std::vector<std::string> problems;
  Json result = mappings::complete_inventory(Json::parse(text), problems);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(text), std::size_t{0}, problems.size());
  return result;
}
}  // namespace

class InventoryShapeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(InventoryShapeTest);
  CPPUNIT_TEST(a_computer_has_every_key_in_the_services_order);
  CPPUNIT_TEST(what_cannot_be_is_named);
  CPPUNIT_TEST(a_computer_that_may_not_be_described_has_no_parts);
  CPPUNIT_TEST(what_was_taken_apart_can_be_put_back);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_computer_has_every_key_in_the_services_order() {
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            R"({"id":null,"name":"PC-0042","inventoryAvailable":true,"inventoryDate":null,)"
            R"("abrClientVersion":null,"abrClientInstallDate":null,"notes":null,"user":{"account":null,)"
            R"("fullName":null,"email":null,"phone":null,"isAdmin":false,"domain":null,"isDomainJoined":null,)"
            R"("isAzureJoined":null,"orgUnit":null,"orgUnitPath":null,"groups":null},"owner":{"account":null,)"
            R"("fullName":null},"computer":{"domain":null,"isDomainJoined":null,"isAzureJoined":null,)"
            R"("orgUnit":null,"orgUnitPath":null,"groups":null,"localAdmins":[],"users":[]},)"
            R"("operatingSystem":{"platform":null,"platformCode":null,"name":null,"version":null,)"
            R"("release":null,"build":null,"buildUpdate":null,"type":null,"typeCode":null,"bits":null,)"
            R"("installDate":null},"hardware":{"make":null,"model":null,"type":null,"typeCode":null,)"
            R"("serviceTag":null,"cpu":null,"cpuSpeed":null,"cpuCores":null,"diskSize":null,"diskFree":null,)"
            R"("diskStatus":null,"memory":null,"noMonitors":null,"monitorResolution":null,)"
            R"("bitlockerEnabled":null,"isCompliant":null,"tpmEnabled":null,"tpmVersion":null},)"
            R"("network":{"publicIP":null,"privateIP":null,"macAddress":null,"nicSpeed":null,"hostName":null},)"
            R"("location":{"city":null,"region":null,"country":null,"latitude":null,"longitude":null,)"
            R"("googleMapsLink":null,"hourOffset":null},"software":null})"),
        completed(R"({"name":"PC-0042","colour":"grey","location":{"planet":"Earth"}})").dump());
  }

  void what_cannot_be_is_named() {
    const std::pair<std::string, std::string> cases[] = {
        {"[]", "a computer must be an object"},
        {R"({"location":{"latitude":52.5}})", "location.latitude must be text"},
        {R"({"location":{"hourOffset":"-6"}})", "location.hourOffset must be a number"},
        {R"({"user":{"groups":"Users"}})", "user.groups must be a list"},
        {R"({"computer":{"groups":["Users",5]}})", "computer.groups[1] must be text"},
        {R"({"software":[{},7]})", "software[1] must be an object"},
        {R"({"software":[{"size":"5 MB"}]})", "software[0].size must be a whole number"},
        {R"({"inventoryAvailable":1})", "inventoryAvailable must be true or false"},
    };
    for (const auto& [text, expected] : cases) {
      std::vector<std::string> problems;
      mappings::complete_inventory(Json::parse(text), problems);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::size_t{1}, problems.size());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, expected, problems.front());
    }
    CPPUNIT_ASSERT(
        completed(R"({"location":{"hourOffset":5.5}})").get("location").get("hourOffset").is_number());
  }

  void a_computer_that_may_not_be_described_has_no_parts() {
    const Json hidden = completed(
        R"({"name":"PC","inventoryAvailable":false,"notes":"n","user":{"account":"ann"},"software":[{"name":"x"}]})");
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            R"({"id":null,"name":"PC","inventoryAvailable":false,"inventoryDate":null,"abrClientVersion":null,)"
            R"("abrClientInstallDate":null,"notes":"n","user":null,"owner":null,"computer":null,)"
            R"("operatingSystem":null,"hardware":null,"network":null,"location":null,"software":null})"),
        hidden.dump());
    auto texts = mappings::inventory_texts(hidden);
    mappings::put_groups(texts.body, R"(["a"])", R"(["b"])");
    CPPUNIT_ASSERT_EQUAL(hidden.dump(), texts.body);
  }

  void what_was_taken_apart_can_be_put_back() {
    const Json whole = completed(R"({"name":"\"groups\":null} \"user\":{","notes":"\"software\":null}",
        "user":{"groups":["Users","\"groups\":null"]},"computer":{"groups":["Kiosks"],"users":["ann"]},
        "software":[{"name":"Archiver","size":5,"bits":64}]})");
    auto texts = mappings::inventory_texts(whole);
    CPPUNIT_ASSERT(texts.body.find("Kiosks") == std::string::npos);
    CPPUNIT_ASSERT(texts.body.find("Archiver") == std::string::npos);
    CPPUNIT_ASSERT(Json::parse(texts.body).get("user").get("groups").is_null());
    mappings::put_groups(texts.body, texts.user_groups, texts.computer_groups);
    mappings::put_software(texts.body, texts.software);
    CPPUNIT_ASSERT_EQUAL(whole.dump(), texts.body);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(InventoryShapeTest);
