#pragma once

// Documents that hold generated parts: a part stands between <!-- generated: NAME --> and
// <!-- end of generated -->. A test compares the part with what the code makes now; run the test with
// COUNTERSIGN_UPDATE_DOCS=1 to write it instead.

#include <string>

namespace tests {

// Fails the running test when the part differs, or when the file has no such part. `file` is relative to the
// source folder.
void check_generated_block(const std::string& file, const std::string& name, const std::string& text);

std::string read_source_file(const std::string& file);

}  // namespace tests
