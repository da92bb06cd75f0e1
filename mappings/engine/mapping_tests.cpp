#include "mappings/engine/mapping_tests.h"

#include <fstream>
#include <iterator>

#include "mappings/engine/expectation.h"
#include "mappings/engine/request_shape.h"
#include "mappings/engine/schema.h"
#include "mappings/engine/yaml_tree.h"

namespace mappings {

namespace {

// Key by key; a word that is changed takes its code along, and the other way round.
Json merged(const Json& base, const Json& with) {
  static constexpr std::pair<const char*, const char*> twins[] = {{"type", "typeCode"},
                                                                  {"status", "statusCode"}};
  Json result = base;
  for (const auto& [word, code] : twins) {
    if (with.has(word) && !with.has(code)) result.erase(code);
    if (with.has(code) && !with.has(word)) result.erase(word);
  }
  for (const std::string& key : with.keys()) {
    const Json value = with.get(key);
    const Json before = result.get(key);
    result.set(key, value.is_object() && before.is_object() ? merged(before, value) : value);
  }
  return result;
}

template <class E, std::size_t N>
std::optional<E> named(const std::string& name, const E (&all)[N]) {
  for (E one : all)
    if (to_string(one) == name) return one;
  return std::nullopt;
}

class TestRun {
 public:
  TestRun(const Mapping& mapping, std::filesystem::path folder, Diagnostics& diagnostics)
      : mapping_(mapping), folder_(std::move(folder)), diagnostics_(diagnostics) {}

  void run(const YamlNode& test, std::vector<MappingTestResult>& results) {
    std::vector<Unmet> unmet;
    const auto request = request_of(*test.find("request"), unmet);
    if (!request && unmet.empty()) return;  // the diagnostics say why
    if (request) judge(test, render(test, *request), unmet);
    const std::string name = test.text("name");
    if (unmet.empty()) results.push_back({name, true, test.where, {}, {}, {}, {}});
    for (Unmet& one : unmet)
      results.push_back({name, false, std::move(one.where), std::move(one.field), std::move(one.message),
                         std::move(one.expected), std::move(one.got)});
  }

 private:
  std::optional<Json> request_of(const YamlNode& node, std::vector<Unmet>& unmet) {
    Json given = node.to_json();
    if (node.is_scalar()) {
      given = read(node);
    } else if (const YamlNode* from = node.find("from")) {
      given = read(*from);
      if (const YamlNode* with = node.find("with"); with && given.is_object())
        given = merged(given, with->to_json());
    }
    if (given.is_null()) return std::nullopt;
    std::vector<std::string> problems;
    Json request = complete_request(given, problems);
    for (std::string& problem : problems)
      unmet.push_back({node.where, {}, "the request is not one that the API knows: " + problem, {}, {}});
    return problems.empty() ? std::optional<Json>(std::move(request)) : std::nullopt;
  }

  // Null when the file cannot be used: then an error says why.
  Json read(const YamlNode& name) {
    const auto file = folder_ / name.scalar;
    std::ifstream in(file, std::ios::binary);
    if (!in.is_open()) {
      diagnostics_.error(name.where, "request-file", "there is no file " + file.lexically_normal().string(),
                         "the path starts at the folder of this file");
      return {};
    }
    try {
      return Json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
    } catch (const JsonError& error) {
      diagnostics_.error(name.where, "request-file",
                         file.lexically_normal().string() + " is not JSON: " + error.what());
    }
    return {};
  }

  Rendered render(const YamlNode& test, const Json& request) const {
    static constexpr Outcome outcomes[] = {Outcome::approved, Outcome::denied, Outcome::withdrawn,
                                           Outcome::expired};
    static constexpr Note notes[] = {Note::reminder, Note::escalation, Note::late_decision,
                                     Note::refused_decision, Note::name_not_taken};
    const std::string key = "test:" + request.get("id").dump();
    Json context = Json::object({{"queue", "test"},
                                 {"desk", mapping_.connector()},
                                 {"key", key},
                                 {"link", "https://countersign.test/requests/" + request.get("id").dump()},
                                 {"ticket", nullptr},
                                 {"ticketLink", nullptr}});
    if (const YamlNode* given = test.find("context")) context = merged(context, given->to_json());
    Json decision = Json::object();
    for (const char* name : {"verdict", "by", "byEmail", "reason", "at", "from"}) decision.set(name, nullptr);
    if (const auto outcome = named(test.text("outcome"), outcomes)) {
      decision.set("verdict", to_string(*outcome));
      return mapping_.outcome(*outcome, request, with_given(decision, test), context);
    }
    if (const auto note = named(test.text("note"), notes))
      return mapping_.note(*note, request, with_given(decision, test), context);
    return mapping_.open(request, context);
  }

  static Json with_given(const Json& decision, const YamlNode& test) {
    const YamlNode* given = test.find("decision");
    return given ? merged(decision, given->to_json()) : decision;
  }

  void judge(const YamlNode& test, const Rendered& rendered, std::vector<Unmet>& unmet) {
    if (const YamlNode* error = test.find("error")) return judge_error(*error, rendered, unmet);
    for (const Diagnostic& problem : rendered.problems.all())
      unmet.push_back({test.where, {}, problem.message + " [" + problem.code + "]", {}, {}});
    if (!rendered.ok()) return;
    if (const YamlNode* fields = test.find("ticket"))
      for (const auto& [name, expected] : fields->members)
        check_expectation(
            name, expected,
            rendered.fields.has(name) ? std::optional<Json>(rendered.fields.get(name)) : std::nullopt, unmet);
    if (const YamlNode* comment = test.find("comment"))
      check_expectation("comment", *comment,
                        rendered.comment.empty() ? std::nullopt : std::optional<Json>(rendered.comment),
                        unmet);
  }

  static void judge_error(const YamlNode& error, const Rendered& rendered, std::vector<Unmet>& unmet) {
    const std::string code = error.is_scalar() ? error.scalar : error.text("code");
    const std::string field = error.text("field");
    std::string got;
    for (const Diagnostic& problem : rendered.problems.all()) {
      if (problem.code == code && (field.empty() || problem.message.rfind(field + ":", 0) == 0)) return;
      got += (got.empty() ? "" : "; ") + problem.message + " [" + problem.code + "]";
    }
    unmet.push_back({error.where, field, "the request should be refused",
                     code + (field.empty() ? "" : " at " + field), got.empty() ? "it was rendered" : got});
  }

  const Mapping& mapping_;
  std::filesystem::path folder_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::filesystem::path mapping_tests_file(const std::filesystem::path& mapping_file) {
  return mapping_file.parent_path() / (mapping_file.stem().string() + ".tests.yaml");
}

std::vector<MappingTestResult> run_mapping_tests(const Mapping& mapping,
                                                 const std::filesystem::path& mapping_file,
                                                 Diagnostics& diagnostics) {
  const auto file = mapping_tests_file(mapping_file);
  std::vector<MappingTestResult> results;
  if (!std::filesystem::exists(file)) {
    diagnostics.warning({mapping_file.string(), 0, 0}, "no-tests", "this mapping has no tests",
                        "write some in " + file.string());
    return results;
  }
  const auto tree = read_yaml_file(file, diagnostics);
  if (!tree || !check_schema("mapping-tests", *tree, diagnostics)) return results;
  TestRun run(mapping, file.parent_path(), diagnostics);
  for (const YamlNode& test : tree->items) run.run(test, results);
  return results;
}

}  // namespace mappings
