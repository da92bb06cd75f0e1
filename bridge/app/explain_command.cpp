// `countersign explain`: the ticket that a request becomes, with the source of each field.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "bridge/app/commands.h"
#include "bridge/app/table.h"
#include "bridge/drain/rule_set.h"
#include "bridge/drain/steps.h"
#include "bridge/ops/error.h"
#include "bridge/queue/find_request.h"
#include "mappings/engine/request_shape.h"

namespace bridge {

using mappings::Json;

namespace {

struct Subject {
  RequestRef ref;
  Json request;
  std::optional<Decision> decision;
};

Subject from_file(const std::string& file, const std::string& queue) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw Error(ErrorCode::not_found, file + " cannot be read");
  std::vector<std::string> problems;
  Json given;
  try {
    given = Json::parse(text.str());
  } catch (const mappings::JsonError& e) {
    throw Error(ErrorCode::invalid_request, file + ": " + e.what());
  }
  Json request = mappings::complete_request(given, problems);
  std::string all;
  for (const auto& problem : problems) all += (all.empty() ? "" : "; ") + problem;
  if (!all.empty()) throw Error(ErrorCode::invalid_request, file + ": " + all);
  return {{queue, request.get("id").as_integer().value_or(0)}, request, std::nullopt};
}

Subject find_subject(const Config& config, const ExplainOptions& options) {
  if (std::filesystem::exists(options.request))
    return from_file(options.request, options.queue.empty() && !config.queues.empty()
                                          ? config.queues.front().name
                                          : options.queue);
  auto store = open_store(config.store, OpenMode::look);
  const Record record = find_request(*store, config, options.request, options.queue);
  return {record.ref, Json::parse(record.body), record.lifecycle.decision};
}

constexpr std::size_t widest_value = 60;

std::string text_of(const Json& value) {
  return value.is_string() ? *value.as_string() : value.dump();
}

bool fits_a_cell(const std::string& text) {
  return text.size() <= widest_value && text.find('\n') == std::string::npos;
}

// What of a long text fits into the table; the whole of it follows below.
std::string cell(const std::string& text) {
  if (fits_a_cell(text)) return text;
  std::string start = text.substr(0, std::min(text.find('\n'), widest_value - 4));
  while (!mappings::is_valid_utf8(start)) start.pop_back();
  return start + " ...";
}

std::string near_path(const std::string& file) {
  std::error_code ignored;
  const auto relative = std::filesystem::proximate(file, ignored);
  return ignored || relative.empty() || *relative.begin() == ".." ? file : relative.string();
}

void print(const mappings::Rendered& rendered) {
  Table table({"FIELD", "VALUE", "FROM"});
  std::string last_file;
  for (const auto& field : rendered.sources) {
    const std::string file = near_path(field.where.file);
    std::string from = (file == last_file ? "" : file) + ':' + std::to_string(field.where.line);
    last_file = file;
    if (!field.how.empty()) from += "  " + field.how;
    table.add({field.name, cell(text_of(field.value)), from});
  }
  table.print(std::cout);
  for (const auto& field : rendered.sources) {
    const std::string text = text_of(field.value);
    if (!fits_a_cell(text)) std::cout << '\n' << field.name << ":\n" << text << '\n';
  }
  if (!rendered.comment.empty()) std::cout << "\ncomment:\n" << rendered.comment << '\n';
}

}  // namespace

int explain(const CommonOptions& common, const ExplainOptions& options) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  const Subject subject = find_subject(*config, options);

  connectors::HttpClient http;
  mappings::Diagnostics diagnostics;
  auto rules = RuleSet::load(*config, http, diagnostics);
  if (!rules) {
    std::cerr << diagnostics.to_text();
    return exit_no;
  }
  std::string trouble;
  const std::string desk_name =
      options.desk.empty() ? rules->route(subject.ref.queue, subject.request, trouble) : options.desk;
  const Desk* desk = rules->desk(desk_name);
  if (desk == nullptr) {
    std::cerr << (desk_name.empty() ? "no route of queue " + subject.ref.queue +
                                          " takes this request: name a desk with --desk"
                                    : "no desk is called " + desk_name)
              << (trouble.empty() ? "" : " (" + trouble + ")") << '\n';
    return exit_no;
  }
  const Json context =
      Json::object({{"queue", subject.ref.queue},
                    {"desk", desk->config.name},
                    {"key", subject.ref.key()},
                    {"link", config->public_url + "/requests/" + std::to_string(subject.ref.id)}});
  mappings::Rendered rendered;
  if (options.outcome.empty()) {
    rendered = desk->mapping->open(subject.request, context);
  } else {
    std::optional<mappings::Outcome> outcome;
    for (auto candidate : {mappings::Outcome::approved, mappings::Outcome::denied,
                           mappings::Outcome::withdrawn, mappings::Outcome::expired})
      if (mappings::to_string(candidate) == options.outcome) outcome = candidate;
    if (!outcome)
      throw Error(ErrorCode::config_invalid, "an outcome is approved, denied, withdrawn or expired");
    Decision sample;
    sample.approve = options.outcome == "approved";
    sample.by = "Somebody";
    sample.from = "desk " + desk->config.name;
    rendered = desk->mapping->outcome(*outcome, subject.request, to_json(subject.decision.value_or(sample)),
                                      context);
  }

  if (common.json) {
    Json fields = Json::array();
    for (const auto& field : rendered.sources)
      fields.push_back(Json::object({{"field", field.name},
                                     {"value", field.value},
                                     {"file", field.where.file},
                                     {"line", field.where.line},
                                     {"how", field.how}}));
    std::cout << Json::object({{"request", subject.ref.key()},
                               {"desk", desk->config.name},
                               {"mapping", desk->mapping->name()},
                               {"fields", fields},
                               {"ticket", rendered.fields},
                               {"comment", rendered.comment},
                               {"problems", rendered.problems.to_json()}})
                     .dump(true)
              << '\n';
    return rendered.ok() ? exit_ok : exit_no;
  }
  print(rendered);
  std::cerr << rendered.problems.to_text();
  return rendered.ok() ? exit_ok : exit_no;
}

}  // namespace bridge
