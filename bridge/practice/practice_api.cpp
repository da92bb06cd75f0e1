#include "bridge/practice/practice_api.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <random>

#include "bridge/practice/table_request.h"
#include "embedded/pages.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::Json;

namespace {

Reply plain_json(int status, const std::string& body) {
  return {status,
          {{"Content-Type", "application/json;charset=UTF-8"},
           {"Cache-Control", "no-cache"},
           {"X-Content-Type-Options", "nosniff"}},
          body,
          false};
}

Reply refused(int status, std::string_view why) {
  return plain_json(status, Json::object({{"error", why}}).dump());
}

Reply page(std::string_view name, std::string_view type) {
  const std::string_view text = embedded::pages(name);
  if (text.empty()) return refused(404, "there is no such page");
  return {
      200,
      {{"Content-Type", std::string(type)},
       {"Cache-Control", "no-cache"},
       {"X-Content-Type-Options", "nosniff"},
       {"X-Frame-Options", "DENY"},
       {"Referrer-Policy", "no-referrer"},
       {"Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}},
      std::string(text),
      false};
}

// ServiceNow's own link to a record: here it opens the record on the page.
Reply show_record(const Incoming& request) {
  const std::string uri = query_parameter(request, "uri").value_or("");
  const std::size_t at = uri.find("sys_id=");
  std::string id = at == std::string::npos ? std::string() : uri.substr(at + 7, 32);
  std::erase_if(id, [](char c) { return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')); });
  return {302, {{"Location", "/#" + id}, {"Cache-Control", "no-cache"}}, {}, false};
}

std::size_t page_parameter(const Incoming& request, std::string_view name, std::size_t otherwise,
                           std::size_t most) {
  const std::string text = query_parameter(request, name).value_or("");
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return otherwise;
  return std::min(value, most);
}

std::string host_name(std::string_view host) {
  if (!host.empty() && host.front() == '[') return mappings::lower_case(host.substr(0, host.find(']') + 1));
  return mappings::lower_case(host.substr(0, host.find(':')));
}

}  // namespace

PracticeApi::PracticeApi(TableStore& store, TableSchema& schema, DeskRules& rules, PracticeFaults& faults,
                         Settings settings, Reset reset)
    : store_(store),
      schema_(schema),
      rules_(rules),
      faults_(faults),
      reader_(store, schema),
      settings_(std::move(settings)),
      reset_(std::move(reset)),
      run_(std::to_string(std::random_device()())) {}

// A page elsewhere can make its own name point at this machine; then the Host is that name.
bool PracticeApi::knows_host(const Incoming& request) const {
  const std::string host = host_name(request.header("Host").value_or(""));
  return std::find(settings_.hosts.begin(), settings_.hosts.end(), host) != settings_.hosts.end();
}

Reply PracticeApi::handle(const Incoming& request) {
  if (!knows_host(request)) return refused(403, "this host name is not the practice desk's own");
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (reads && (request.path == "/" || request.path.empty()))
    return page("practice.html", "text/html; charset=utf-8");
  if (reads && request.path == "/practice/page.js")
    return page("practice.js", "text/javascript; charset=utf-8");
  if (reads && request.path == "/practice/page.css") return page("practice.css", "text/css; charset=utf-8");
  if (reads && request.path == "/nav_to.do") return show_record(request);
  if (reads && request.path == "/practice/state") return state(request);
  if (reads && request.path == "/practice/faults") return plain_json(200, faults_.json());
  const bool known = request.path == "/practice/faults" || request.path == "/practice/decide" ||
                     request.path == "/practice/reset";
  if (!known && request.path != "/practice/state") return refused(404, "there is nothing at this path");
  if (!known ||
      (request.method != "POST" && !(request.path == "/practice/faults" && request.method == "DELETE")))
    return refused(405, "this method does nothing here");
  if (request.header("X-Practice").value_or("") != "1") return refused(403, "send the header X-Practice: 1");
  try {
    if (request.path == "/practice/decide") return decide(request);
    if (request.path == "/practice/reset") {
      reset_();
    } else if (request.method == "DELETE") {
      faults_.set({});
    } else {
      faults_.change(request.body);
    }
  } catch (const std::invalid_argument& error) {
    return refused(400, error.what());
  } catch (const TableRefusal& refusal) {
    return refused(refusal.status(), refusal.what());
  }
  return plain_json(200, faults_.json());
}

Json PracticeApi::ticket(const TableRow& row) const {
  const std::string& table = schema_.task_table();
  Json result = Json::object();
  for (const char* field :
       {"sys_id", "number", "correlation_id", "correlation_display", "short_description", "description",
        "state", "approval", "opened_at", "sys_updated_on", "sys_updated_by", "close_code", "close_notes"})
    result.set(field, row.get(field));
  result.set("state_label", reader_.label(table, row, "state"));
  result.set("approval_label", reader_.label(table, row, "approval"));
  result.set("urgency_label", reader_.label(table, row, "urgency"));
  result.set("assignment_group", reader_.label(table, row, "assignment_group"));
  const std::string caller = reader_.label(table, row, "caller_id");
  result.set("who", caller.empty() ? reader_.label(table, row, "opened_by") : caller);
  const bool decided = !row.get("_decided_by").empty();
  result.set("decided_by", decided ? Json(row.get("_decided_by")) : Json());
  result.set("decided_on", decided ? Json(row.get("_decided_on")) : Json());
  result.set("reason", decided ? Json(row.get("_reason")) : Json());
  const std::string_view approval = row.get("approval");
  result.set("open", row.get("active") != "false" && row.get("resolved_at").empty() &&
                         approval != "approved" && approval != "rejected");
  Json comments = Json::array();
  for (const auto& entry : store_.equal("sys_journal_field", "element_id", row.id()))
    comments.push_back(Json::object({{"kind", entry->get("element")},
                                     {"by", entry->get("sys_created_by")},
                                     {"on", entry->get("sys_created_on")},
                                     {"text", entry->get("value")}}));
  result.set("comments", comments);
  Json approvers = Json::array();
  for (const auto& approver : store_.equal("sysapproval_approver", "sysapproval", row.id()))
    approvers.push_back(
        Json::object({{"approver", reader_.value("sysapproval_approver", *approver, "approver.user_name")},
                      {"state", approver->get("state")}}));
  result.set("approvers", approvers);
  return result;
}

Json PracticeApi::duplicates() const {
  Json keys = Json::array();
  std::int64_t surplus = 0;
  for (const auto& [key, count] : store_.shared_values(schema_.task_table(), "correlation_id")) {
    surplus += static_cast<std::int64_t>(count) - 1;
    if (keys.size() < 20) keys.push_back(key);
  }
  return Json::object({{"surplus_tickets", surplus}, {"correlation_ids", keys}});
}

// The tickets that the request names by sys_id, number or correlation_id; all, newest first, when by none.
std::vector<RowPtr> PracticeApi::named(const Incoming& request) const {
  for (const char* key : {"sys_id", "number", "correlation_id"})
    if (const auto value = query_parameter(request, key))
      return store_.equal(schema_.task_table(), key, *value);
  return store_.newest(schema_.task_table(), page_parameter(request, "offset", 0, 1'000'000'000),
                       page_parameter(request, "limit", 50, 1000));
}

Reply PracticeApi::state(const Incoming& request) const {
  const auto ignored = rules_.ignored();
  const Json settings = Json::parse(faults_.json());
  Json faults = settings;
  faults.erase("calls");
  std::string seen = run_ + std::to_string(store_.version()) + faults.dump();
  for (const auto& what : ignored) seen += what;
  for (const auto& [name, value] : request.query) seen += name + "=" + value + "&";
  const std::string tag = "\"" + std::to_string(std::hash<std::string>()(seen)) + "\"";
  if (request.header("If-None-Match").value_or("") == tag) return {304, {{"ETag", tag}}, {}, false};

  Json tickets = Json::array();
  for (const auto& row : named(request)) tickets.push_back(ticket(*row));
  Json notes = Json::array();
  for (const auto& what : ignored) notes.push_back(what);
  const Json body = Json::object({{"practice", true},
                                  {"table", schema_.task_table()},
                                  {"approver", settings_.approver},
                                  {"total", static_cast<std::int64_t>(store_.size(schema_.task_table()))},
                                  {"duplicates", duplicates()},
                                  {"ignored", notes},
                                  {"faults", settings},
                                  {"tickets", tickets}});
  Reply reply = plain_json(200, body.dump());
  reply.headers.emplace_back("ETag", tag);
  return reply;
}

Reply PracticeApi::decide(const Incoming& request) {
  Json body;
  try {
    body = Json::parse(request.body);
  } catch (const mappings::JsonError& error) {
    throw std::invalid_argument(std::string("not JSON: ") + error.what());
  }
  std::vector<RowPtr> found;
  bool asked = false;
  for (const char* key : {"sys_id", "number", "correlation_id"}) {
    const auto value = body.get(key).as_string();
    if (!value || asked) continue;
    asked = true;
    found = store_.equal(schema_.task_table(), key, *value);
  }
  const std::string decision = body.get("decision").string_or("");
  if (!asked) throw std::invalid_argument("name a ticket by sys_id, number or correlation_id");
  if (decision != "approve" && decision != "deny") throw std::invalid_argument("decision is approve or deny");
  if (found.empty()) throw TableRefusal(404, "there is no such ticket");
  if (found.size() > 1)
    throw TableRefusal(
        409, std::to_string(found.size()) + " tickets share this correlation_id: name one by its number");
  const RowPtr now =
      rules_.decide(found.front()->id(), decision == "approve", body.get("by").string_or(settings_.approver),
                    body.get("reason").string_or(""));
  return plain_json(200, ticket(*now).dump());
}

}  // namespace bridge
