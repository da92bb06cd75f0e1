#include "connectors/engine/operation_run.h"

#include <algorithm>
#include <cctype>

#include "connectors/engine/retry_after.h"
#include "mappings/engine/text.h"

namespace connectors {

using mappings::Json;

namespace {

constexpr std::size_t longest_detail = 300;

// A request cannot be made from these values: a fault of the manifest or the mapping, not of the desk.
struct BadRequest {
  std::string why;
};

std::string text_of(const Json& value) {
  if (value.is_string()) return std::string(value.text());
  return value.is_null() ? std::string() : value.dump();
}

// What an answer's body is to expressions: JSON only when it says so and is; else a string.
Json body_of(const HttpAnswer& answer) {
  if (answer.body.empty()) return {};
  const std::string type = mappings::lower_case(answer.header("content-type").value_or(""));
  if (type.find("json") != std::string::npos) {
    try {
      return Json::parse(answer.body);
    } catch (const mappings::JsonError&) {
      return Json("the answer is no JSON, though it says so");
    }
  }
  return Json(mappings::is_valid_utf8(answer.body) ? std::string_view(answer.body).substr(0, 2000)
                                                   : std::string_view("not text"));
}

Json headers_of(const HttpAnswer& answer) {
  Json headers = Json::object();
  for (const auto& [name, value] : answer.headers)
    if (mappings::is_valid_utf8(name) && mappings::is_valid_utf8(value))
      headers.set(mappings::lower_case(name), Json(value));
  return headers;
}

bool is_header_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

}  // namespace

Json settings_of(const Connection& connection) {
  thread_local std::string text;
  thread_local Json read;
  if (text != connection.settings) {
    text.clear();
    read = Json::parse(connection.settings);
    text = connection.settings;
  }
  return read;
}

OperationRun::OperationRun(const CompiledManifest& manifest, const Connection& connection,
                           const Exchange& exchange, KeptAnswers& kept)
    : manifest_(manifest), connection_(connection), exchange_(exchange), kept_(kept) {
  bind("settings", settings_of(connection));
  const auto seconds = [](std::chrono::milliseconds span) {
    return Json(static_cast<double>(span.count()) / 1000);
  };
  bind("limits",
       Json::object({{"look_back", seconds(manifest.look_back_)}, {"overlap", seconds(manifest.overlap_)}}));
}

void OperationRun::bind(std::string_view name, Json value) {
  variables_.set(name, std::move(value));
}

bool OperationRun::run(const Operation& operation) {
  absent_ = false;
  last_ = Json();
  bind("steps", Json::object());
  try {
    for (const Step& step : operation.steps) {
      if (step.when && !evaluate(*step.when, last_).as_bool().value_or(false)) continue;
      if (step.let) {
        last_ = evaluate(*step.let, last_);
      } else {
        const StepEnd end = perform(operation, step);
        if (end == StepEnd::failed || (end == StepEnd::refused && !step.optional)) return false;
        if (end == StepEnd::refused) {
          last_ = Json();
          absent_ = false;  // what is missing is not the record
        }
      }
      if (step.name.empty()) continue;
      Json steps = variables_.get("steps");
      bind("steps", nullptr);  // else all of them were copied
      steps.set(step.name, last_);
      bind("steps", std::move(steps));
    }
    result_ = evaluate(operation.result, last_);
  } catch (const BadRequest& bad) {
    fail(Verdict::rejected, "mapping", operation.name + ": " + bad.why);
    return false;
  } catch (const mappings::ExpressionError& error) {
    // The answer has not the shape that the manifest expects.
    fail(wrote_ ? Verdict::unknown : Verdict::retry, "not_an_answer",
         operation.name + ": " + error.what() + " (" + error.where().to_string() + ")");
    return false;
  }
  outcome_.verdict = Verdict::done;
  outcome_.reason = "ok";
  outcome_.detail.clear();
  outcome_.after.reset();
  outcome_.whole_desk = false;
  return true;
}

OperationRun::StepEnd OperationRun::perform(const Operation& operation, const Step& step) {
  Call call;
  call.method = step.method;
  const HttpRequest request = render(step, call.path);
  const bool keeps = step.keep.count() > 0;
  const std::string asked = keeps ? operation.name + ' ' + step.name + ' ' + request.url : std::string();
  if (const auto kept = keeps ? kept_.find(asked, KeptAnswers::Clock::now()) : std::nullopt) {
    last_ = Json::parse(*kept);
    return StepEnd::done;
  }
  const HttpResult result = exchange_(request);
  call.took = result.took;
  const bool reading = operation.reads_only || step.method == "GET";
  if (result.delivery == Delivery::answered) {
    call.status = result.answer.status;
    outcome_.calls.push_back(std::move(call));
    const StepEnd end = judge(step, result.answer, reading);
    if (keeps && end == StepEnd::done && !last_.is_null())
      kept_.put(asked, last_.dump(), KeptAnswers::Clock::now(), step.keep);
    return end;
  }
  outcome_.calls.push_back(std::move(call));
  const bool unknown = result.delivery == Delivery::unknown && !reading;
  if (unknown) wrote_ = true;
  fail(unknown || wrote_ ? Verdict::unknown : Verdict::retry, result.reason, result.detail,
       result.delivery == Delivery::not_delivered && result.reason != "stopped");
  return StepEnd::failed;
}

HttpRequest OperationRun::render(const Step& step, std::string& shown_path) {
  const Json parts = evaluate(step.request, last_);
  HttpRequest request;
  request.method = step.method;
  request.deadline = manifest_.deadline_;
  request.headers = connection_.headers;
  const Json path = parts.get("path");
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::string text = text_of(path.at(i));
    if (step.literal_parts.at(i)) {
      shown_path += text;
      continue;
    }
    if (text.empty() || text == "." || text == "..")
      throw BadRequest{"a part of the path of " + step.method + " " + shown_path + " is " +
                       (text.empty() ? "empty" : "\"" + text + "\"")};
    shown_path += percent_encode(text);
  }
  request.url = connection_.base + shown_path;
  const Json query = parts.get("query");
  char mark = '?';
  query.each_member([&](std::string_view name, const Json& value) {
    if (value.is_null()) return;
    request.url.append(1, mark).append(percent_encode(name)).append(1, '=');
    request.url += value.is_string() ? percent_encode(value.text()) : percent_encode(value.dump());
    mark = '&';
  });
  const Json headers = parts.get("headers");
  headers.each_member([&](std::string_view name, const Json& member) {
    std::string value = text_of(member);
    if (!is_header_text(value))
      throw BadRequest{"the header " + std::string(name) + " would hold a control character"};
    request.headers.emplace_back(name, std::move(value));
  });
  if (step.has_body) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = parts.get("body").dump();
  }
  return request;
}

const AnswerRule* OperationRun::match(const AnswerRules& answers, const Json& body) const {
  for (const AnswerRule& rule : answers) {
    const Json matches = evaluate_or_null(rule.when, body);
    if (!matches.is_null() && matches.as_bool().value_or(true)) return &rule;
  }
  return nullptr;
}

OperationRun::StepEnd OperationRun::judge(const Step& step, const HttpAnswer& answer, bool reading) {
  const Json body = body_of(answer);
  bind("status", answer.status);
  if (step.reads_headers) bind("headers", headers_of(answer));
  const AnswerRule* rule = match(step.answers, body);
  if (rule == nullptr) rule = match(manifest_.answers_, body);
  if (rule == nullptr) {
    if (!reading) wrote_ = true;
    fail(wrote_ ? Verdict::unknown : Verdict::retry, "not_an_answer",
         step.method + " was answered " + std::to_string(answer.status) + ", which is not of this API");
    return StepEnd::failed;
  }
  if (rule->is == AnswerRule::Is::done) {
    if (!reading) wrote_ = true;
    last_ = step.take ? evaluate(*step.take, body) : body;
    return StepEnd::done;
  }
  if (!step.reads_headers) bind("headers", headers_of(answer));
  const std::string said = text_of(evaluate_or_null(rule->say, body));
  const std::string detail = std::to_string(answer.status) + (said.empty() ? "" : ": " + said);
  const bool absent = rule->is == AnswerRule::Is::absent;
  if (absent || rule->is == AnswerRule::Is::rejected) {
    fail(Verdict::rejected, rule->reason, detail, rule->whole_desk);
    absent_ = absent;
    // An optional table may be missing or closed; credentials that fail would fail everywhere.
    return rule->reason == "auth" ? StepEnd::failed : StepEnd::refused;
  }
  const bool unknown = rule->is == AnswerRule::Is::unknown && !reading;
  if (unknown) wrote_ = true;
  fail(unknown || wrote_ ? Verdict::unknown : Verdict::retry, rule->reason, detail, rule->whole_desk);
  outcome_.after = parse_retry_after(evaluate_or_null(rule->after, body), answer.header("date").value_or(""));
  return StepEnd::failed;
}

Json OperationRun::evaluate(Entry entry, const Json& input) const {
  return manifest_.program_->run(entry, input, variables_);
}

Json OperationRun::evaluate_or_null(std::optional<Entry> entry, const Json& input) const {
  try {
    return entry ? evaluate(*entry, input) : Json();
  } catch (const mappings::ExpressionError&) {
    return {};
  }
}

void OperationRun::fail(Verdict verdict, std::string reason, std::string_view detail, bool whole_desk) {
  outcome_.verdict = verdict;
  outcome_.reason = std::move(reason);
  outcome_.detail = clean(detail);
  outcome_.after.reset();
  outcome_.whole_desk = whole_desk;
  absent_ = false;
}

std::string OperationRun::clean(std::string_view text) const {
  std::string out(text);
  for (const std::string& secret : connection_.secrets) {
    // A secret of one or two letters would tear holes into every sentence.
    if (secret.size() < 3) continue;
    for (auto at = out.find(secret); at != std::string::npos; at = out.find(secret, at + 3))
      out.replace(at, secret.size(), "***");
  }
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  if (out.size() <= longest_detail) return out;
  std::size_t cut = longest_detail - 3;
  while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0) == 0x80) --cut;
  return out.substr(0, cut) + "...";
}

}  // namespace connectors
