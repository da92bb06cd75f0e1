#include "connectors/engine/manifest_compiler.h"

#include <algorithm>
#include <cctype>

#include "connectors/engine/outcome.h"
#include "mappings/engine/duration.h"
#include "mappings/engine/jq_scan.h"

namespace connectors {

using mappings::SourceMark;
using mappings::YamlNode;

namespace {

constexpr std::chrono::minutes longest_keep{10};

const std::vector<std::string>& variable_names() {
  static const std::vector<std::string> names = {"settings",  "limits",  "key",    "ticket",
                                                 "id",        "comment", "mark",   "repeat",
                                                 "watermark", "steps",   "status", "headers"};
  return names;
}

YamlNode scalar(std::string text, const SourceMark& where) {
  YamlNode node;
  node.kind = YamlNode::Kind::scalar;
  node.where = where;
  node.scalar = std::move(text);
  node.quoted = true;
  return node;
}

YamlNode mapping(const SourceMark& where) {
  YamlNode node;
  node.kind = YamlNode::Kind::mapping;
  node.where = where;
  return node;
}

void add_member(YamlNode& node, std::string key, YamlNode value) {
  node.key_marks.push_back(value.where);
  node.members.emplace_back(std::move(key), std::move(value));
}

std::string json_string(std::string_view text) {
  std::string out;
  mappings::append_quoted(out, text);
  return out;
}

// But for what an answer rule says of a refusal, and when to come again: that is asked for after all else.
bool names_headers(const YamlNode& node, bool in_rules = false) {
  if (node.scalar.find("$headers") != std::string::npos) return true;
  for (const auto& [key, member] : node.members)
    if (!(in_rules && (key == "say" || key == "after")) && names_headers(member, key == "answers"))
      return true;
  return std::any_of(node.items.begin(), node.items.end(),
                     [in_rules](const YamlNode& item) { return names_headers(item, in_rules); });
}

bool known_reason(const std::string& word) {
  const auto& all = reasons();
  return std::any_of(all.begin(), all.end(), [&](const auto& row) { return row.first == word; });
}

AnswerRule::Is answer_kind(const std::string& word) {
  if (word == "done") return AnswerRule::Is::done;
  if (word == "retry") return AnswerRule::Is::retry;
  if (word == "rejected") return AnswerRule::Is::rejected;
  if (word == "absent") return AnswerRule::Is::absent;
  return AnswerRule::Is::unknown;
}

}  // namespace

ManifestCompiler::ManifestCompiler(mappings::Diagnostics& diagnostics)
    : diagnostics_(diagnostics),
      manifest_(std::make_shared<CompiledManifest>()),
      builder_(variable_names()) {}

std::shared_ptr<const CompiledManifest> ManifestCompiler::compile(const YamlNode& root) {
  manifest_->name_ = root.text("connector");
  manifest_->title_ = root.text("title");
  const std::size_t errors = diagnostics_.errors();
  if (const YamlNode* node = root.find("settings")) read_settings(*node);
  read_limits(root);
  read_connection(root);
  if (const YamlNode* node = root.find("answers")) {
    manifest_->answers_ = read_answers(*node);
    answers_name_headers_ = names_headers(*node, true);
  }
  for (const char* name : {"find", "create", "verify", "read", "changes", "tell", "comment", "check"})
    if (const YamlNode* node = root.find(name)) read_operation(name, *node);
  if (const YamlNode* node = root.find("webhook")) read_webhook(*node);
  const YamlNode* create = root.find("create");
  if (create != nullptr && create->find("key") == nullptr && root.find("verify") == nullptr)
    diagnostics_.error(create->where, "unverified-create",
                       "nothing sees that a created ticket carries its correlation key",
                       "give create a key, or add verify");
  if (diagnostics_.errors() > errors || !build()) return nullptr;
  return manifest_;
}

void ManifestCompiler::read_settings(const YamlNode& node) {
  for (const auto& [name, row] : node.members) {
    Setting setting;
    setting.name = name;
    setting.type = row.text("type");
    setting.required = row.text("required") == "true";
    setting.help = row.text("help");
    if (const YamlNode* choices = row.find("of"))
      for (const YamlNode& choice : choices->items) setting.choices.push_back(choice.scalar);
    if (const YamlNode* value = row.find("default")) setting.default_json = value->to_json().dump();
    if (setting.type == "choice" && setting.choices.empty())
      diagnostics_.error(row.where, "choice-without-values", "a choice needs its values", "add of: [...]");
    if (setting.type == "secret" && !setting.default_json.empty())
      diagnostics_.error(row.where, "secret-default", "a secret has no default", "leave default out");
    manifest_->settings_.push_back(std::move(setting));
  }
}

std::chrono::milliseconds ManifestCompiler::duration(const YamlNode& node,
                                                     std::chrono::milliseconds otherwise) {
  if (auto value = mappings::parse_duration(node.scalar)) return *value;
  diagnostics_.error(node.where, "bad-duration", "\"" + node.scalar + "\" is not a duration",
                     "write it like 250ms, 10s, 5m, 8h");
  return otherwise;
}

void ManifestCompiler::read_limits(const YamlNode& root) {
  if (const YamlNode* limits = root.find("limits")) {
    if (const YamlNode* node = limits->find("in_flight"))
      manifest_->in_flight_ = static_cast<int>(node->to_json().as_integer().value_or(4));
    if (const YamlNode* node = limits->find("poll")) manifest_->poll_ = duration(*node, manifest_->poll_);
    if (const YamlNode* node = limits->find("look_back"))
      manifest_->look_back_ = duration(*node, manifest_->look_back_);
    if (const YamlNode* node = limits->find("overlap"))
      manifest_->overlap_ = duration(*node, manifest_->overlap_);
  }
  const YamlNode* correlation = root.find("correlation");
  if (const YamlNode* node = correlation ? correlation->find("max_length") : nullptr)
    manifest_->max_key_length_ = static_cast<std::size_t>(node->to_json().as_integer().value_or(0));
}

void ManifestCompiler::read_connection(const YamlNode& root) {
  const YamlNode* http = root.find("http");
  if (http == nullptr) return;
  YamlNode tree = mapping(http->where);
  if (const YamlNode* node = http->find("base")) add_member(tree, "base", *node);
  if (const YamlNode* node = http->find("headers")) add_member(tree, "headers", *node);
  if (const YamlNode* node = http->find("deadline"))
    manifest_->deadline_ = duration(*node, manifest_->deadline_);
  if (const YamlNode* auth = root.find("auth"))
    for (const auto& [kind, node] : auth->members) add_member(tree, kind, node);
  if (const YamlNode* correlation = root.find("correlation"))
    if (const YamlNode* field = correlation->find("field")) add_member(tree, "correlation_field", *field);
  manifest_->connection_ = add_template(tree);
}

void ManifestCompiler::read_webhook(const YamlNode& node) {
  if (const YamlNode* from = node.find("signature")) {
    Signature signature;
    signature.header = from->text("header");
    signature.timestamp = from->text("timestamp");
    signature.prefix = from->text("prefix");
    signature.base64 = from->text("encoding") == "base64";
    signature.secret = add_jq(*from->find("secret"));
    manifest_->signature_ = std::move(signature);
  }
  YamlNode result = mapping(node.where);
  for (const char* key : {"ticket_id", "key"})
    if (const YamlNode* leaf = node.find(key)) add_member(result, key, *leaf);
  manifest_->hint_ = add_composed(composed(result), node.where);
}

void ManifestCompiler::read_operation(const std::string& name, const YamlNode& node) {
  Operation operation;
  operation.name = name;
  operation.where = node.where;
  operation.reads_only = name != "create" && name != "tell" && name != "comment";
  if (const YamlNode* steps = node.find("steps")) {
    for (const char* key :
         {"get", "post", "put", "patch", "query", "headers", "body", "take", "answers", "as"})
      if (const YamlNode* both = node.find(key))
        diagnostics_.error(both->where, "request-beside-steps", std::string(key) + " stands beside steps",
                           "put it into a step");
    for (const YamlNode& step : steps->items) operation.steps.push_back(read_step(step, operation));
  } else {
    operation.steps.push_back(read_step(node, operation));
  }
  const bool reads_headers = answers_name_headers_ || names_headers(node);
  for (Step& step : operation.steps) step.reads_headers = reads_headers;
  operation.result = add_result(name, node);
  manifest_->operations_.emplace(name, std::move(operation));
}

Step ManifestCompiler::read_step(const YamlNode& node, const Operation& operation) {
  Step step;
  step.where = node.where;
  step.name = node.text("as");
  step.optional = node.text("optional") == "true";
  if (const YamlNode* when = node.find("when")) step.when = add_jq(*when);
  const YamlNode* path = nullptr;
  int requests = 0;
  for (const char* method : {"get", "post", "put", "patch"}) {
    const YamlNode* found = node.find(method);
    if (found == nullptr) continue;
    path = found;
    ++requests;
    step.method = method;
    std::transform(step.method.begin(), step.method.end(), step.method.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  }
  const YamlNode* let = node.find("let");
  if (requests + (let ? 1 : 0) != 1) {
    diagnostics_.error(node.where, "step-without-request", "a step is one request, or one let",
                       "give it one of get, post, put, patch, let");
    return step;
  }
  if (let) {
    step.let = add_jq(*let);
    return step;
  }
  if (operation.reads_only && (step.method == "PUT" || step.method == "PATCH"))
    diagnostics_.error(path->where, "write-in-read",
                       operation.name + " only reads, so it cannot " + step.method);
  if (const YamlNode* keep = node.find("keep")) {
    step.keep = duration(*keep, step.keep);
    // An answer is kept under its URL alone.
    const bool more = node.find("headers") != nullptr || node.find("body") != nullptr;
    if (step.method != "GET" || step.name.empty() || more || step.keep > longest_keep)
      diagnostics_.error(
          keep->where, "keep-not-possible",
          "only what a get with a name (as), without headers and body of its own, gives can be kept, and for "
          "10m at most");
  }
  YamlNode request = mapping(node.where);
  read_path(*path, step, request);
  for (const char* key : {"query", "headers"})
    if (const YamlNode* part = node.find(key)) add_member(request, key, *part);
  if (const YamlNode* body = node.find("body")) {
    step.has_body = true;
    add_member(request, "body", *body);
  }
  step.request = add_template(request);
  if (const YamlNode* take = node.find("take")) step.take = add_jq(*take);
  if (const YamlNode* answers = node.find("answers")) step.answers = read_answers(*answers);
  return step;
}

// A path becomes a list of parts, so that what an expression gives can be encoded and what the file says
// stays.
void ManifestCompiler::read_path(const YamlNode& node, Step& step, YamlNode& request) {
  YamlNode parts;
  parts.kind = YamlNode::Kind::sequence;
  parts.where = node.where;
  std::string_view rest = node.scalar;
  while (!rest.empty()) {
    const auto open = rest.find("${");
    if (open != 0) {
      parts.items.push_back(scalar(std::string(rest.substr(0, open)), node.where));
      step.literal_parts.push_back(true);
      if (open == std::string_view::npos) break;
      rest.remove_prefix(open);
    }
    const auto scan = mappings::scan_embedded_jq(rest.substr(2));
    if (!scan.closed) {
      diagnostics_.error(node.where, "unclosed-expression", "an expression begins with ${ and has no end");
      break;
    }
    parts.items.push_back(scalar(std::string(rest.substr(0, 2 + scan.end + 1)), node.where));
    step.literal_parts.push_back(false);
    rest.remove_prefix(2 + scan.end + 1);
  }
  add_member(request, "path", std::move(parts));
}

// Each try stands inside [ ]: in jq 1.6 a try that can still be backtracked into doubles the cost of every
// later one.
AnswerRules ManifestCompiler::read_answers(const YamlNode& list) {
  AnswerRules answers;
  for (const YamlNode& row : list.items) {
    AnswerRule rule;
    rule.is = answer_kind(row.text("is"));
    rule.reason = row.text("reason", rule.is == AnswerRule::Is::done ? "ok" : "invalid");
    rule.whole_desk = row.text("scope") == "desk";
    if (!known_reason(rule.reason))
      diagnostics_.error(row.find("reason")->where, "unknown-reason",
                         "there is no reason \"" + rule.reason + "\"", "docs/operating.md lists them");
    rule.when = add_jq(*row.find("when"));
    if (const YamlNode* after = row.find("after")) rule.after = add_jq(*after);
    if (const YamlNode* say = row.find("say")) rule.say = add_jq(*say);
    answers.push_back(std::move(rule));
  }
  return answers;
}

Entry ManifestCompiler::add_result(const std::string& operation, const YamlNode& node) {
  const auto field = [&](const char* key) {
    const YamlNode* leaf = node.find(key);
    return json_string(key) + ": " + (leaf ? composed(*leaf) : std::string("null"));
  };
  std::string text;
  if (operation == "find") {
    text = "{rows: [" + jq(*node.find("each")) + " | {" + field("key") + ", " + field("ticket") + "}]}";
  } else if (operation == "changes") {
    text = "{rows: [" + jq(*node.find("each")) + " | " + composed(*node.find("row")) + "], " +
           field("watermark") + ", " + field("more") + "}";
  } else {
    for (const char* key : {"ticket", "key", "status", "gone", "decision", "verified", "problem"})
      if (node.find(key)) text += std::string(text.empty() ? "{" : ", ") + field(key);
    text += "}";
  }
  return add_composed(text, node.where);
}

std::string ManifestCompiler::jq(const YamlNode& leaf) {
  std::string_view text = leaf.scalar;
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  if (text.substr(0, 2) == "${") {
    const auto scan = mappings::scan_embedded_jq(text.substr(2));
    if (scan.closed && 2 + scan.end + 1 == text.size()) text = text.substr(2, scan.end);
  }
  pieces_.emplace_back(std::string(text), leaf.where);
  // The line break ends a comment that the expression may end with.
  return "(" + std::string(text) + "\n)";
}

std::string ManifestCompiler::composed(const YamlNode& tree) {
  if (!tree.is_mapping()) return jq(tree);
  std::string text = "{";
  for (const auto& [key, value] : tree.members)
    text += std::string(text.size() > 1 ? ", " : "") + json_string(key) + ": " + composed(value);
  return text + "}";
}

Entry ManifestCompiler::add_jq(const YamlNode& leaf) {
  return add_composed(jq(leaf), leaf.where);
}
Entry ManifestCompiler::add_composed(const std::string& text, const SourceMark& where) {
  return builder_.add_expression(text, where);
}
Entry ManifestCompiler::add_template(const YamlNode& tree) {
  templates_.push_back(tree);
  return builder_.add_template(tree);
}

bool ManifestCompiler::build() {
  mappings::Diagnostics found;
  manifest_->program_ = builder_.build(found);
  if (manifest_->program_) {
    diagnostics_.add(found);
    return true;
  }
  // Compile the pieces one by one: their errors stand where they were written.
  mappings::Program::Builder pieces(variable_names());
  for (const auto& [text, where] : pieces_) pieces.add_expression(text, where);
  for (const YamlNode& tree : templates_) pieces.add_template(tree);
  mappings::Diagnostics exact;
  pieces.build(exact);
  diagnostics_.add(exact.has_errors() ? exact : found);
  return false;
}

}  // namespace connectors
