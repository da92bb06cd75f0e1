#include "bridge/api/status_words.h"

#include "mappings/engine/text.h"

namespace bridge {

std::optional<std::vector<int>> status_codes_of(const Call& call) {
  struct Word {
    std::string_view word;
    std::vector<int> codes;
  };
  static const std::vector<Word> words = {
      {"", {}},
      {"pending", {4}},
      {"pending approval", {4}},
      {"approved", {0, 1, 2}},
      {"open", {0}},
      {"running", {1}},
      {"finished", {2}},
      {"denied", {3}},
      {"quarantined", {5}},
      {"expired", {6}},
  };
  const std::string given = text_of(call, "status");
  for (const Word& row : words)
    if (mappings::equal_ignoring_case(row.word, given)) return row.codes;
  return std::nullopt;
}

}  // namespace bridge
