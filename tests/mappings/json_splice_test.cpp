// What is changed in the text of an object is what would have been changed in its value.

#include "mappings/engine/json_splice.h"

#include <cppunit/extensions/HelperMacros.h>

using mappings::each_element;
using mappings::Json;
using mappings::member_text;
using mappings::with_members;
using mappings::with_only;

class JsonSpliceTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(JsonSpliceTest);
  CPPUNIT_TEST(gives_what_setting_the_members_gives);
  CPPUNIT_TEST(leaves_the_rest_as_it_is_written);
  CPPUNIT_TEST(leaves_to_the_parser_what_it_cannot_walk);
  CPPUNIT_TEST(reads_one_member_as_the_parser_does);
  CPPUNIT_TEST(reads_no_member_that_is_not_at_the_top);
  CPPUNIT_TEST(gives_some_members_alone_or_the_whole);
  CPPUNIT_TEST(gives_the_elements_of_an_array_one_by_one);
  CPPUNIT_TEST(stops_at_the_element_that_is_enough);
  CPPUNIT_TEST(takes_nothing_but_a_whole_array);
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

  void reads_one_member_as_the_parser_does() {
    for (const char* text :
         {R"({"user":{"account":"a\"},{b","x":[1]},"z":1})", R"({"a":"\"user\":1","user":"ann"})",
          "{ \"b\" : [ {\"user\":2} ] , \"user\" : null }", R"({"user":-1.5e3})"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, Json::parse(text).get("user").dump(),
                                   Json::parse(member_text(text, "user").value_or("\"nothing\"")).dump());
  }

  void reads_no_member_that_is_not_at_the_top() {
    for (const char* text : {"", "[]", "{}", R"({"a":{"user":1}})", R"({"a":"user"})", R"({"\u0075ser":1})",
                             R"({"a":["user",1]})", R"({"User":1,"users":2})", R"({"user":)"})
      CPPUNIT_ASSERT_MESSAGE(text, !member_text(text, "user"));
  }

  void gives_some_members_alone_or_the_whole() {
    const std::string text = R"({"a":[1],"user":{"x":"}"},"b":null})";
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"b":null,"user":{"x":"}"}})"),
                         with_only(text, {"b", "user"}).dump());
    CPPUNIT_ASSERT_EQUAL(std::string("{}"), with_only(text, {}).dump());
    CPPUNIT_ASSERT_EQUAL(text, with_only(text, {"b", "other"}).dump());
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"user":1})"), with_only(R"({"\u0075ser":1})", {"user"}).dump());
    CPPUNIT_ASSERT_THROW(with_only("<html>", {"user"}), mappings::JsonError);
  }

  void gives_the_elements_of_an_array_one_by_one() {
    for (const char* text :
         {"[]", " [ ] ", "[1]", "[ 1 , \"a,]\" ,{\"b\":[2,3]}, [] ]\n", R"(["\"",null])"}) {
      Json given = Json::array();
      CPPUNIT_ASSERT_MESSAGE(text, each_element(text, [&](std::string_view element) {
                               given.push_back(Json::parse(element));
                               return true;
                             }));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, Json::parse(text).dump(), given.dump());
    }
  }

  void stops_at_the_element_that_is_enough() {
    std::string seen;
    CPPUNIT_ASSERT(each_element("[1,2,3", [&](std::string_view element) {
      seen += element;
      return seen.size() < 2;
    }));
    CPPUNIT_ASSERT_EQUAL(std::string("12"), seen);
  }

  void takes_nothing_but_a_whole_array() {
    for (const char* text : {"", " ", "{}", "1", "[", "[1", "[1,", "[1,]", "[,1]", "[1}", "[1] x", "[1]]",
                             "[\"a]", "[[1]", "<html>"})
      CPPUNIT_ASSERT_MESSAGE(text, !each_element(text, [](std::string_view) { return true; }));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(JsonSpliceTest);
