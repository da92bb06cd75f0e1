#pragma once

// What a manifest compiles to: the requests, answer rules and results of each operation, as entries of one jq
// program. For the engine's own files only; everybody else sees manifest.h. Immutable; shared by threads.

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/engine/manifest.h"
#include "mappings/engine/program.h"

namespace connectors {

using Entry = mappings::Program::Entry;

struct AnswerRule {
  enum class Is { done, retry, rejected, unknown, absent } is = Is::unknown;
  std::string reason;
  bool whole_desk = false;
  Entry when = 0;
  std::optional<Entry> after, say;
};
// The first that matches counts. What fails on an answer does not match it.
using AnswerRules = std::vector<AnswerRule>;

// One request of an operation, or a value to keep.
struct Step {
  std::string name;  // $steps.<name>; empty: kept for the next step's input only
  std::optional<Entry> when;
  std::optional<Entry> let;  // then there is no request
  bool optional = false;     // a refusal gives null instead of ending the operation
  std::string method;
  Entry request = 0;  // gives {path: [part], query: {name: value}, headers: {name: value}, body}
  std::vector<bool> literal_parts;  // of the path: written in the file, not to be encoded
  bool has_body = false;
  std::optional<Entry> take;          // what it keeps of the answer's body; without it, the body
  std::chrono::milliseconds keep{0};  // how long what was taken stands for asking the same again
  AnswerRules answers;                // its own, asked before the manifest's
  bool reads_headers =
      true;  // $headers is asked for by more than what a refusal says, and when to come again
  mappings::SourceMark where;
};

struct Operation {
  std::string name;
  bool reads_only = true;  // a failed call of it changed nothing
  std::vector<Step> steps;
  Entry result = 0;  // the operation's own keys as one object
  mappings::SourceMark where;
};

struct Signature {
  std::string header;
  std::string timestamp;  // a header that is signed before the body; empty: the body alone
  std::string prefix;
  bool base64 = false;
  Entry secret = 0;
};

class CompiledManifest final : public Manifest {
 public:
  const std::string& name() const noexcept override { return name_; }
  const std::string& title() const noexcept override { return title_; }
  const std::vector<Setting>& settings() const noexcept override { return settings_; }
  // Null when the manifest has no such operation.
  const Operation* operation(const std::string& name) const {
    auto found = operations_.find(name);
    return found == operations_.end() ? nullptr : &found->second;
  }

  std::string name_, title_;
  std::vector<Setting> settings_;
  std::shared_ptr<const mappings::Program> program_;
  std::map<std::string, Operation> operations_;
  AnswerRules answers_;
  Entry connection_ = 0;            // with secrets: {base, headers, basic|header|bearer, correlation_field}
  std::size_t max_key_length_ = 0;  // 0: no limit
  std::chrono::milliseconds deadline_{30'000}, poll_{10'000}, look_back_{3'600'000}, overlap_{60'000};
  int in_flight_ = 4;
  std::optional<Signature> signature_;
  std::optional<Entry> hint_;  // on a webhook's body: {ticket_id, key}
};

}  // namespace connectors
