#include "mappings/engine/yaml_tree.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <unordered_map>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "mappings/engine/jq_scan.h"

namespace mappings {

namespace {

constexpr std::uintmax_t max_bytes = 4u << 20;
constexpr std::size_t max_depth = 64;
constexpr const char* quote_it = "quote the expression: '${ ... }'";

struct TooDeep {};

// The text with its line starts, so that yaml-cpp's byte columns become columns of code points.
class Source {
 public:
  Source(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {
    starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i)
      if (text[i] == '\n') starts_.push_back(i + 1);
  }

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }

  std::string_view line(std::size_t number) const {
    if (number >= starts_.size()) return {};
    std::size_t end = number + 1 < starts_.size() ? starts_[number + 1] - 1 : text_.size();
    return text_.substr(starts_[number], end - starts_[number]);
  }
  std::size_t offset(const YAML::Mark& mark) const {
    if (mark.is_null()) return text_.size();
    auto line = static_cast<std::size_t>(mark.line);
    if (line >= starts_.size()) return text_.size();
    return std::min(text_.size(), starts_[line] + static_cast<std::size_t>(mark.column));
  }
  SourceMark place(std::size_t offset) const {
    auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
    auto line = static_cast<std::size_t>(next - starts_.begin()) - 1;
    auto before = text_.substr(starts_[line], offset - starts_[line]);
    auto points = std::count_if(before.begin(), before.end(), [](char c) { return (c & 0xC0) != 0x80; });
    return {name_, static_cast<int>(line) + 1, static_cast<int>(points) + 1};
  }
  SourceMark place(const YAML::Mark& mark) const { return place(offset(mark)); }

 private:
  std::string_view text_;
  std::string name_;
  std::vector<std::size_t> starts_;
};

std::string_view clear_reason(const std::string& yaml_cpp) {
  static const std::pair<std::string_view, std::string_view> reasons[] = {
      {YAML::ErrorMsg::MAP_VALUE,
       "a second ':' where one 'key: value' should end, or a line that is indented wrongly"},
      {YAML::ErrorMsg::MAP_KEY, "a key where no key can stand"},
      {YAML::ErrorMsg::BLOCK_ENTRY, "a list item ('- ') where no list can begin"},
      {YAML::ErrorMsg::END_OF_MAP,
       "this does not fit the mapping above it: text after a closing quote, or wrong indentation"},
      {YAML::ErrorMsg::END_OF_MAP_FLOW, "a '{' that is not closed by '}', or a ',' that is missing"},
      {YAML::ErrorMsg::END_OF_SEQ, "this does not fit the list above it"},
      {YAML::ErrorMsg::END_OF_SEQ_FLOW, "a '[' that is not closed by ']', or a ',' that is missing"},
      {YAML::ErrorMsg::FLOW_END, "a closing bracket that was never opened"},
      {YAML::ErrorMsg::EOF_IN_SCALAR, "a text without its closing quote"},
      {YAML::ErrorMsg::DOC_IN_SCALAR, "a text without its closing quote"},
      {YAML::ErrorMsg::UNKNOWN_TOKEN, "a text cannot begin with this sign"},
      {YAML::ErrorMsg::TAB_IN_INDENTATION, "a tab indents this line"},
      {YAML::ErrorMsg::INVALID_HEX, "a bad \\x or \\u escape"},
  };
  for (const auto& [theirs, ours] : reasons)
    if (yaml_cpp == theirs) return ours;
  return yaml_cpp;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const Source& source, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics), root_(std::make_shared<YamlNode>()) {
    root_->where = {source.name(), 1, 1};
  }

  std::shared_ptr<YamlNode> root() { return root_; }
  bool failed() const { return failed_; }
  // The last line (from 1) that has an error already: the parser's own complaint about it would only repeat
  // it.
  int failed_line() const { return failed_line_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    bool marked = source_.line(static_cast<std::size_t>(mark.line)).starts_with("---");
    if (marked)
      error(source_.place(mark), "yaml-documents", "a second document in one file", "remove the '---' line");
    else
      error(source_.place(mark), "yaml-syntax", "this line does not belong to what is above it",
            "check the indentation");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    std::size_t at = source_.offset(mark);
    check_node(at, anchor);
    std::string_view rest = source_.text().substr(at);
    bool written = rest.starts_with('~') || rest.starts_with("null") || rest.starts_with("Null") ||
                   rest.starts_with("NULL");
    if (waiting_for_key()) {
      if (written && rest[0] != '~') return take_key(std::string(rest.substr(0, 4)), at, false);
      error(source_.place(at), "yaml-key", "a key without a name", "give it a name, or quote it: \"~\"");
      return take_key("~", at, true);
    }
    YamlNode node;
    node.where = source_.place(at);
    bool of_key = !levels_.empty() && levels_.back().node.is_mapping();
    if (of_key && (!written || node.where.line != levels_.back().key_mark.line)) {
      written = false;  // the mark is that of whatever comes next
      node.where = levels_.back().key_mark;
    }
    if (!written && of_key && levels_.back().key_plain && levels_.back().key.find(':') != std::string::npos)
      error(levels_.back().key_mark, "yaml-syntax", "there is no space after the ':' here",
            "write 'key: value'");
    place_node(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    error(source_.place(mark), "yaml-anchor", "aliases ('*name') are not used in these files",
          "write the value out, or quote the text if the '*' belongs to it");
    if (waiting_for_key()) return take_key("*", source_.offset(mark), true);
    place_node({});
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    std::size_t at = source_.offset(mark);
    check_node(at, anchor);
    bool plain = tag != "!";
    if (plain) check_plain(at, value);
    if (waiting_for_key()) return take_key(value, at, plain);
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.where = source_.place(at);
    node.scalar = value;
    node.quoted = !plain;
    node.expression_marks = places_of_expressions(at, value);
    place_node(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::sequence, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::mapping, mark, anchor);
  }
  void OnMapEnd() override { close(); }

  void error(SourceMark where, std::string code, std::string message, std::string hint = {}) {
    failed_ = true;
    failed_line_ = std::max(failed_line_, where.line);
    diagnostics_.error(std::move(where), std::move(code), std::move(message), std::move(hint));
  }

 private:
  struct Level {
    YamlNode node;
    bool has_key = false;
    std::string key;
    bool key_plain = false;
    SourceMark key_mark;
    std::unordered_map<std::string, int> seen;  // key -> line
    bool as_key = false;                        // this whole node stands where a key should
  };

  bool waiting_for_key() const {
    return !levels_.empty() && levels_.back().node.is_mapping() && !levels_.back().has_key;
  }

  void check_node(std::size_t at, YAML::anchor_t anchor) {
    char first = at < source_.text().size() ? source_.text()[at] : '\0';
    if (anchor != YAML::NullAnchor)
      error(source_.place(at), "yaml-anchor", "anchors ('&name') are not used in these files",
            "write the value out, or quote the text if the '&' belongs to it");
    else if (first == '!')
      error(source_.place(at), "yaml-tag", "tags ('!name') are not used in these files",
            "quote the text if the '!' belongs to it");
  }

  // YAML ends a plain text at " #", at ": " and, inside { }, at a brace: half an expression must not pass.
  void check_plain(std::size_t at, const std::string& value) {
    std::string_view text = source_.text();
    std::size_t end = at;
    for (char c : value) {
      if (c == ' ' || c == '\n') continue;
      while (end < text.size() &&
             (text[end] == ' ' || text[end] == '\n' || text[end] == '\r' || text[end] == '\t'))
        ++end;
      ++end;
    }
    end = std::min(end, text.size());
    if (value.ends_with('$') && end < text.size() && text[end] == '{')
      return error(source_.place(end - 1), "unquoted-expression",
                   "a brace ends a text that is not quoted, so this expression is cut off", quote_it);
    std::size_t start = 0;
    while ((start = value.find("${", start)) != std::string::npos) {
      JqScan scan = scan_embedded_jq(std::string_view(value).substr(start + 2));
      if (!scan.closed)
        return error(source_.place(at), "unquoted-expression",
                     "this expression is cut off: a text that is not quoted ends at ': ' and at ' #'",
                     quote_it);
      start += 2 + scan.end;
    }
    if (value.find("${") == std::string::npos) return;
    std::size_t after = end;
    while (after < text.size() && (text[after] == ' ' || text[after] == '\t')) ++after;
    if (after > end && after < text.size() && text[after] == '#')
      error(source_.place(after), "unquoted-expression",
            "everything from this '#' on is a comment and is cut off",
            std::string(quote_it) + "; then a comment may follow");
  }

  std::vector<SourceMark> places_of_expressions(std::size_t at, const std::string& value) const {
    std::vector<SourceMark> marks;
    std::size_t in_source = at;
    for (std::size_t i = value.find("${"); i != std::string::npos; i = value.find("${", i + 2)) {
      in_source = source_.text().find("${", in_source);
      if (in_source == std::string_view::npos) break;
      marks.push_back(source_.place(in_source));
      in_source += 2;
    }
    return marks;
  }

  void take_key(const std::string& key, std::size_t at, bool plain) {
    Level& level = levels_.back();
    level.key = key;
    level.key_plain = plain;
    level.key_mark = source_.place(at);
    level.has_key = true;
    auto [earlier, fresh] = level.seen.emplace(key, level.key_mark.line);
    if (!fresh)
      error(level.key_mark, "duplicate-key", "the key '" + key + "' is there twice",
            "the first is in line " + std::to_string(earlier->second));
  }

  void place_node(YamlNode node) {
    if (levels_.empty()) {
      if (documents_ == 1) *root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.is_sequence()) {
      level.node.items.push_back(std::move(node));
      return;
    }
    level.has_key = false;
    level.node.members.emplace_back(std::move(level.key), std::move(node));
    level.node.key_marks.push_back(level.key_mark);
    level.key.clear();
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    std::size_t at = source_.offset(mark);
    check_node(at, anchor);
    bool as_key = waiting_for_key();
    if (as_key)
      error(source_.place(at), "yaml-key", "a list or a mapping cannot be a key", "quote it if it is a text");
    if (levels_.size() >= max_depth) {
      error(source_.place(at), "yaml-depth", "deeper than " + std::to_string(max_depth) + " levels");
      throw TooDeep{};
    }
    Level level;
    level.node.kind = kind;
    level.node.where = source_.place(at);
    level.as_key = as_key;
    levels_.push_back(std::move(level));
  }

  void close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    if (level.as_key) return take_key("?", 0, true);
    place_node(std::move(level.node));
  }

  const Source& source_;
  Diagnostics& diagnostics_;
  std::shared_ptr<YamlNode> root_;
  std::vector<Level> levels_;
  int documents_ = 0;
  bool failed_ = false;
  int failed_line_ = 0;
};

void report_parse_error(const YAML::ParserException& e, const Source& source, TreeBuilder& builder) {
  SourceMark where = source.place(e.mark);
  if (builder.failed() && where.line <= builder.failed_line() + 1) return;
  auto line = source.line(static_cast<std::size_t>(where.line - 1));
  auto indent = line.substr(0, line.find_first_not_of(" \t"));
  if (e.msg == YAML::ErrorMsg::UNKNOWN_ANCHOR)
    builder.error(where, "yaml-anchor", "aliases ('*name') are not used in these files",
                  "write the value out, or quote the text if the '*' belongs to it");
  else if (indent.find('\t') != std::string_view::npos)
    builder.error(where, "yaml-syntax", "a tab indents this line", "indent with spaces");
  else if (line.find("${") != std::string_view::npos)
    builder.error(where, "yaml-syntax", std::string(clear_reason(e.msg)), quote_it);
  else
    builder.error(where, "yaml-syntax", std::string(clear_reason(e.msg)),
                  e.msg == YAML::ErrorMsg::MAP_VALUE || e.msg == YAML::ErrorMsg::UNKNOWN_TOKEN
                      ? "quote the text if the sign belongs to it"
                      : "");
}

// yaml-cpp takes these in silence, and treats one of them as the end of the file.
bool check_characters(std::string_view text, const Source& source, Diagnostics& diagnostics) {
  if (!is_valid_utf8(text)) {
    int number = 1;
    while (is_valid_utf8(source.line(static_cast<std::size_t>(number - 1)))) ++number;
    diagnostics.error({source.name(), number, 0}, "not-utf8", "this line is not valid UTF-8",
                      "save the file as UTF-8");
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if ((c >= 0x20 && c != 0x7F) || c == '\n' || c == '\t' || (c == '\r' && text.substr(i + 1, 1) == "\n"))
      continue;
    diagnostics.error(source.place(i), "control-character", "a control character stands here",
                      "remove it, or write it as an escape in double quotes");
    return false;
  }
  return true;
}

}  // namespace

std::shared_ptr<const YamlNode> read_yaml_text(std::string_view text, const std::string& name,
                                               Diagnostics& diagnostics) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Source source(text, name);
  if (text.size() > max_bytes) {
    diagnostics.error({name, 0, 0}, "file-too-large", "larger than 4 MB");
    return nullptr;
  }
  if (!check_characters(text, source, diagnostics)) return nullptr;
  TreeBuilder builder(source, diagnostics);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder) && !builder.failed()) {
    }
  } catch (const TooDeep&) {
  } catch (const YAML::ParserException& e) {
    report_parse_error(e, source, builder);
  }
  return builder.failed() ? nullptr : builder.root();
}

std::shared_ptr<const YamlNode> read_yaml_file(const std::filesystem::path& file, Diagnostics& diagnostics) {
  SourceMark whole{file.string(), 0, 0};
  std::error_code failure;
  auto status = std::filesystem::status(file, failure);
  if (!std::filesystem::exists(status)) {
    diagnostics.error(
        whole, "file-missing",
        status.type() == std::filesystem::file_type::not_found ? "there is no such file" : failure.message());
    return nullptr;
  }
  if (!std::filesystem::is_regular_file(status)) {
    diagnostics.error(whole, "file-unreadable",
                      std::filesystem::is_directory(status) ? "this is a folder, not a file"
                                                            : "this is not a regular file");
    return nullptr;
  }
  auto size = std::filesystem::file_size(file, failure);
  if (!failure && size > max_bytes) {
    diagnostics.error(whole, "file-too-large", "larger than 4 MB");
    return nullptr;
  }
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.is_open() || in.bad()) {
    diagnostics.error(whole, "file-unreadable", "the file cannot be read", "check its permissions");
    return nullptr;
  }
  return read_yaml_text(text, whole.file, diagnostics);
}

}  // namespace mappings
