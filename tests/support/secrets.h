#pragma once

// Fails when one of the secrets occurs in what a connector lets others see.

#include <string>
#include <vector>

#include "connectors/engine/outcome.h"
#include "mappings/engine/diagnostics.h"

namespace tests {

void assert_no_secret(const std::string& what, const std::string& text,
                      const std::vector<std::string>& secrets);
void assert_no_secret(const std::string& what, const connectors::Outcome& outcome,
                      const std::vector<std::string>& secrets);
void assert_no_secret(const std::string& what, const mappings::Diagnostics& diagnostics,
                      const std::vector<std::string>& secrets);

}  // namespace tests
