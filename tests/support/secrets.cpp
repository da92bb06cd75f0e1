#include "tests/support/secrets.h"

#include <cppunit/extensions/HelperMacros.h>

namespace tests {

void assert_no_secret(const std::string& what, const std::string& text,
                      const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets)
    CPPUNIT_ASSERT_MESSAGE(what + " shows a secret: " + text, text.find(secret) == std::string::npos);
}

void assert_no_secret(const std::string& what, const connectors::Outcome& outcome,
                      const std::vector<std::string>& secrets) {
  assert_no_secret(what, outcome.reason + " " + outcome.detail, secrets);
  for (const auto& call : outcome.calls) assert_no_secret(what, call.method + " " + call.path, secrets);
}

void assert_no_secret(const std::string& what, const mappings::Diagnostics& diagnostics,
                      const std::vector<std::string>& secrets) {
  assert_no_secret(what, diagnostics.to_text(), secrets);
}

}  // namespace tests
