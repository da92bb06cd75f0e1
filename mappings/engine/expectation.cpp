#include "mappings/engine/expectation.h"

#include <algorithm>
#include <array>
#include <regex>

namespace mappings {

namespace {

constexpr std::array<std::string_view, 5> matchers{"contains", "lacks", "matches", "length", "absent"};

bool is_matcher(const YamlNode& node) {
  return node.is_mapping() && !node.members.empty() &&
         std::all_of(node.members.begin(), node.members.end(), [](const auto& member) {
           return std::find(matchers.begin(), matchers.end(), member.first) != matchers.end();
         });
}

std::int64_t length_of(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

class Check {
 public:
  Check(const std::string& field, const std::optional<Json>& got, std::vector<Unmet>& unmet)
      : field_(field), got_(got), unmet_(unmet) {}

  void matcher(const YamlNode& node) {
    if (const YamlNode* absent = node.find("absent")) {
      const bool wanted = absent->to_json().as_bool().value_or(true);
      if (wanted && got_) fail(absent->where, "should not be there", "absent");
      if (!wanted && !got_) fail(absent->where, "should be there", "present");
    }
    if (node.members.size() == 1 && node.find("absent")) return;
    if (!got_) return fail(node.where, "is not there", node.to_json().dump());
    const std::string text = got_->is_string() ? got_->string_or("") : got_->dump();
    for (const auto& [name, wanted] : node.members) {
      if (name == "contains" || name == "lacks") parts(name == "contains", wanted, text);
      if (name == "matches") pattern(wanted, text);
      if (name == "length") length(wanted, text);
    }
  }

  void exact(const YamlNode& node) {
    const Json wanted = node.to_json();
    if (!got_) return fail(node.where, "is not there", wanted.dump());
    if (*got_ == wanted) return;
    const bool same_text = (got_->is_string() ? got_->string_or("") : got_->dump()) ==
                           (wanted.is_string() ? wanted.string_or("") : wanted.dump());
    fail(node.where,
         same_text ? "has another type: quotes make a text, a bare 3 is a number" : "is different",
         wanted.dump());
  }

 private:
  void parts(bool wanted, const YamlNode& node, const std::string& text) {
    if (node.is_sequence()) {
      for (const YamlNode& item : node.items) parts(wanted, item, text);
      return;
    }
    if ((text.find(node.scalar) != std::string::npos) == wanted) return;
    Json quoted(node.scalar);
    fail(node.where, wanted ? "does not contain the text" : "contains what it must not",
         (wanted ? "contains " : "lacks ") + quoted.dump());
  }

  void pattern(const YamlNode& node, const std::string& text) {
    try {
      if (!std::regex_search(text, std::regex(node.scalar)))
        fail(node.where, "does not match", "matches " + node.scalar);
    } catch (const std::regex_error&) {
      fail(node.where, "cannot be checked: this is no regular expression", node.scalar);
    }
  }

  void length(const YamlNode& node, const std::string& text) {
    const std::int64_t have = length_of(text);
    const Json wanted = node.to_json();
    const auto least = wanted.get("min").as_integer();
    const auto most = wanted.get("max").as_integer();
    if ((!least && !most) || (least && have < *least) || (most && have > *most))
      fail(node.where, "has " + std::to_string(have) + " characters", "length " + wanted.dump());
  }

  void fail(const SourceMark& where, const std::string& what, std::string expected) {
    unmet_.push_back(
        {where, field_, field_ + " " + what, std::move(expected), got_ ? got_->dump() : "absent"});
  }

  const std::string& field_;
  const std::optional<Json>& got_;
  std::vector<Unmet>& unmet_;
};

}  // namespace

void check_expectation(const std::string& field, const YamlNode& expected, const std::optional<Json>& got,
                       std::vector<Unmet>& unmet) {
  if (is_matcher(expected)) return Check(field, got, unmet).matcher(expected);
  const bool exact =
      !expected.is_mapping() || expected.members.empty();  // {} alone would hold for everything
  if (exact || (got && !got->is_object())) return Check(field, got, unmet).exact(expected);
  for (const auto& [name, value] : expected.members)
    check_expectation(field + "." + name, value,
                      got && got->has(name) ? std::optional<Json>(got->get(name)) : std::nullopt, unmet);
}

}  // namespace mappings
