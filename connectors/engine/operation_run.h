#pragma once

// One run of a manifest's operation against a desk: its requests in order, what each answer means, and what
// they give together. Lives for one verb, on one thread. Shows no secret: what the desk says is struck clean.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/engine/compiled_manifest.h"
#include "connectors/engine/http_exchange.h"
#include "connectors/engine/kept_answers.h"
#include "connectors/engine/outcome.h"
#include "mappings/engine/json.h"

namespace connectors {

using Exchange = std::function<HttpResult(const HttpRequest&)>;

// Where a desk is and how we prove who we are. Plain text: may be used by many threads.
struct Connection {
  std::string base;
  std::vector<std::pair<std::string, std::string>> headers;  // the Authorization among them
  std::string settings;                                      // JSON text, without secrets
  std::vector<std::string> secrets;
};

// Read once for all verbs that a thread performs for the same desk.
mappings::Json settings_of(const Connection& connection);

class OperationRun {
 public:
  OperationRun(const CompiledManifest& manifest, const Connection& connection, const Exchange& exchange,
               KeptAnswers& kept);

  // A value that expressions see as $<name>.
  void bind(std::string_view name, mappings::Json value);

  // Done: result() holds what the operation gives. May be called for one operation after another; the calls
  // of all are in outcome().
  bool run(const Operation& operation);

  const mappings::Json& result() const noexcept { return result_; }
  Outcome& outcome() noexcept { return outcome_; }
  bool absent() const noexcept { return absent_; }  // the record that was asked for is not there

  // Ends with this outcome; `detail` is struck clean.
  void fail(Verdict verdict, std::string reason, std::string_view detail, bool whole_desk = false);

 private:
  enum class StepEnd { done, refused, failed };
  StepEnd perform(const Operation& operation, const Step& step);
  HttpRequest render(const Step& step, std::string& shown_path);
  StepEnd judge(const Step& step, const HttpAnswer& answer, bool reading);
  const AnswerRule* match(const AnswerRules& answers, const mappings::Json& body) const;
  mappings::Json evaluate(Entry entry, const mappings::Json& input) const;
  // Null when there is no entry, or it fails.
  mappings::Json evaluate_or_null(std::optional<Entry> entry, const mappings::Json& input) const;
  std::string clean(std::string_view text) const;

  const CompiledManifest& manifest_;
  const Connection& connection_;
  const Exchange& exchange_;
  KeptAnswers& kept_;
  mappings::Json variables_ = mappings::Json::object();
  mappings::Json last_;  // what the last step kept: the input of the next expressions
  mappings::Json result_;
  Outcome outcome_;
  bool absent_ = false;
  bool wrote_ = false;  // a write was answered as done, or may have happened
};

}  // namespace connectors
