#include "mappings/engine/json.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using mappings::Json;
using mappings::JsonError;

class JsonTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(JsonTest);
  CPPUNIT_TEST(keeps_member_order);
  CPPUNIT_TEST(refuses_what_is_not_strict_json);
  CPPUNIT_TEST(finds_a_repeated_key_among_many);
  CPPUNIT_TEST(never_reads_one_type_as_another);
  CPPUNIT_TEST(reads_escapes_and_surrogates);
  CPPUNIT_TEST(keeps_names_apart_that_begin_and_end_alike);
  CPPUNIT_TEST_SUITE_END();

 public:
  void keeps_member_order() {
    Json value = Json::parse(R"({"zeta":1,"alpha":{"b":2,"a":[1,true,null]}})");
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"zeta":1,"alpha":{"b":2,"a":[1,true,null]}})"), value.dump());
  }

  void refuses_what_is_not_strict_json() {
    const std::string cases[] = {"",
                                 "{",
                                 "nan",
                                 "[1,]",
                                 "{\"a\":1,\"a\":2}",
                                 "01",
                                 "1.",
                                 "\"\x01\"",
                                 "\"\\u0000\"",
                                 "\"\\ud800\"",
                                 "{} {}",
                                 "\"\xff\"",
                                 "'a'",
                                 "{a:1}",
                                 "[1 2]",
                                 "tru",
                                 std::string("\"a\0b\"", 5),
                                 std::string(70, '[') + std::string(70, ']')};
    for (const auto& text : cases) {
      bool refused = false;
      try {
        Json::parse(text);
      } catch (const JsonError&) {
        refused = true;
      }
      CPPUNIT_ASSERT_MESSAGE("accepted: " + text, refused);
    }
  }

  void finds_a_repeated_key_among_many() {
    for (int keys : {1, 63, 64, 65, 66, 2000}) {
      std::string text = "{";
      for (int i = 0; i < keys; ++i) text += "\"k" + std::to_string(i) + "\":0,";
      CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(keys) + 1, Json::parse(text + "\"last\":0}").size());
      for (int again : {0, keys - 1})
        CPPUNIT_ASSERT_THROW_MESSAGE(std::to_string(keys) + " keys, again " + std::to_string(again),
                                     Json::parse(text + "\"k" + std::to_string(again) + "\":0}"), JsonError);
    }
  }

  void never_reads_one_type_as_another() {
    Json value = Json::parse(R"({"n":"5","i":5,"f":5.5,"b":true})");
    CPPUNIT_ASSERT(!value.get("n").as_integer());
    CPPUNIT_ASSERT(!value.get("i").as_string());
    CPPUNIT_ASSERT(!value.get("f").as_integer());
    CPPUNIT_ASSERT(!value.get("b").as_number());
    CPPUNIT_ASSERT(value.get("none").is_null());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, *value.get("i").as_integer());
  }

  void reads_escapes_and_surrogates() {
    CPPUNIT_ASSERT_EQUAL(std::string("é\n\U0001F600/"),
                         *Json::parse(R"("\u00e9\n\ud83d\ude00\/")").as_string());
  }

  void keeps_names_apart_that_begin_and_end_alike() {
    // More than are kept, several times, so that kept ones are found, thrown out and made again.
    std::vector<std::string> names{"a", "aa", "aaaaaaaa", "aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaa"};
    for (int i = 100; i < 999; ++i) {
      names.push_back("beginning" + std::to_string(i) + "the ending");
      names.push_back(std::to_string(i));
    }
    Json all = Json::object();
    for (int round = 0; round < 3; ++round)
      for (std::size_t i = 0; i < names.size(); ++i) all.set(names[i], static_cast<int>(i));
    CPPUNIT_ASSERT_EQUAL(names.size(), all.size());
    for (std::size_t i = 0; i < names.size(); ++i)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(names[i], static_cast<std::int64_t>(i),
                                   all.get(names[i]).as_integer().value_or(-1));
    CPPUNIT_ASSERT(all.keys() == names);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(JsonTest);
