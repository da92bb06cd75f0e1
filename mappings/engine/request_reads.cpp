#include "mappings/engine/request_reads.h"

#include <algorithm>

#include "mappings/engine/plain_node.h"

namespace mappings {

namespace {

using Kind = PlainNode::Kind;

class Reads {
 public:
  // These are false when the whole request is used.
  bool add(const PlainChoice& choice) {
    return std::all_of(choice.begin(), choice.end(), [this](const auto& one) {
      const auto* path = std::get_if<PlainPath>(&one);
      if (path == nullptr || path->root != PlainPath::Root::request) return true;
      if (path->names.empty()) return false;
      add(path->names.front());
      return true;
    });
  }
  bool add(const PlainNode& node) {
    switch (node.kind) {
      case Kind::field:
        if (node.parts[0].kind != Kind::input) break;
        add(node.text);
        return true;
      // Their input is the request, where it is not that of a pipe.
      case Kind::input:
      case Kind::type:
      case Kind::tostring:
      case Kind::negate:
      case Kind::snq:
      case Kind::length:
      case Kind::to_entries:
      case Kind::ascii_downcase:
      case Kind::add:
      case Kind::join:
      case Kind::split:
      case Kind::startswith:
      case Kind::contains:
      case Kind::fallback:
      case Kind::one_of:
      case Kind::values:
      case Kind::select:
        return false;
      // What follows looks at what the first part gives.
      case Kind::pipe:
      case Kind::any:
        return add(node.parts[0]);
      default:
        break;
    }
    return std::all_of(node.parts.begin(), node.parts.end(),
                       [this](const PlainNode& part) { return add(part); });
  }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  void add(const std::string& name) {
    if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
  }

  std::vector<std::string> names_;
};

}  // namespace

std::optional<std::vector<std::string>> request_reads(const Section& section) {
  Reads reads;
  for (const FieldExpression& expression : section.expressions) {
    if (!expression.plain.empty()) {
      if (!reads.add(expression.plain)) return std::nullopt;
      continue;
    }
    std::size_t slots = 0;
    const auto node = read_plain(expression.jq, slots);
    if (!node || !reads.add(*node)) return std::nullopt;
  }
  return reads.take();
}

}  // namespace mappings
