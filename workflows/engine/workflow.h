#pragma once

// The policy of a lifecycle: workflows/<name>.yaml: who may decide, when to remind and escalate, when to give
// up. Immutable after load; may be shared between threads.

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/json.h"
#include "workflows/engine/directory.h"

namespace workflows {

// Whether a decision counts, and the sentence to put on the ticket when it does not.
struct Ruling {
  bool allowed = true;
  std::string code;  // "not_a_decider", "own_request", "away", "inactive"; empty when allowed
  std::string why;
};

class Workflow {
 public:
  // Null when the diagnostics have an error.
  static std::shared_ptr<const Workflow> load(const std::filesystem::path& file,
                                              mappings::Diagnostics& diagnostics);
  virtual ~Workflow() = default;

  virtual const std::string& name() const noexcept = 0;
  // `by` is a login or display name, `by_email` may be empty. Names compare without case. Of the request it
  // looks at `user` alone. `people` are those of the request's tenant; null: there is no directory, so that
  // nobody is in a group and nobody is away.
  virtual Ruling may_decide(const mappings::Json& request, const std::string& by, const std::string& by_email,
                            const Directory* people, Moment now) const = 0;
  Ruling may_decide(const mappings::Json& request, const std::string& by, const std::string& by_email) const {
    return may_decide(request, by, by_email, nullptr, {});
  }

  // Counted from the moment the ticket was opened; nothing: never.
  virtual std::optional<std::chrono::milliseconds> remind_after() const noexcept = 0;
  virtual std::optional<std::chrono::milliseconds> escalate_after() const noexcept = 0;
  virtual std::optional<std::chrono::milliseconds> deadline() const noexcept = 0;
  // The reason that a denial by deadline carries.
  virtual const std::string& deadline_reason() const noexcept = 0;
};

}  // namespace workflows
