// The NDJSON file, moved, emptied and cut by others: at least once, in order, no gap.

#include <filesystem>
#include <fstream>
#include <memory>
#include <sys/stat.h>

#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/quiet_fixture.h"
#include "tests/support/siem_bench.h"

using bridge::SiemConfig;
using bridge::SiemStream;
using mappings::Json;
using tests::gap_in;
using tests::SiemBench;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::vector<std::int64_t> lines_of(const fs::path& file) {
  std::vector<std::int64_t> found;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    found.push_back(Json::parse(line).get("sequence").as_integer().value_or(-1));
  return found;
}

std::vector<std::int64_t> joined(std::vector<std::int64_t> all, const std::vector<std::int64_t>& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

class FileSinkTest : public tests::QuietFixture {
  CPPUNIT_TEST_SUITE(FileSinkTest);
  CPPUNIT_TEST(writes_one_object_a_line_before_the_cursor_moves);
  CPPUNIT_TEST(writes_again_what_was_written_and_not_recorded);
  CPPUNIT_TEST(ends_a_line_that_a_crash_left_open);
  CPPUNIT_TEST(keeps_so_many_files_of_that_size);
  CPPUNIT_TEST(begins_a_new_file_when_somebody_moved_it_away);
  CPPUNIT_TEST(goes_on_in_a_file_that_somebody_emptied);
  CPPUNIT_TEST(waits_while_the_disk_does_not_take_it);
  CPPUNIT_TEST_SUITE_END();

 public:
  void writes_one_object_a_line_before_the_cursor_moves() {
    SiemBench bench;
    bench.add_rows(3);
    const auto stream = bench.stream(config_in(bench));
    stream->step();
    CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(lines_of(file(bench)), 3));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.cursor());
    stream->step();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, bench.cursor());
    struct stat now {};
    CPPUNIT_ASSERT_EQUAL(0, ::stat(file(bench).c_str(), &now));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("nobody else may read it", 0u, now.st_mode & 0007u);
  }

  void writes_again_what_was_written_and_not_recorded() {
    SiemBench bench;
    bench.add_rows(2);
    auto stream = bench.stream(config_in(bench));
    stream->step();
    stream.reset();  // as killed between the write and the cursor
    stream = bench.stream(config_in(bench));
    all_written(bench, *stream, 2);
    CPPUNIT_ASSERT_EQUAL(std::size_t{4}, lines_of(file(bench)).size());
  }

  void ends_a_line_that_a_crash_left_open() {
    SiemBench bench;
    bench.add_rows(2);
    const std::string whole = "{\"sequence\":1}\n";
    for (const std::string& torn :
         {whole + "{\"sequence\":2,\"act", std::string("{\"seq"), whole + '{' + std::string(10'000, 'x')}) {
      SiemConfig config = config_in(bench);
      config.name = "sink" + std::to_string(torn.size());
      std::ofstream(file(bench), std::ios::binary | std::ios::trunc) << torn;
      const auto stream = bench.stream(config);
      bench.run(*stream, "written", [&] { return bench.cursor(config.name) == 2; });
      const auto lines = lines_of(file(bench));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(torn.substr(0, 40),
                                   torn.starts_with(whole) ? std::size_t{3} : std::size_t{2}, lines.size());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(torn.substr(0, 40), std::string(), gap_in(lines, 2));
    }
  }

  void keeps_so_many_files_of_that_size() {
    SiemBench bench;
    SiemConfig config = config_in(bench);
    std::get<bridge::SiemFileConfig>(config.to).max_size = 4000;
    std::get<bridge::SiemFileConfig>(config.to).keep = 2;
    const auto stream = bench.stream(config);
    int written = 0;
    for (int round = 0; round < 9; ++round) {
      bench.add_rows(5);
      all_written(bench, *stream, written += 5, false);
    }
    std::vector<std::int64_t> all;
    for (const char* end : {".2", ".1", ""}) {
      const fs::path one = file(bench).string() + end;
      CPPUNIT_ASSERT_MESSAGE(one.string(), fs::file_size(one) <= 4000);
      all = joined(all, lines_of(one));
    }
    CPPUNIT_ASSERT(!fs::exists(file(bench).string() + ".3"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{45}, all.back());
    for (std::size_t i = 1; i < all.size(); ++i) CPPUNIT_ASSERT_EQUAL(all[i - 1] + 1, all[i]);
  }

  void begins_a_new_file_when_somebody_moved_it_away() {
    SiemBench bench;
    const auto stream = bench.stream(config_in(bench));
    bench.add_rows(2);
    all_written(bench, *stream, 2);
    const fs::path moved = file(bench).string() + "-20261122";
    fs::rename(file(bench), moved);
    bench.add_rows(2);
    all_written(bench, *stream, 4, false);
    CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(joined(lines_of(moved), lines_of(file(bench))), 4));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, lines_of(file(bench)).size());
    fs::remove(file(bench));
    bench.add_rows(1);
    all_written(bench, *stream, 5, false);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, lines_of(file(bench)).size());
  }

  void goes_on_in_a_file_that_somebody_emptied() {
    SiemBench bench;
    SiemConfig config = config_in(bench);
    std::get<bridge::SiemFileConfig>(config.to).max_size = 0;
    const auto stream = bench.stream(config);
    bench.add_rows(2);
    all_written(bench, *stream, 2);
    fs::resize_file(file(bench), 0);
    bench.add_rows(2);
    all_written(bench, *stream, 4, false);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, lines_of(file(bench)).size());
    CPPUNIT_ASSERT(!fs::exists(file(bench).string() + ".1"));
  }

  void waits_while_the_disk_does_not_take_it() {
    SiemBench bench;
    bench.add_rows(2);
    fs::create_directories(file(bench));  // a folder stands where the file should be
    const auto stream = bench.stream(config_in(bench));
    for (int i = 0; i < 3; ++i) bench.clock.advance(stream->step());
    CPPUNIT_ASSERT_EQUAL(std::string("failing"), stream->state().word);
    CPPUNIT_ASSERT(stream->state().last_error.starts_with(file(bench).string() + ": cannot open it"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.cursor());
    fs::remove(file(bench));
    all_written(bench, *stream, 2);
  }

 private:
  static fs::path file(const SiemBench& bench) { return bench.folder.path() / "logs" / "audit.ndjson"; }
  static SiemConfig config_in(const SiemBench& bench) {
    fs::create_directories(file(bench).parent_path());
    bridge::SiemFileConfig to;
    to.path = file(bench).string();
    return tests::siem_config(to);
  }
  static void all_written(SiemBench& bench, SiemStream& stream, std::int64_t last, bool in_one_file = true) {
    bench.run(stream, "all are written", [&] { return bench.cursor() == last; });
    if (in_one_file) CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(lines_of(file(bench)), last));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(FileSinkTest);
