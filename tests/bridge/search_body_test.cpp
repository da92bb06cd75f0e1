#include "bridge/api/search_body.h"

#include <algorithm>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using bridge::InvalidFields;
using mappings::Json;

namespace {
std::string names_in(const Json& page) {
  std::string names;
  const Json results = page.get("results");
  for (std::size_t i = 0; i < results.size(); ++i)
    names += (i > 0 ? " " : "") + results.at(i).get("name").string_or("");
  return names;
}

// Names of the rows that are found, with blanks between.
std::string found(const std::string& body, Json* page = nullptr) {
  std::vector<Json> rows;
  const std::pair<const char*, int> all[] = {{"Delta", 7}, {"alpha", 10}, {"Bravo", 9}, {"charlie", 10}};
  for (const auto& [name, size] : all)
    rows.push_back(
        Json::object({{"name", name}, {"size", size}, {"owner", size > 9 ? Json("ann") : Json()}}));
  bridge::Incoming request;
  request.body = body;
  const bridge::Caller caller;
  const Json answer = bridge::search_page({request, caller, {}}, std::move(rows),
                                          {{"name", "size", "owner"}, {{"CreateTime", "size"}}});
  if (page != nullptr) *page = answer;
  return names_in(answer);
}

std::string where(const std::string& items, const std::string& condition = "AND") {
  return R"({"filter":{"FilterGroups":[{"Condition":")" + condition + R"(","FilterItems":[)" + items +
         "]}]}}";
}
}  // namespace

class SearchBodyTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SearchBodyTest);
  CPPUNIT_TEST(finds_what_the_body_asks_for);
  CPPUNIT_TEST(orders_numbers_before_other_words_however_they_lie);
  CPPUNIT_TEST(tells_pages_and_how_many_there_are);
  CPPUNIT_TEST(says_what_it_cannot_understand);
  CPPUNIT_TEST_SUITE_END();

 public:
  void finds_what_the_body_asks_for() {
    const std::string everything = "alpha Bravo charlie Delta";
    const std::pair<std::string, std::string> cases[] = {
        {"", everything},
        {"{}", everything},
        {R"({"filter":null})", everything},
        {R"({"filter":{"Condition":null,"SearchInputTextValue":null,"FilterGroups":null}})", everything},
        {R"({"filter":{"FilterGroups":[null,{"FilterItems":null,"FilterGroups":[{}]}]}})", everything},
        {R"({"pageNumber":null,"pageSize":null,"orderBy":null,"ascending":null})", everything},
        {R"({"ascending":false})", "Delta charlie Bravo alpha"},
        {R"({"orderBy":"size"})", "Delta Bravo alpha charlie"},
        {R"({"OrderBy":"CreateTime","Ascending":false})", "alpha charlie Bravo Delta"},
        {R"({"filter":{"Condition":"AND","SearchInputTextValue":"A"}})", everything},
        {R"({"filter":{"searchInputTextValue":"ANN"}})", "alpha charlie"},
        {R"({"filter":{"searchInputTextValue":"nobody"}})", ""},
        {where(R"({"FieldName":"name","Operator":"Contains","Value":"H"})"), "alpha charlie"},
        {where(R"({"fieldName":"NAME","operator":"contains","value":"h"})"), "alpha charlie"},
        {where(R"({"FieldName":"name","Operator":"NotContains","Value":"h"})"), "Bravo Delta"},
        {where(R"({"FieldName":"name","Operator":"Equal","Value":"bravo"})"), "Bravo"},
        {where(R"({"FieldName":"name","Operator":"NotEqual","Value":"bravo"})"), "alpha charlie Delta"},
        {where(R"({"FieldName":"name","Operator":"StartsWith","Value":"d"})"), "Delta"},
        {where(R"({"FieldName":"name","Operator":"EndsWith","Value":"a"})"), "alpha Delta"},
        {where(R"({"FieldName":"size","Operator":"Include","Value":"7, 9"})"), "Bravo Delta"},
        {where(R"({"FieldName":"size","Operator":">=","Value":"9"})"), "alpha Bravo charlie"},
        {where(R"({"FieldName":"size","Operator":">","Value":9})"), "alpha charlie"},
        {where(R"({"FieldName":"size","Operator":"<","Value":"10"})"), "Bravo Delta"},
        {where(R"({"FieldName":"size","Operator":"<=","Value":"7"})"), "Delta"},
        {where(R"({"FieldName":"owner","Operator":"Equal","Value":null})"), "Bravo Delta"},
        {where(R"({"FieldName":"CreateTime","Value":"7"})"), "Delta"},
        {where(R"({"FieldName":"name","Value":"alpha"},{"FieldName":"name","Value":"bravo"})"), ""},
        {where(R"({"FieldName":"name","Value":"alpha"},{"FieldName":"name","Value":"bravo"})", "or"),
         "alpha Bravo"},
        {R"({"filter":{"Condition":"OR","FilterGroups":[
            {"FilterItems":[{"FieldName":"size","Value":"7"}]},
            {"FilterItems":[{"FieldName":"owner","Value":"ann"}],
             "FilterGroups":[{"FilterItems":[{"FieldName":"name","Operator":"StartsWith","Value":"c"}]}]}]}})",
         "charlie Delta"},
        {where(R"({"FieldName":"name","Operator":"<","Value":"2"})"), ""},
        {where(R"({"FieldName":"name","Operator":">","Value":"2"})"), everything},
        // A group without conditions is as good as none, under OR as well.
        {R"({"filter":{"Condition":"OR","FilterItems":[{"FieldName":"size","Value":"7"}],
            "FilterGroups":[{"FilterItems":[]},{"FilterGroups":[{"Condition":"OR"},null]}]}})",
         "Delta"},
        {R"({"filter":{"Condition":"OR","FilterGroups":[{"FilterItems":[]},{}]}})", everything},
    };
    for (const auto& [body, names] : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(body, names, found(body));
  }

  void orders_numbers_before_other_words_however_they_lie() {
    std::vector<std::string> names = {"100", "1a", "20"};
    do {
      for (const bool ascending : {true, false}) {
        std::vector<Json> rows;
        for (const std::string& name : names) rows.push_back(Json::object({{"name", name}}));
        bridge::Incoming request;
        request.body = ascending ? "{}" : R"({"ascending":false})";
        const bridge::Caller caller;
        const Json page = bridge::search_page({request, caller, {}}, std::move(rows), {{"name"}, {}});
        CPPUNIT_ASSERT_EQUAL(std::string(ascending ? "20 100 1a" : "1a 100 20"), names_in(page));
      }
    } while (std::next_permutation(names.begin(), names.end()));
  }

  void tells_pages_and_how_many_there_are() {
    struct Case {
      const char* body;
      const char* names;
      int pages, records;
    };
    const Case cases[] = {
        {R"({"pageNumber":1,"pageSize":3})", "alpha Bravo charlie", 2, 4},
        {R"({"pageNumber":2,"pageSize":3})", "Delta", 2, 4},
        {R"({"pageNumber":3,"pageSize":3})", "", 2, 4},
        {R"({"pageNumber":1000000000,"pageSize":1000})", "", 1, 4},
        {R"({"pageSize":2,"filter":{"SearchInputTextValue":"ann"}})", "alpha charlie", 1, 2},
        {R"({"filter":{"SearchInputTextValue":"nobody"}})", "", 0, 0},
    };
    for (const Case& one : cases) {
      Json page;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.body, std::string(one.names), found(one.body, &page));
      CPPUNIT_ASSERT_MESSAGE(one.body, page.get("totalNumberOfPages") == Json(one.pages));
      CPPUNIT_ASSERT_MESSAGE(one.body, page.get("totalNumberOfRecords") == Json(one.records));
    }
  }

  void says_what_it_cannot_understand() {
    const std::pair<std::string, std::string> cases[] = {
        {"[]", "The body must be a JSON object"},
        {R"({"pageNumber":0})", "pageNumber: must be a whole number from 1 to 1000000000"},
        {R"({"pageSize":1001})", "pageSize: must be a whole number from 1 to 1000"},
        {R"({"pageSize":"10"})", "pageSize: must be a whole number from 1 to 1000"},
        {R"({"ascending":"no"})", "ascending: must be true or false"},
        {R"({"orderBy":"secret"})", "orderBy: is one of name, size, owner"},
        {R"({"filter":"x"})", "filter: must be an object"},
        {R"({"filter":{"Condition":"XOR"}})", "filter.Condition: is AND or OR"},
        {R"({"filter":{"FilterGroups":{}}})", "filter.FilterGroups: must be a list"},
        {R"({"filter":{"FilterGroups":[1]}})", "filter.FilterGroups[0]: must be an object"},
        {where(R"({"FieldName":"secret"})"),
         "filter.FilterGroups[0].FilterItems[0].FieldName: is one of name, size, owner"},
        {where(R"({"FieldName":"name","Operator":"Like"})"),
         "filter.FilterGroups[0].FilterItems[0].Operator: is Contains, NotContains, Equal, NotEqual, "
         "StartsWith, "
         "EndsWith, Include or a comparison such as >="},
    };
    for (const auto& [body, reason] : cases) {
      std::string said;
      try {
        found(body);
      } catch (const InvalidFields& error) {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(body, std::size_t{1}, error.reasons().size());
        said = error.reasons().front();
      }
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, reason, said);
    }
    try {
      found("{");
      CPPUNIT_FAIL("half a body was taken");
    } catch (const InvalidFields& error) {
      CPPUNIT_ASSERT(std::string(error.what()).starts_with("The body is not JSON: "));
    }
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SearchBodyTest);
