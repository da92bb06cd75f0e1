#pragma once

// Cuts jq text into tokens, well enough to see which paths an expression reads. Never decides whether the
// text is right jq: that is jq's own business. Plain data.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mappings {

struct JqToken {
  enum class Kind {
    end,
    dot,       // .
    field,     // .name
    dots,      // ..
    word,      // a name or keyword
    variable,  // $name
    format,    // @name
    number,
    string,  // "..." with its interpolations
    mark,    // operators and brackets
    broken,  // a string without its end
  };
  Kind kind = Kind::end;
  std::string_view text;   // as written; of a field or variable without the . or $
  std::size_t offset = 0;  // of the first character, in the text that was cut
  // Of a string: where each \( ... ) has its expression, as offset and length.
  std::vector<std::pair<std::size_t, std::size_t>> inner;

  bool is(std::string_view mark_or_word) const noexcept {
    return (kind == Kind::mark || kind == Kind::word) && text == mark_or_word;
  }
};

// The next token at or after `at`, which is moved behind it. Skips white space and comments.
JqToken next_jq_token(std::string_view text, std::size_t& at);

}  // namespace mappings
