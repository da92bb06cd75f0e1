#include <charconv>
#include <cstdint>

#include "mappings/engine/yaml_tree.h"

namespace mappings {

namespace {

std::optional<double> core_number(const std::string& text) {
  std::string_view digits = text;
  bool negative = false;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) {
    negative = digits[0] == '-';
    digits.remove_prefix(1);
  }
  int base = 10;
  if (digits.size() == text.size() && (digits.starts_with("0x") || digits.starts_with("0o"))) {
    base = digits[1] == 'x' ? 16 : 8;
    digits.remove_prefix(2);
  }
  if (digits.empty()) return std::nullopt;
  const char* end = digits.data() + digits.size();
  if (digits.find_first_not_of(base == 16 ? "0123456789abcdefABCDEF" : "0123456789") ==
      std::string_view::npos) {
    std::int64_t whole = 0;
    auto read = std::from_chars(digits.data(), end, whole, base);
    if (read.ec != std::errc() || read.ptr != end || whole > (std::int64_t{1} << 53)) return std::nullopt;
    return static_cast<double>(negative ? -whole : whole);
  }
  bool has_digit = digits.find_first_of("0123456789") != std::string_view::npos;
  if (base != 10 || !has_digit || digits[0] == 'e' || digits[0] == 'E' ||
      digits.find_first_not_of("0123456789.eE+-") != std::string_view::npos)
    return std::nullopt;
  std::string padded = digits[0] == '.' ? '0' + std::string(digits) : std::string(digits);
  double value = 0;
  auto read = std::from_chars(padded.data(), padded.data() + padded.size(), value);
  if (read.ec != std::errc() || read.ptr != padded.data() + padded.size()) return std::nullopt;
  return negative ? -value : value;
}

Json plain_scalar(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (auto number = core_number(text)) return *number;
  return text;
}

}  // namespace

YamlNode::YamlNode() = default;
YamlNode::~YamlNode() = default;
YamlNode::YamlNode(const YamlNode&) = default;
YamlNode::YamlNode(YamlNode&&) noexcept = default;
YamlNode& YamlNode::operator=(const YamlNode&) = default;
YamlNode& YamlNode::operator=(YamlNode&&) noexcept = default;

const YamlNode* YamlNode::find(std::string_view key) const noexcept {
  for (const auto& [name, value] : members)
    if (name == key) return &value;
  return nullptr;
}

std::string YamlNode::text(std::string_view key, std::string_view otherwise) const {
  const YamlNode* member = find(key);
  return member && member->is_scalar() ? member->scalar : std::string(otherwise);
}

Json YamlNode::to_json() const {
  switch (kind) {
    case Kind::null:
      return {};
    case Kind::scalar:
      return quoted ? Json(scalar) : plain_scalar(scalar);
    case Kind::sequence: {
      Json list = Json::array();
      for (const YamlNode& item : items) list.push_back(item.to_json());
      return list;
    }
    case Kind::mapping: {
      Json object = Json::object();
      for (const auto& [key, value] : members) object.set(key, value.to_json());
      return object;
    }
  }
  return {};
}

}  // namespace mappings
