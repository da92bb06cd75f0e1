#pragma once

// A connector (connectors/<system>/connector.yaml) bound to one desk's settings: what the bridge can ask of a
// ticket system. Every verb may be repeated: open() finds by correlation key before it creates, tell() and
// comment() look for their own mark before they write again. Thread-safe; a verb makes several exchanges,
// each of which blocks for at most the connector's deadline. Never throws for what the desk does.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/engine/http_exchange.h"
#include "connectors/engine/manifest.h"
#include "connectors/engine/outcome.h"
#include "mappings/engine/json.h"

namespace connectors {

struct Ticket {
  std::string id;      // what the API addresses it by
  std::string number;  // what people call it
  std::string link;    // where a person opens it; may be empty
};

// A decision as the desk's own API shows it.
struct DeskDecision {
  bool approve = false;
  std::string by;        // login or display name
  std::string by_email;  // may be empty
  std::string reason;    // may be empty
  std::string at;        // ISO 8601 UTC as the desk says; may be empty
  std::string record;    // what it was read from: "sysapproval_approver/<id>", "transaction/<id>"
};

struct TicketState {
  Ticket ticket;
  std::string key;     // the correlation key that the ticket carries
  std::string status;  // the desk's own word
  bool gone = false;   // deleted, or no longer visible to us
  std::optional<DeskDecision> decision;
};

// One page of "what changed": tickets to read, and where to go on from.
struct Changes {
  struct Row {
    std::string ticket_id;
    std::string key;   // may be empty when the row does not carry it
    std::string seen;  // identity of this change: a row that was handled before has the same
  };
  std::vector<Row> rows;
  std::string watermark;  // opaque; taken from what the desk returned, never from our clock
  bool more = false;      // ask again at once
};

// What a webhook says changed. A hint only: the ticket is read through the desk's API before anything is
// believed.
struct Hint {
  std::string ticket_id;
  std::string key;
};

class DeskClient {
 public:
  // `settings` by the manifest's own table, secrets already resolved. Problems (missing, wrong type, unknown)
  // become diagnostics at `where`; null then. `http` must outlive the client.
  static std::unique_ptr<DeskClient> bind(std::shared_ptr<const Manifest> manifest,
                                          const std::string& settings_json, HttpClient& http,
                                          const mappings::SourceMark& where,
                                          mappings::Diagnostics& diagnostics);
  virtual ~DeskClient() = default;

  // Reaches the desk, logs in and sees that the correlation field works. For `countersign check --online`.
  virtual Outcome check() = 0;

  virtual Result<std::optional<Ticket>> find(const std::string& key) = 0;
  // Finds, else creates and verifies. `fields` is what the mapping rendered, an object.
  virtual Result<Ticket> open(const std::string& key, const mappings::Json& fields) = 0;
  // Reads one ticket: its status and, when there is one, the decision with who, when and why.
  virtual Result<TicketState> read(const std::string& ticket_id, const std::string& key) = 0;
  // Changes at or after `watermark` (empty: from the connector's look-back), with overlap: rows come again.
  virtual Result<Changes> changes(const std::string& watermark) = 0;
  // Writes `fields` (state, close code ...) and the comment, verifies both. `mark` (such as "acme:615670/3")
  // goes into the ticket with the comment and makes it recognisable. `repeat`: an earlier attempt may have
  // happened, so the mark is looked for before the comment is written again; false saves that call.
  virtual Outcome tell(const Ticket& ticket, const std::string& key, const mappings::Json& fields,
                       const std::string& comment, const std::string& mark, bool repeat) = 0;
  virtual Outcome comment(const Ticket& ticket, const std::string& text, const std::string& mark,
                          bool repeat) = 0;

  // Takes a webhook's headers and body; nothing when it is not one of ours. Checks the signature when the
  // settings have a webhook secret; `refused` says why it was turned away.
  virtual std::optional<Hint> hint(const std::vector<std::pair<std::string, std::string>>& headers,
                                   std::string_view body, std::string& refused) const = 0;

  // From the manifest's limits.
  virtual int in_flight() const noexcept = 0;
  virtual std::chrono::milliseconds poll_interval() const noexcept = 0;
  // Of find(), open(), tell() and comment() the longest, when each of its exchanges takes the whole deadline.
  virtual std::chrono::milliseconds longest_verb() const = 0;
};

}  // namespace connectors
