#pragma once

// Recorded requests and answers of a connector (connectors/<system>/exchanges/*.yaml), run without a network:
// a verb, the requests that it must send in order, the answers that come, and what it must give. Used by
// `countersign test` and by the unit tests. A test fails too when a secret of its settings shows anywhere.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "connectors/engine/manifest.h"
#include "mappings/engine/diagnostics.h"

namespace connectors {

struct ExchangeTest {
  std::string name;
  mappings::SourceMark where;
  std::string problem;  // empty: passed
};

// Empty, with an error in the diagnostics, when the file is not one of exchanges.
std::vector<ExchangeTest> run_exchange_tests(const std::shared_ptr<const Manifest>& manifest,
                                             const std::filesystem::path& file,
                                             mappings::Diagnostics& diagnostics);

}  // namespace connectors
