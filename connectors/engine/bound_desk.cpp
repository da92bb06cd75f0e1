#include "connectors/engine/bound_desk.h"

#include <algorithm>
#include <cstddef>

#include "connectors/engine/desk_settings.h"
#include "connectors/engine/webhook_signature.h"

namespace connectors {

using mappings::Json;

namespace {

std::string text_of(const Json& value) {
  if (auto text = value.as_string()) return *text;
  if (auto number = value.as_integer()) return std::to_string(*number);
  return {};
}

Ticket ticket_from(const Json& value) {
  return Ticket{text_of(value.get("id")), text_of(value.get("number")), text_of(value.get("link"))};
}

std::optional<DeskDecision> decision_from(const Json& value) {
  const auto approve = value.get("approve").as_bool();
  if (!approve) return std::nullopt;
  DeskDecision decision;
  decision.approve = *approve;
  decision.by = text_of(value.get("by"));
  decision.by_email = text_of(value.get("by_email"));
  decision.reason = text_of(value.get("reason"));
  decision.at = text_of(value.get("at"));
  decision.record = text_of(value.get("record"));
  return decision;
}

// What the mapping rendered; anything but an object is refused.
bool bind_fields(OperationRun& run, const Json& fields) {
  if (fields.is_object()) {
    run.bind("ticket", fields);
    return true;
  }
  run.fail(Verdict::rejected, "mapping", "the fields of the ticket are not an object");
  return false;
}

}  // namespace

std::unique_ptr<DeskClient> DeskClient::bind(std::shared_ptr<const Manifest> manifest,
                                             const std::string& settings_json, HttpClient& http,
                                             const mappings::SourceMark& where,
                                             mappings::Diagnostics& diagnostics) {
  // Manifest::load makes no other kind.
  auto compiled = std::dynamic_pointer_cast<const CompiledManifest>(std::move(manifest));
  return BoundDesk::bind(
      std::move(compiled), settings_json,
      [&http](const HttpRequest& request) { return http.exchange(request); }, where, diagnostics);
}

std::unique_ptr<BoundDesk> BoundDesk::bind(std::shared_ptr<const CompiledManifest> manifest,
                                           const std::string& settings_json, Exchange exchange,
                                           const mappings::SourceMark& where,
                                           mappings::Diagnostics& diagnostics) {
  auto settings = check_settings(*manifest, settings_json, where, diagnostics);
  if (!settings) return nullptr;
  std::unique_ptr<BoundDesk> desk(new BoundDesk);
  Connection& connection = desk->connection_;
  try {
    const Json variables = Json::object({{"settings", settings->all}});
    const Json made = manifest->program_->run(manifest->connection_, Json(), variables);
    connection.base = text_of(made.get("base"));
    desk->correlation_field_ = text_of(made.get("correlation_field"));
    const Json headers = made.get("headers");
    for (const std::string& name : headers.keys())
      connection.headers.emplace_back(name, text_of(headers.get(name)));
    if (const Json basic = made.get("basic"); basic.is_object()) {
      const std::string pair = text_of(basic.get("user")) + ':' + text_of(basic.get("password"));
      connection.headers.emplace_back("Authorization", "Basic " + base64(pair));
      settings->secrets.push_back(base64(pair));
    }
    if (const Json header = made.get("header"); header.is_object())
      connection.headers.emplace_back(text_of(header.get("name")), text_of(header.get("value")));
    if (const Json bearer = made.get("bearer"); !bearer.is_null())
      connection.headers.emplace_back("Authorization", "Bearer " + text_of(bearer));
    if (manifest->signature_)
      desk->webhook_secret_ =
          text_of(manifest->program_->run(manifest->signature_->secret, Json(), variables));
  } catch (const mappings::ExpressionError& error) {
    diagnostics.error(where, "bad-settings", "the connection cannot be made from these settings",
                      "see " + error.where().to_string());
    return nullptr;
  }
  for (const auto& [name, value] : connection.headers)
    for (unsigned char c : value)
      if (c < 0x20 || c == 0x7f) {
        diagnostics.error(where, "bad-settings", "the header " + name + " would hold a control character",
                          "is there a line break at the end of a secret's file?");
        return nullptr;
      }
  connection.settings = settings->open.dump();
  connection.secrets = settings->secrets;
  desk->manifest_ = std::move(manifest);
  desk->exchange_ = std::move(exchange);
  return desk;
}

Outcome BoundDesk::check() {
  OperationRun run = start();
  if (!run.run(*manifest_->operation("check"))) return run.outcome();
  const std::string problem = text_of(run.result().get("problem"));
  if (!problem.empty()) run.fail(Verdict::rejected, "invalid", problem, true);
  return run.outcome();
}

bool BoundDesk::usable_key(OperationRun& run, const std::string& key) const {
  if (!key.empty() && (manifest_->max_key_length_ == 0 || key.size() <= manifest_->max_key_length_))
    return true;
  run.fail(Verdict::rejected, "mapping",
           "the correlation key \"" + key + "\" does not fit into " + correlation_field_);
  return false;
}

bool BoundDesk::find(OperationRun& run, const std::string& key, std::optional<Ticket>& ticket) const {
  if (!usable_key(run, key)) return false;
  run.bind("key", key);
  // A search that says "not there" has found nothing.
  if (!run.run(*manifest_->operation("find"))) return run.absent();
  const Json rows = run.result().get("rows");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Json row = rows.at(i);
    if (text_of(row.get("key")) != key) continue;
    ticket = ticket_from(row.get("ticket"));
    if (!ticket->id.empty()) return true;
    run.fail(Verdict::retry, "not_an_answer", "a search answered a record without its id");
    return false;
  }
  if (rows.size() == 0) return true;
  run.fail(Verdict::rejected, "wrong_match",
           "a search by " + correlation_field_ + " answered " + std::to_string(rows.size()) +
               " records, and none carries " + key + ": does the desk know that field, and may we see it?",
           true);
  return false;
}

Result<std::optional<Ticket>> BoundDesk::find(const std::string& key) {
  OperationRun run = start();
  std::optional<Ticket> ticket;
  const bool searched = find(run, key, ticket);
  if (searched && run.absent())
    run.outcome() = Outcome{Verdict::done, "ok", {}, {}, false, run.outcome().calls};
  Result<std::optional<Ticket>> result{run.outcome(), std::nullopt};
  if (searched) result.value = ticket;
  return result;
}

bool BoundDesk::see_key(OperationRun& run, const std::string& key, const Ticket& ticket) const {
  const std::string shown = text_of(run.result().get("key"));
  if (shown == key) return true;
  // The ticket is there but cannot be found by its key: more of them would be made by trying again.
  run.fail(Verdict::rejected, "not_verified",
           "ticket " + ticket.number + " was created, but its " + correlation_field_ + " is " +
               (shown.empty() ? "empty" : "\"" + shown + "\"") + ", not \"" + key +
               "\": set that field up, and remove this ticket",
           true);
  return false;
}

Result<Ticket> BoundDesk::open(const std::string& key, const Json& fields) {
  OperationRun run = start();
  std::optional<Ticket> ticket;
  if (!bind_fields(run, fields) || !find(run, key, ticket)) return {run.outcome(), std::nullopt};
  if (ticket) {
    run.outcome().found = true;
    return {run.outcome(), ticket};
  }
  const Operation& create = *manifest_->operation("create");
  if (!run.run(create)) {
    // The place where tickets are made is not there: that is no fault of this one.
    if (run.absent()) run.outcome().whole_desk = true;
    return {run.outcome(), std::nullopt};
  }
  ticket = ticket_from(run.result().get("ticket"));
  if (ticket->id.empty()) {
    run.fail(Verdict::unknown, "not_an_answer", "the desk answered a creation without the id of the record");
    return {run.outcome(), std::nullopt};
  }
  if (!run.result().get("key").is_null()) {
    if (!see_key(run, key, *ticket)) return {run.outcome(), std::nullopt};
    return {run.outcome(), ticket};
  }
  if (const Operation* verify = manifest_->operation("verify")) {
    run.bind("id", ticket->id);
    if (!run.run(*verify)) {
      // Made, but not visible to us: a search would not find it either, and the next attempt make another.
      if (run.outcome().verdict == Verdict::rejected)
        run.fail(Verdict::rejected, "not_verified",
                 "ticket " + ticket->number + " was created, but cannot be read: " + run.outcome().detail,
                 true);
      return {run.outcome(), std::nullopt};
    }
  }
  if (!see_key(run, key, *ticket)) return {run.outcome(), std::nullopt};
  return {run.outcome(), ticket};
}

Result<TicketState> BoundDesk::read(const std::string& ticket_id, const std::string& key) {
  OperationRun run = start();
  run.bind("id", ticket_id);
  run.bind("key", key);
  TicketState state;
  state.ticket.id = ticket_id;
  if (!run.run(*manifest_->operation("read"))) {
    if (!run.absent()) return {run.outcome(), std::nullopt};
    state.gone = true;
    state.key = key;
    return {Outcome{Verdict::done, "ok", run.outcome().detail, {}, false, run.outcome().calls}, state};
  }
  const Json& result = run.result();
  state.ticket = ticket_from(result.get("ticket"));
  if (state.ticket.id.empty()) {
    run.fail(Verdict::retry, "not_an_answer", "the desk answered a record without its id");
    return {run.outcome(), std::nullopt};
  }
  state.key = text_of(result.get("key"));
  state.status = text_of(result.get("status"));
  state.gone = result.get("gone").as_bool().value_or(false);
  if (!state.gone) state.decision = decision_from(result.get("decision"));
  return {run.outcome(), state};
}

Result<Changes> BoundDesk::changes(const std::string& watermark) {
  OperationRun run = start();
  Json mark;
  try {
    if (!watermark.empty()) mark = Json::parse(watermark);
  } catch (const mappings::JsonError&) {
    // Not ours, or of another connector: begin anew, by the look-back.
  }
  if (mark.is_object()) run.bind("watermark", mark);
  if (!run.run(*manifest_->operation("changes"))) return {run.outcome(), std::nullopt};
  Changes changes;
  const Json rows = run.result().get("rows");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Json row = rows.at(i);
    Changes::Row found{text_of(row.get("ticket_id")), text_of(row.get("key")), text_of(row.get("seen"))};
    if (!found.ticket_id.empty()) changes.rows.push_back(std::move(found));
  }
  const Json next = run.result().get("watermark");
  if (next.is_object()) changes.watermark = next.dump();
  // The same mark again would be the same page again.
  changes.more = run.result().get("more").as_bool().value_or(false) && changes.watermark != watermark;
  return {run.outcome(), changes};
}

Outcome BoundDesk::write(OperationRun& run, const std::string& operation, const Ticket& ticket,
                         const std::string& comment, const std::string& mark, bool repeat) const {
  run.bind("id", ticket.id);
  run.bind("comment", comment);
  run.bind("mark", "[countersign " + mark + "]");
  run.bind("repeat", repeat);
  if (!run.run(*manifest_->operation(operation))) {
    if (run.absent() && run.outcome().verdict == Verdict::rejected) run.outcome().reason = "ticket_gone";
    return run.outcome();
  }
  const Json verified = run.result().get("verified");
  if (!verified.as_bool().value_or(false))
    run.fail(Verdict::rejected, "not_verified",
             verified.string_or("the ticket does not show what was written"));
  return run.outcome();
}

Outcome BoundDesk::tell(const Ticket& ticket, const std::string& key, const Json& fields,
                        const std::string& comment, const std::string& mark, bool repeat) {
  OperationRun run = start();
  if (!bind_fields(run, fields)) return run.outcome();
  run.bind("key", key);
  return write(run, "tell", ticket, comment, mark, repeat);
}

Outcome BoundDesk::comment(const Ticket& ticket, const std::string& text, const std::string& mark,
                           bool repeat) {
  OperationRun run = start();
  return write(run, "comment", ticket, text, mark, repeat);
}

std::chrono::milliseconds BoundDesk::longest_verb() const {
  const auto exchanges = [this](const char* name) {
    const Operation* operation = manifest_->operation(name);
    if (operation == nullptr) return std::ptrdiff_t{0};
    return std::count_if(operation->steps.begin(), operation->steps.end(),
                         [](const Step& step) { return !step.let; });
  };
  return manifest_->deadline_ * std::max({exchanges("find") + exchanges("create") + exchanges("verify"),
                                          exchanges("tell"), exchanges("comment")});
}

std::optional<Hint> BoundDesk::hint(const std::vector<std::pair<std::string, std::string>>& headers,
                                    std::string_view body, std::string& refused) const {
  if (!manifest_->hint_) {
    refused = "this connector takes no webhooks";
    return std::nullopt;
  }
  if (manifest_->signature_ && !webhook_secret_.empty()) {
    const Signature& signature = *manifest_->signature_;
    HttpAnswer carrier;
    carrier.headers = headers;
    const std::string given = carrier.header(signature.header).value_or("");
    std::string text(body);
    if (!signature.timestamp.empty()) text = carrier.header(signature.timestamp).value_or("") + "." + text;
    if (given.empty() || given.rfind(signature.prefix, 0) != 0 ||
        !signature_matches(std::string_view(given).substr(signature.prefix.size()), webhook_secret_, text,
                           signature.base64)) {
      refused = given.empty() ? "no signature" : "the signature is not right";
      return std::nullopt;
    }
  }
  try {
    const Json input = Json::parse(body);
    const Json variables = Json::object({{"settings", settings_of(connection_)}});
    const Json found = manifest_->program_->run(*manifest_->hint_, input, variables);
    Hint hint{text_of(found.get("ticket_id")), text_of(found.get("key"))};
    if (!hint.ticket_id.empty() || !hint.key.empty()) return hint;
    refused = "the body names no ticket";
  } catch (const mappings::JsonError&) {
    refused = "the body is not JSON";
  } catch (const mappings::ExpressionError&) {
    refused = "the body is not what this connector's webhooks look like";
  }
  return std::nullopt;
}

}  // namespace connectors
