#pragma once

// How a request becomes ticket fields, and what the ticket is told at the end: mappings/<system>/<name>.yaml.
// Immutable after load; may be shared between threads. Rendering never throws for what a file or a request
// holds: problems are diagnostics that name file, line and field.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/json.h"

namespace mappings {

struct RenderedField {
  std::string name;  // "urgency", or "CustomFields.Request ID" inside a tree
  Json value;
  SourceMark where;  // the line that made it
  std::string how;   // "lookup of .typeCode 0", "default", "left out (optional)"; may be empty
};

struct Rendered {
  Json fields =
      Json::object();   // what goes to the connector as $ticket; not to be used when there are problems
  std::string comment;  // outcome and notes only: the text for the ticket; may be empty
  std::vector<RenderedField> sources;
  Diagnostics problems;
  bool ok() const noexcept { return !problems.has_errors(); }
};

// What happens to a ticket after it was opened, by the names that a mapping file uses.
enum class Outcome { approved, denied, withdrawn, expired };
enum class Note { reminder, escalation, late_decision, refused_decision, name_not_taken };
std::string_view to_string(Outcome outcome) noexcept;
std::string_view to_string(Note note) noexcept;

class Mapping {
 public:
  // Reads, validates and compiles the file. Null when the diagnostics have an error.
  static std::shared_ptr<const Mapping> load(const std::filesystem::path& file, Diagnostics& diagnostics);
  virtual ~Mapping() = default;

  virtual const std::string& name() const noexcept = 0;       // "servicenow/elevation"
  virtual const std::string& connector() const noexcept = 0;  // "servicenow"

  // The fields of a new ticket. `context` is bound to $context: {queue, desk, key, link}.
  virtual Rendered open(const Json& request, const Json& context) const = 0;
  // The fields and the comment that tell the ticket how it ended. `decision` is bound to $decision:
  // {verdict, by, byEmail, reason, at, from}.
  virtual Rendered outcome(Outcome outcome, const Json& request, const Json& decision,
                           const Json& context) const = 0;
  // The members of the request that outcome() looks at: one that has no others gives the same. Nothing: it
  // may look at any.
  virtual const std::optional<std::vector<std::string>>& outcome_reads(Outcome outcome) const noexcept = 0;
  // A comment while the ticket is open. A mapping that has no text for it uses a built-in one.
  virtual Rendered note(Note note, const Json& request, const Json& decision, const Json& context) const = 0;
};

}  // namespace mappings
