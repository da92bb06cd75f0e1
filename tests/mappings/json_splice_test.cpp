// What is changed in the text of an object is what would have been changed in its value.

#include "mappings/engine/json_splice.h"

#include <cppunit/extensions/HelperMacros.h>

using mappings::Json;
using mappings::with_members;

class JsonSpliceTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(JsonSpliceTest);
  CPPUNIT_TEST(gives_what_setting_the_members_gives);
  CPPUNIT_TEST(leaves_the_rest_as_it_is_written);
  CPPUNIT_TEST(leaves_to_the_parser_what_it_cannot_walk);
  CPPUNIT_TEST_SUITE_END();

 public:
  void gives_what_setting_the_members_gives() {
    const Json changes = Json::object({{"status", "De\"nied"},
                                       {"code", 3},
                                       {"by", nullptr},
                                       {"of", Json::object({{"a", Json::array({1})}})}});
    for (const char* text :
         {"{}", R"({"status":"x"})", R"({"a":1,"status":{"status":[1,"}",{}]},"code":-1.5e3,"z":"end"})",
          R"({"a":"\"status\":1","b":["status",{"code":1}],"by":"\\","code":"\\\"","of":[]})",
          R"({"x":{"by":1},"by":true,"y":[[],[{}]],"status":"ü","":null})"}) {
      Json wanted = Json::parse(text);
      changes.each_member([&](std::string_view name, const Json& value) { wanted.set(name, value); });
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, wanted.dump(), with_members(text, changes).value_or("nothing"));
    }
  }

  void leaves_the_rest_as_it_is_written() {
    CPPUNIT_ASSERT_EQUAL(
        std::string("{ \"a\" : 1.50 , \"b\" : true,\"c\" : [ ] ,\"d\":4}"),
        *with_members("{ \"a\" : 1.50 , \"b\" : \"x\",\"c\" : [ ] }", Json::object({{"b", true}, {"d", 4}})));
  }

  void leaves_to_the_parser_what_it_cannot_walk() {
    for (const char* text : {"",
                             "  ",
                             "[]",
                             "1",
                             "{",
                             "{]",
                             R"({"a"})",
                             R"({"a":})",
                             R"({"a":1)",
                             R"({"a":1]})",
                             R"({"a":"x})",
                             R"({"a":"x\")",
                             R"({"a":[1})",
                             R"({"a":1,})",
                             R"({"a":1}})",
                             R"({"a":1} x)",
                             R"({a:1})",
                             R"({"\u0061":1})",
                             R"({"a" 1})",
                             R"({,"a":1})"})
      CPPUNIT_ASSERT_MESSAGE(text, !with_members(text, Json::object({{"b", 1}})));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(JsonSpliceTest);
