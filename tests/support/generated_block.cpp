#include "tests/support/generated_block.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <cppunit/TestAssert.h>

namespace tests {

std::string read_source_file(const std::string& file) {
  std::ifstream in(std::string(SOURCE_DIR) + '/' + file, std::ios::binary);
  CPPUNIT_ASSERT_MESSAGE("cannot read " + file, in.good());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void check_generated_block(const std::string& file, const std::string& name, const std::string& text) {
  const std::string whole = read_source_file(file);
  const std::string opening = "<!-- generated: " + name + " -->\n";
  const std::string closing = "<!-- end of generated -->\n";
  const auto start = whole.find(opening);
  CPPUNIT_ASSERT_MESSAGE(file + " has no part " + name, start != std::string::npos);
  const auto from = start + opening.size();
  const auto end = whole.find(closing, from);
  CPPUNIT_ASSERT_MESSAGE(file + ": the part " + name + " has no end", end != std::string::npos);
  if (std::getenv("COUNTERSIGN_UPDATE_DOCS")) {
    std::ofstream out(std::string(SOURCE_DIR) + '/' + file, std::ios::binary | std::ios::trunc);
    out << whole.substr(0, from) << text << whole.substr(end);
    return;
  }
  CPPUNIT_ASSERT_EQUAL_MESSAGE(file + ", part " + name + ": run the test with COUNTERSIGN_UPDATE_DOCS=1",
                               text, whole.substr(from, end - from));
}

}  // namespace tests
