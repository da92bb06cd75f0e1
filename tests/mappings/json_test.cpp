#include "mappings/engine/json.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "mappings/engine/jq_value.h"

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
  CPPUNIT_TEST(a_copy_does_not_see_what_happens_to_the_other);
  CPPUNIT_TEST(finds_members_of_large_and_small_objects_after_some_were_taken_out);
  CPPUNIT_TEST(an_object_may_change_while_its_members_are_walked);
  CPPUNIT_TEST(objects_are_equal_in_any_order);
  CPPUNIT_TEST(replaces_what_is_no_utf8);
  CPPUNIT_TEST(refuses_to_use_a_value_as_what_it_is_not);
  CPPUNIT_TEST(comes_back_from_jq_as_it_went);
  CPPUNIT_TEST(takes_no_more_from_jq_than_somebody_reads);
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

  void a_copy_does_not_see_what_happens_to_the_other() {
    const Json first = Json::parse(R"({"list":[1,{"a":"x"}],"text":"t"})");
    const std::string before = first.dump();
    Json second = first;
    Json list = second.get("list");
    Json inner = list.at(1);
    inner.set("a", "y");
    list.push_back(inner);
    second.set("list", list);
    second.set("more", nullptr);
    second.erase("text");
    CPPUNIT_ASSERT_EQUAL(before, first.dump());
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"list":[1,{"a":"x"},{"a":"y"}],"more":null})"), second.dump());
    Json itself = Json::array({1});
    itself.push_back(itself);
    CPPUNIT_ASSERT_EQUAL(std::string("[1,[1]]"), itself.dump());
  }

  void finds_members_of_large_and_small_objects_after_some_were_taken_out() {
    for (int members : {1, 8, 15, 16, 17, 18, 40, 300}) {
      Json all = Json::object();
      std::string left = "{";
      for (int i = 0; i < members; ++i) all.set("name" + std::to_string(i), i);
      for (int i = 0; i < members; i += 3) all.erase("name" + std::to_string(i));
      all.erase("never there");
      for (int i = 0; i < members; ++i) {
        const std::string name = "name" + std::to_string(i), what = std::to_string(members) + ": " + name;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(what, i % 3 != 0, all.has(name));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(what, std::int64_t{i % 3 != 0 ? i : -1},
                                     all.get(name).as_integer().value_or(-1));
        if (i % 3 != 0) left += (left.size() == 1 ? "\"" : ",\"") + name + "\":" + std::to_string(i);
      }
      CPPUNIT_ASSERT_EQUAL(left + "}", all.dump());
      all.set("name0", "again");
      CPPUNIT_ASSERT_EQUAL(std::string("again"), all.get("name0").string_or(""));
      CPPUNIT_ASSERT_EQUAL(std::string("name0"), all.keys().back());
    }
  }

  void an_object_may_change_while_its_members_are_walked() {
    Json all = Json::object({{"a", 1}, {"b", 2}, {"c", 3}});
    std::string seen;
    all.each_member([&](std::string_view name, const Json& value) {
      seen += std::string(name) + value.dump();
      all.erase(name);
      all.set("more" + std::string(name), value);
    });
    CPPUNIT_ASSERT_EQUAL(std::string("a1b2c3"), seen);
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"morea":1,"moreb":2,"morec":3})"), all.dump());
  }

  void objects_are_equal_in_any_order() {
    CPPUNIT_ASSERT(Json::parse(R"({"a":1,"b":[true,{"c":null}]})") ==
                   Json::parse(R"({"b":[true,{"c":null}],"a":1.0})"));
    for (const char* other : {R"({"a":1})", R"({"a":1,"c":2})", R"({"a":1,"b":3})", R"([1,2])", "null",
                              R"({"a":1,"b":2,"c":3})", R"({"a":1,"b":"2"})"})
      CPPUNIT_ASSERT_MESSAGE(other, !(Json::parse(R"({"a":1,"b":2})") == Json::parse(other)));
    CPPUNIT_ASSERT(!(Json::parse("[1,2]") == Json::parse("[2,1]")));
    CPPUNIT_ASSERT(!(Json(true) == Json(false)));
    CPPUNIT_ASSERT(Json() == Json(nullptr));
  }

  void replaces_what_is_no_utf8() {
    CPPUNIT_ASSERT_EQUAL(std::string("a\xEF\xBF\xBD"
                                     "b"),
                         Json("a\xff"
                              "b")
                             .string_or(""));
    Json made = Json::object();
    made.set("a\xff", 1);
    CPPUNIT_ASSERT_EQUAL(std::string("{\"a\xEF\xBF\xBD\":1}"), made.dump());
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, Json(std::string("a\0b", 3)).text().size());
  }

  void refuses_to_use_a_value_as_what_it_is_not() {
    Json text("x"), list = Json::array({1}), made = Json::object();
    CPPUNIT_ASSERT_THROW(text.push_back(1), std::logic_error);
    CPPUNIT_ASSERT_THROW(made.push_back(1), std::logic_error);
    CPPUNIT_ASSERT_THROW(text.set("a", 1), std::logic_error);
    CPPUNIT_ASSERT_THROW(list.set("a", 1), std::logic_error);
    text.erase("a");
    list.erase("a");
    CPPUNIT_ASSERT(text.get("a").is_null() && list.get("a").is_null() && made.at(0).is_null());
    Json nothing, none;
    nothing.push_back(1);
    none.set("a", 1);
    CPPUNIT_ASSERT_EQUAL(std::string("[1]{\"a\":1}"), nothing.dump() + none.dump());
  }

  void comes_back_from_jq_as_it_went() {
    const std::string text = R"({"z":[],"a":{"b":[null,true,false,0,-1.5,1e300,"\u00e9\n"]},"e":{},"":"x"})";
    const Json value = Json::parse(text);
    CPPUNIT_ASSERT_EQUAL(value.dump(), mappings::from_jq(mappings::to_jq(value)).dump());
    CPPUNIT_ASSERT(mappings::from_jq(jv_invalid()).is_null());
  }

  void takes_no_more_from_jq_than_somebody_reads() {
    // Small in jq, which shares the halves; 2^40 numbers written out.
    jv many = jv_number(1);
    for (int i = 0; i < 40; ++i) many = jv_array_append(jv_array_append(jv_array(), jv_copy(many)), many);
    CPPUNIT_ASSERT(mappings::from_jq(many).dump().size() < 16u << 20);
    jv deep = jv_null();
    for (int i = 0; i < 5000; ++i) deep = jv_array_append(jv_array(), deep);
    CPPUNIT_ASSERT(mappings::from_jq(deep).dump().size() < 200);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(JsonTest);
