#include "bridge/api/events_api.h"

#include <algorithm>

#include "bridge/api/http_answer.h"
#include "bridge/api/parameters.h"
#include "bridge/ops/error.h"
#include "bridge/ops/sha256.h"
#include "mappings/engine/event_shape.h"

namespace bridge {

using mappings::Json;

namespace {
constexpr int default_take = 50;
constexpr int largest_take = 10000;
constexpr int default_days = 30;
constexpr std::size_t largest_intake = 10000;
constexpr int most_problems = 20;  // events of a list whose problems one answer names

// The object with its id, which mappings::complete_event() puts first.
std::string with_id(const std::string& text, std::int64_t id) {
  constexpr std::string_view head = R"({"id":)", empty = "null";
  return std::string(head) + std::to_string(id) + text.substr(head.size() + empty.size());
}

// As the API writes times: without a zone. Nothing when it is no time in UTC.
std::optional<std::string> without_zone(std::string text) {
  if (!from_iso(text)) return std::nullopt;
  text.resize(std::min(text.find_first_of("Z+"), text.size()));
  const auto behind_date = text.find_first_of("T ");
  if (behind_date == std::string::npos) return std::nullopt;
  text[behind_date] = 'T';
  return text;
}

// Fills what is missing from what is there, else from the clock.
void complete_times(Json& event, Time now, std::vector<std::string>& problems) {
  for (const char* key : {"eventTime", "eventTimeUTC"}) {
    const Json given = event.get(key);
    if (!given.is_string()) continue;
    if (auto text = without_zone(given.string_or("")))
      event.set(key, *text);
    else
      problems.push_back(std::string(key) + " must be a time, as 2026-01-31T10:00:00");
  }
  const Json local = event.get("eventTime");
  if (event.get("eventTimeUTC").is_null())
    event.set("eventTimeUTC", local.is_null() ? Json(to_api_time(now)) : local);
  if (local.is_null()) event.set("eventTime", event.get("eventTimeUTC"));
}

NewEvent new_event(const Json& given, Time now, std::vector<std::string>& problems) {
  Json event = mappings::complete_event(given, problems);
  complete_times(event, now, problems);
  NewEvent row;
  if (!problems.empty()) return row;
  event.set("id", nullptr);
  row.at = from_iso(event.get("eventTimeUTC").string_or("")).value_or(now);
  row.code = event.get("eventCode").as_integer().value_or(0);
  row.computer = event.get("computerName").string_or("");
  row.account = event.get("userAccount").string_or("");
  row.user = event.get("userName").string_or("");
  row.body = [text = event.dump()](std::int64_t id) { return with_id(text, id); };
  return row;
}

// The one of a body, or those of its list.
std::vector<NewEvent> new_events(const Json& given, Time now) {
  const std::size_t count = given.is_array() ? given.size() : 1;
  if (count > largest_intake)
    throw Error(ErrorCode::invalid_request,
                "At most " + std::to_string(largest_intake) + " events can be sent at once");
  std::vector<NewEvent> events;
  std::string message;
  int wrong = 0;
  for (std::size_t i = 0; i < count && wrong < most_problems; ++i) {
    std::vector<std::string> problems;
    events.push_back(new_event(given.is_array() ? given.at(i) : given, now, problems));
    const std::string place = given.is_array() ? '[' + std::to_string(i) + "]: " : "";
    for (const std::string& problem : problems) message += (message.empty() ? "" : "; ") + place + problem;
    wrong += problems.empty() ? 0 : 1;
  }
  if (wrong > 0) throw Error(ErrorCode::invalid_request, message);
  return events;
}

std::string array_of(const std::vector<StoredEvent>& events) {
  std::string text = "[";
  for (const StoredEvent& event : events) {
    if (text.size() > 1) text.push_back(',');
    text += event.body;
  }
  return text + ']';
}
}  // namespace

std::vector<Route> EventsApi::routes() {
  return {
      {"GET", "/events", Right::read,
       "Events of the queue: startid, take, last, days, startdate, enddate, code.",
       [this](const Call& call) { return list(call, {}); }},
      {"POST", "/events", Right::submit,
       "Takes one event in, or a list of them. Repeatable with Idempotency-Key.",
       [this](const Call& call) { return take_in(call); }, true},
      {"GET", "/events/{id}", Right::read, "One event.", [this](const Call& call) { return show(call); }},
      {"GET", "/computers/{computer}/events", Right::read, "Events of one computer; parameters as /events.",
       [this](const Call& call) {
         EventQuery query;
         query.computer = call.parts.at(0);
         return list(call, std::move(query));
       }},
      {"GET", "/users/{user}/events", Right::read,
       "Events of one user, by account or full name; parameters as /events.",
       [this](const Call& call) {
         EventQuery query;
         query.user = call.parts.at(0);
         return list(call, std::move(query));
       }},
  };
}

Reply EventsApi::list(const Call& call, EventQuery query) {
  query.start_id = number_of(call, "startid");
  query.take = count_of(call, "take", default_take, largest_take);
  query.last = count_of(call, "last", 0, largest_take);
  if (!text_of(call, "code").empty()) query.code = number_of(call, "code");
  const Period period = period_of(call, clock_.now(), default_days);
  query.from = period.from;
  query.until = period.until;
  return json_reply(200, array_of(store_.events().page(call.caller.queue, query)));
}

Reply EventsApi::show(const Call& call) {
  const std::int64_t id = id_of(call, "event");
  auto event = store_.events().find(call.caller.queue, id);
  if (!event) throw Error(ErrorCode::not_found, "There is no event " + std::to_string(id));
  return json_reply(200, std::move(event->body));
}

Reply EventsApi::take_in(const Call& call) {
  if (remote_queues_.contains(call.caller.queue))
    throw Error(ErrorCode::conflict,
                "The events of this queue are a copy of those of its tenant: only its endpoints add to them");
  NewEvents events;
  events.queue = call.caller.queue;
  events.idempotency_key = idempotency_key_of(call);
  Json given;
  try {
    given = Json::parse(call.request.body);
  } catch (const mappings::JsonError& problem) {
    throw Error(ErrorCode::invalid_request, std::string("The body is not JSON: ") + problem.what());
  }
  if (!given.is_object() && !given.is_array())
    throw Error(ErrorCode::invalid_request, "The body must be an event or a list of events");
  events.events = new_events(given, clock_.now());
  if (!events.idempotency_key.empty()) events.idempotency_hash = sha256_hex(given.dump());
  const AddedEvents added = store_.events().add(events);
  if (added.what == AddedEvents::What::mismatch)
    throw Error(ErrorCode::idempotency_mismatch, "The Idempotency-Key was used for other events");
  Reply reply = json_reply(201, given.is_array() ? array_of(added.events) : added.events.at(0).body);
  if (given.is_object())
    reply.headers.emplace_back("Location", "/events/" + std::to_string(added.events.at(0).id));
  if (added.what == AddedEvents::What::repeated) reply.headers.emplace_back("Idempotency-Replayed", "true");
  return reply;
}

}  // namespace bridge
