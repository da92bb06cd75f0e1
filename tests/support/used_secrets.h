#pragma once

// The secrets that a test run uses. Each is noted where it is made; from then on no answer may show it, and
// after the run nothing that was left behind may either: logs, stores, configurations (.ci/secrets looks).
// Thread-safe.

#include <string>

namespace tests {

// Of a key of ours, the part that is secret. Short texts would be found by chance: at least 12 bytes.
void note_secret(const std::string& secret);

// Throws std::runtime_error, naming the secret by its first letters, when `text` shows one that was noted.
void must_show_no_secret(const std::string& where, const std::string& text);

}  // namespace tests
