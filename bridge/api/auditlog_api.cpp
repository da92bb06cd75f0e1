#include "bridge/api/auditlog_api.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "bridge/api/http_answer.h"
#include "bridge/api/parameters.h"
#include "bridge/api/status_words.h"
#include "bridge/ops/error.h"
#include "bridge/queue/auditlog_entry.h"
#include "bridge/queue/mirrored.h"
#include "mappings/engine/json.h"
#include "mappings/engine/text.h"

namespace bridge {

namespace {
using mappings::Json;
using Type = AuditlogQuery::Type;

constexpr int default_take = 50;
constexpr int largest_take = 10'000;
constexpr int default_days = 30;

// Nothing: a word that no request has.
std::optional<Type> type_of(const Call& call) {
  const std::string given = text_of(call, "type");
  if (given.empty()) return Type::any;
  if (mappings::equal_ignoring_case(given, "app")) return Type::app;
  if (mappings::equal_ignoring_case(given, "session")) return Type::session;
  return std::nullopt;
}

// A page by startid and take, or the latest; of the last thirty days when no period is given. The latest are
// asked for by their number alone.
void take_page(const Call& call, Time now, AuditlogQuery& query) {
  query.start_id = number_of(call, "startid");
  query.take = count_of(call, "take", default_take, largest_take);
  const Period period = period_of(call, now, query.last > 0 ? 0 : default_days);
  query.from = period.from;
  query.until = period.until;
}

// Whole ticks, or as a client prints a double: 6.377e+17.
std::optional<Time> delta_time(const Call& call) {
  const std::string text = text_of(call, "deltaTime");
  if (text.empty()) return std::nullopt;
  const char* end = text.data() + text.size();
  std::int64_t ticks = 0;
  if (const auto [stopped, problem] = std::from_chars(text.data(), end, ticks);
      problem == std::errc() && stopped == end)
    return from_ticks(ticks);
  double given = 0;
  if (const auto [stopped, problem] = std::from_chars(text.data(), end, given);
      problem == std::errc() && stopped == end && std::abs(given) < 9e18)
    return from_ticks(std::llround(given));
  throw Error(ErrorCode::invalid_request, "deltaTime must be a number: the timeNow of the answer before");
}
}  // namespace

std::vector<Route> AuditlogApi::routes() {
  const auto bound = [this](Reply (AuditlogApi::*verb)(const Call&)) {
    return [this, verb](const Call& call) { return (this->*verb)(call); };
  };
  return {
      {"GET", "/auditlog", Right::read,
       "Auditlog entries: startid, take, last, days, startdate, enddate, status, type, wantscandetails.",
       bound(&AuditlogApi::list)},
      // Before {id}.
      {"GET", "/auditlog/delta", Right::read,
       "Entries that changed after deltaTime, and the time of the last change; or a page of the history by "
       "startid, take, days.",
       bound(&AuditlogApi::delta)},
      {"GET", "/auditlog/{id}", Right::read, "One entry: wantscandetails.", bound(&AuditlogApi::show)},
      {"PUT", "/auditlog/{id}", Right::submit,
       "The endpoint reports the use of an approved request: status, times, installs, uninstalls, "
       "elevatedApplications, ssoValidated.",
       bound(&AuditlogApi::report), true},
      {"GET", "/computers/{computer}/auditlog", Right::read,
       "Entries of one computer; parameters as /auditlog.", bound(&AuditlogApi::of_computer)},
      {"GET", "/users/{user}/auditlog", Right::read,
       "Entries of one user, by account or full name; parameters as /auditlog.",
       bound(&AuditlogApi::of_user)},
  };
}

bool AuditlogApi::is_mirrored(const std::string& queue) {
  const auto remote = remote_queues_.find(queue);
  return remote != remote_queues_.end() && remote->second && store_.mirror().last_change(queue);
}

void AuditlogApi::each_entry(
    const Call& call, const AuditlogQuery& query,
    const std::function<void(std::int64_t id, const std::function<void(std::string&)>&)>& each) {
  const std::string& queue = call.caller.queue;
  const bool scan_results = flag_of(call, "wantscandetails");
  if (is_mirrored(queue))
    store_.mirror().entries(queue, query, [&](const MirroredEntry& entry) {
      each(entry.id, [&](std::string& to) { append_mirrored_entry(to, entry, scan_results); });
    });
  else
    store_.auditlog(queue, query, [&](const AuditlogRecord& record) {
      each(record.id, [&](std::string& to) { append_auditlog_entry(to, record, scan_results); });
    });
}

void AuditlogApi::append_entries(std::string& body, const Call& call, const AuditlogQuery& query) {
  bool first = true;
  body.push_back('[');
  each_entry(call, query, [&](std::int64_t, const std::function<void(std::string&)>& append) {
    if (!std::exchange(first, false)) body.push_back(',');
    append(body);
  });
  body.push_back(']');
}

Reply AuditlogApi::listed(const Call& call, const std::string& computer, const std::string& user) {
  AuditlogQuery query;
  query.last = count_of(call, "last", 0, largest_take);
  take_page(call, clock_.now(), query);
  query.computer = computer;
  query.user = user;
  const auto type = type_of(call);
  const auto status_codes = status_codes_of(call);
  if (!type || !status_codes) return json_reply(200, "[]");
  query.type = *type;
  query.status_codes = *status_codes;
  std::string body;
  append_entries(body, call, query);
  return json_reply(200, std::move(body));
}

Reply AuditlogApi::list(const Call& call) {
  return listed(call, "", "");
}

Reply AuditlogApi::of_computer(const Call& call) {
  return listed(call, call.parts.at(0), "");
}

Reply AuditlogApi::of_user(const Call& call) {
  return listed(call, "", call.parts.at(0));
}

Reply AuditlogApi::show(const Call& call) {
  AuditlogQuery query;
  query.start_id = id_of(call, "auditlog entry");
  query.take = 1;
  std::string body;
  each_entry(call, query, [&](std::int64_t id, const std::function<void(std::string&)>& append) {
    if (id == query.start_id) append(body);
  });
  if (body.empty())
    throw Error(ErrorCode::not_found, "There is no auditlog entry " + std::to_string(query.start_id));
  return json_reply(200, std::move(body));
}

Reply AuditlogApi::delta(const Call& call) {
  // Before the entries: a change that comes between is told twice and never lost.
  const std::string& queue = call.caller.queue;
  const auto last = is_mirrored(queue) ? store_.mirror().last_change(queue) : store_.last_change(queue);
  const Time now = last.value_or(Time{});
  AuditlogQuery query;
  query.changed_after = delta_time(call);
  const auto given = [&](std::string_view name) { return !text_of(call, name).empty(); };
  const bool page = given("startid") || given("take") || given("days");
  if (!query.changed_after && page) take_page(call, clock_.now(), query);
  // Thousands may have changed: the text is made once, in its place.
  std::string body = "{\"entries\":";
  if (query.changed_after || page)
    append_entries(body, call, query);
  else
    body += "[]";
  body.append(",\"timeNow\":").append(std::to_string(to_ticks(now))).push_back('}');
  return json_reply(200, std::move(body));
}

Reply AuditlogApi::report(const Call& call) {
  const RequestRef ref{call.caller.queue, id_of(call, "auditlog entry")};
  Json given;
  try {
    given = Json::parse(call.request.body);
  } catch (const mappings::JsonError& problem) {
    throw Error(ErrorCode::invalid_request, std::string("The body is not JSON: ") + problem.what());
  }
  queue_.report_use(ref, given, call.caller.actor());
  return Reply{204, {}, {}};
}

}  // namespace bridge
