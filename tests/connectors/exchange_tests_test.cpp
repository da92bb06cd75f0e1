// Recorded exchanges must be able to fail: each of these holds one mistake.

#include "connectors/engine/exchange_tests.h"

#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/temporary_folder.h"

class ExchangeTestsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ExchangeTestsTest);
  CPPUNIT_TEST(a_test_fails_for_each_thing_that_is_not_as_recorded);
  CPPUNIT_TEST(a_file_that_is_no_exchange_is_an_error);
  CPPUNIT_TEST_SUITE_END();

  tests::TemporaryFolder folder_;

  static std::shared_ptr<const connectors::Manifest> load() {
    mappings::Diagnostics diagnostics;
    auto manifest = connectors::Manifest::load(
        std::filesystem::path(SOURCE_DIR) / "connectors/servicenow/connector.yaml", diagnostics);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.to_text());
    return manifest;
  }
  static std::shared_ptr<const connectors::Manifest> manifest() {
    static const auto once = load();
    return once;
  }

 public:
  void a_test_fails_for_each_thing_that_is_not_as_recorded() {
    const std::string head = R"yaml(settings: {url: "https://a.test", user: bridge, password: s3cret-pass}
tests:
  - name: it
    do: {find: {key: "acme:1"}}
)yaml";
    const std::string get = "    exchanges:\n      - request: {get: /api/now/table/incident}\n";
    const std::string row =
        "        answer: {json: {result: [{sys_id: a1, number: INC1, correlation_id: \"acme:1\"}]}}\n";
    struct Case {
      std::string name, text, says;  // says empty: passes
    };
    const std::vector<Case> cases = {
        {"all right", get + row + "    gives: {outcome: done, ticket: {id: a1, number: {contains: INC}}}\n",
         ""},
        {"another result", get + row + "    gives: {ticket: {id: a2}}\n",
         "ticket.id: wanted \"a2\", got \"a1\""},
        {"a part that is not there", get + row + "    gives: {decision: {approve: true}}\n", "decision"},
        {"a part that must not be there", get + row + "    gives: {ticket: {absent: true}}\n", "is there"},
        {"another path",
         "    exchanges:\n      - request: {get: /api/now/table/task}\n" + row + "    gives: {}\n",
         "request 1, get"},
        {"another method",
         "    exchanges:\n      - request: {post: /api/now/table/incident}\n" + row + "    gives: {}\n",
         "request 1, post"},
        {"another query",
         "    exchanges:\n      - request: {query: {sysparm_limit: \"9\"}}\n" + row + "    gives: {}\n",
         "query.sysparm_limit"},
        {"a request too many", "    gives: {}\n", "one more request"},
        {"a request too few", get + row + get.substr(get.find("      -")) + row + "    gives: {}\n",
         "only 1 of 2"},
        {"a setting that is unknown", "    settings: {tabel: x}\n    gives: {}\n", "unknown-setting"},
    };
    for (const Case& c : cases) {
      mappings::Diagnostics diagnostics;
      const auto results =
          connectors::run_exchange_tests(manifest(), folder_.write("it.yaml", head + c.text), diagnostics);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(c.name, std::string(), diagnostics.to_text());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(c.name, std::size_t{1}, results.size());
      const std::string& problem = results[0].problem;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(c.name + ": " + problem, c.says.empty(), problem.empty());
      CPPUNIT_ASSERT_MESSAGE(c.name + ": " + problem, problem.find(c.says) != std::string::npos);
    }
  }

  void a_file_that_is_no_exchange_is_an_error() {
    for (const char* text : {"tests: []\n", "tests: 3\n", "test: [{name: x}]\n",
                             "tests: [{name: x, do: {fly: {}}, gives: {}}]\n"}) {
      mappings::Diagnostics diagnostics;
      CPPUNIT_ASSERT_MESSAGE(
          text,
          connectors::run_exchange_tests(manifest(), folder_.write("it.yaml", text), diagnostics).empty());
      CPPUNIT_ASSERT_MESSAGE(text, diagnostics.has_errors());
    }
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ExchangeTestsTest);
