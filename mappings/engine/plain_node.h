#pragma once

// A plain expression as a tree: what plain_reader.cpp reads and plain_expression.cpp evaluates. Plain data,
// and no Json in it: its count is not for several threads.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mappings {

struct PlainNode {
  enum class Kind {
    // One value each, out of values that are one each.
    input,     // .
    variable,  // $text
    local,     // $name of an `as`: slot
    field,     // parts[0].text
    element,   // parts[0][parts[1]]
    null,
    boolean,  // number
    number,
    text,    // texts[0]\(parts[0])texts[1]...
    object,  // {(parts[0]): parts[1], (parts[2]): parts[3] ...}
    equal,
    unequal,
    both,
    either,
    otherwise,  // parts[0] // parts[1]
    plus,
    type,
    tostring,
    negate,
    snq,
    length,
    to_entries,
    ascii_downcase,
    add,
    join,        // join(parts[0])
    split,       // split(parts[0])
    startswith,  // startswith(parts[0])
    contains,    // contains(parts[0]) of texts
    fallback,    // default(parts[0])
    // One value each, out of any number.
    list,    // [parts[0]], or []
    any,     // any(parts[0]; parts[1])
    one_of,  // IN(parts[0])
    // As many as their parts give.
    pipe,
    bind,       // parts[0] as $slot | parts[1]
    condition,  // if parts[0] then parts[1] else parts[2] end
    // Any number.
    each,         // parts[0][]
    each_if_any,  // parts[0][]?
    comma,        // parts[0], parts[1]
    empty,
    values,
    select,  // select(parts[0])
  };

  Kind kind = Kind::null;
  bool many = false;  // may give another number of values than one
  std::string text;
  double number = 0;
  std::size_t slot = 0;
  std::vector<std::string> texts;
  std::vector<PlainNode> parts;
};

// Nothing when `jq` holds more than a tree can. `slots`: how many names `as` gives.
std::optional<PlainNode> read_plain(std::string_view jq, std::size_t& slots);

}  // namespace mappings
