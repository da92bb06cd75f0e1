// Polling over many rows: none lost, none seen twice inside one walk, whatever shares a second or is hidden.

#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include <cppunit/extensions/HelperMacros.h>

#include "connectors/engine/bound_desk.h"

using namespace connectors;
using mappings::Json;

namespace {

std::shared_ptr<const CompiledManifest> manifest_of(const std::string& name) {
  mappings::Diagnostics diagnostics;
  auto manifest =
      Manifest::load(std::filesystem::path(SOURCE_DIR) / "connectors" / name / "connector.yaml", diagnostics);
  CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.to_text());
  return std::dynamic_pointer_cast<const CompiledManifest>(manifest);
}

std::string decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    out.push_back(static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16)));
    i += 2;
  }
  return out;
}

std::string parameter(const std::string& url, const std::string& name) {
  const auto at = url.find(name + "=");
  if (at == std::string::npos) return {};
  const auto from = at + name.size() + 1;
  return decoded(url.substr(from, url.find('&', from) - from));
}

struct Row {
  std::string at, id;
  bool visible = true;
  auto operator<=>(const Row&) const = default;
};

// Answers the connector's own queries over a set of rows as ServiceNow does: limit first, access rules after.
class Table {
 public:
  std::set<Row> rows;
  int calls = 0;
  bool counts = true;  // whether X-Total-Count is sent

  HttpResult operator()(const HttpRequest& request) {
    ++calls;
    const std::string query = parameter(request.url, "sysparm_query");
    const std::size_t limit = std::stoul(parameter(request.url, "sysparm_limit"));
    const std::string offset = parameter(request.url, "sysparm_offset");
    std::smatch found;
    std::vector<Row> matching;
    if (query.find("ORDERBYDESC") != std::string::npos) {
      if (!rows.empty()) matching.push_back(*rows.rbegin());
    } else if (std::regex_search(query, found, std::regex("updated_on>=([^^]+)\\^"))) {
      for (const Row& row : rows)
        if (row.at >= found[1].str()) matching.push_back(row);
    } else if (std::regex_search(
                   query, found,
                   std::regex("updated_on>([^^]+)\\^NQ.*updated_on=([^^]+)\\^sys_id>([^^]*)\\^"))) {
      for (const Row& row : rows)
        if (row.at > found[1].str() || (row.at == found[2].str() && row.id > found[3].str()))
          matching.push_back(row);
    } else {
      CPPUNIT_FAIL("a query that this table does not know: " + query);
    }
    Json result = Json::array();
    const std::size_t skip = offset.empty() ? 0 : std::stoul(offset);
    for (std::size_t i = skip; i < matching.size() && i < skip + limit; ++i)
      if (matching[i].visible)
        result.push_back(Json::object({{"sys_id", matching[i].id},
                                       {"sys_updated_on", matching[i].at},
                                       {"sys_mod_count", "1"},
                                       {"sysapproval", "t" + matching[i].id},
                                       {"sysapproval.correlation_id", "acme:" + matching[i].id},
                                       {"sysapproval.correlation_display", "countersign"}}));
    HttpResult answer;
    answer.delivery = Delivery::answered;
    answer.answer.status = 200;
    answer.answer.headers = {{"Content-Type", "application/json;charset=UTF-8"}};
    if (counts) answer.answer.headers.emplace_back("X-Total-Count", std::to_string(matching.size()));
    answer.answer.body = Json::object({{"result", result}}).dump();
    return answer;
  }
};

std::string id_of(int number) {
  std::string text = std::to_string(number);
  return std::string(6 - text.size(), '0') + text;
}

}  // namespace

class ChangeWalkTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ChangeWalkTest);
  CPPUNIT_TEST(sees_every_row_once_though_pages_share_a_second);
  CPPUNIT_TEST(a_quiet_poll_is_one_call_and_rows_of_the_overlap_come_again);
  CPPUNIT_TEST(rows_that_arrive_late_in_the_same_second_are_seen);
  CPPUNIT_TEST_SUITE_END();

  Table table_;
  std::unique_ptr<BoundDesk> desk_;

  // Walks to the end and counts how often each row was seen.
  std::map<std::string, int> walk(std::string& watermark) {
    std::map<std::string, int> seen;
    for (int page = 0;; ++page) {
      CPPUNIT_ASSERT_MESSAGE("the walk does not end", page < 50);
      const auto changes = desk_->changes(watermark);
      CPPUNIT_ASSERT_MESSAGE(changes.outcome.detail, changes.outcome.done());
      for (const auto& row : changes.value->rows) ++seen[row.seen];
      watermark = changes.value->watermark;
      if (!changes.value->more) return seen;
    }
  }

 public:
  void setUp() override {
    static const auto manifest = manifest_of("servicenow");
    mappings::Diagnostics diagnostics;
    desk_ = BoundDesk::bind(
        manifest, R"({"url":"https://a.test","user":"bridge","password":"p","decision":"approvers"})",
        [this](const HttpRequest& request) { return table_(request); }, {}, diagnostics);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.to_text());
  }

  void sees_every_row_once_though_pages_share_a_second() {
    for (const bool counts : {true, false}) {
      for (const int hidden : {0, 10, 250}) {
        if (hidden == 250 && !counts) continue;  // nothing tells that a page was hidden whole
        table_.counts = counts;
        table_.rows.clear();
        int visible = 0;
        for (int i = 0; i < 650; ++i) {
          const bool show = i < 230 || i >= 230 + hidden;
          visible += show ? 1 : 0;
          // 300 rows of one second, then two a second.
          table_.rows.insert({"2026-01-31 10:0" + std::to_string(i < 300 ? 0 : (i - 300) / 100 + 1) + ":0" +
                                  std::to_string(i < 300 ? 0 : i % 10),
                              id_of(i), show});
        }
        std::string watermark;
        const auto seen = walk(watermark);
        const std::string name = std::to_string(hidden) + " hidden, " + (counts ? "counted" : "not counted");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(name, static_cast<std::size_t>(visible), seen.size());
        for (const auto& [row, times] : seen) CPPUNIT_ASSERT_EQUAL_MESSAGE(name + " " + row, 1, times);
      }
    }
  }

  void a_quiet_poll_is_one_call_and_rows_of_the_overlap_come_again() {
    table_.rows = {{"2026-01-31 10:00:00", "a"}, {"2026-01-31 10:00:30", "b"}, {"2026-01-31 10:01:10", "c"}};
    std::string watermark;
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, walk(watermark).size());
    table_.calls = 0;
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, walk(watermark).size());
    CPPUNIT_ASSERT_EQUAL(1, table_.calls);
  }

  void rows_that_arrive_late_in_the_same_second_are_seen() {
    table_.rows = {{"2026-01-31 10:00:00", "m"}};
    std::string watermark;
    walk(watermark);
    table_.rows.insert({"2026-01-31 10:00:00", "a"});
    const auto seen = walk(watermark);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, seen.count("a@2026-01-31 10:00:00#1"));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ChangeWalkTest);
