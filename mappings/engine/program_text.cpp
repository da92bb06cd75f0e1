#include "mappings/engine/program_text.h"

#include <algorithm>

#include "mappings/engine/prelude.h"

namespace mappings {

namespace {

// Only those that `all` name: binding one costs more than most expressions do.
std::string bind_variables(const std::vector<std::string>& variables, std::span<const Expression> all) {
  const auto named = [&](const std::string& name) {
    return std::any_of(all.begin(), all.end(),
                       [&](const Expression& one) { return one.jq.find('$' + name) != std::string::npos; });
  };
  std::string text;
  for (const std::string& name : variables)
    if (named(name)) text += ".[1]." + name + " as $" + name + " | ";
  return text + ".[0] |\n";
}

// An expression that is alone needs no guard: whoever runs it takes one result, and knows whose failure it
// is.
std::string guarded_list(std::span<const Expression> all) {
  if (all.size() == 1) return "(\n" + all[0].jq + "\n)";
  std::string text = "[";
  for (const Expression& one : all) text += (text.size() == 1 ? "" : ",\n") + guarded(one);
  return text + "]";
}

// Each entry is a function: a run then makes room for the variables of one entry, not of all.
std::string functions(const std::vector<std::size_t>& numbers, const std::vector<TemplateEntry>& entries,
                      const std::vector<std::string>& variables, std::span<const Expression> all) {
  std::string text;
  for (std::size_t number : numbers) {
    const auto own = all.subspan(entries[number].first, entries[number].count);
    text += "def __entry" + std::to_string(number) + ": " + bind_variables(variables, own) +
            guarded_list(own) + ";\n";
  }
  return text;
}

// A balanced tree of ifs: about log2 n comparisons to reach an entry.
std::string dispatch(std::span<const std::size_t> numbers) {
  if (numbers.size() == 1) return "__entry" + std::to_string(numbers[0]);
  const std::size_t middle = numbers.size() / 2;
  return "if .[2] < " + std::to_string(numbers[middle]) + " then " + dispatch(numbers.first(middle)) +
         "\nelse " + dispatch(numbers.subspan(middle)) + "\nend";
}

}  // namespace

std::string guarded(const Expression& expression) {
  return "(try [first((\n" + expression.jq + "\n))] catch {error: .})";
}

std::string program_head(const std::vector<std::string>& variables, std::span<const Expression> expressions) {
  return std::string(jq_prelude()) + bind_variables(variables, expressions);
}

std::string program_text(const std::vector<std::string>& variables, const std::vector<TemplateEntry>& entries,
                         std::span<const Expression> expressions) {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (entries[i].count > 0) numbers.push_back(i);
  if (numbers.empty()) return "";
  return std::string(jq_prelude()) + functions(numbers, entries, variables, expressions) + dispatch(numbers);
}

}  // namespace mappings
