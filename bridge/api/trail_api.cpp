#include "bridge/api/trail_api.h"

#include <algorithm>
#include <limits>

#include "bridge/api/envelope.h"
#include "bridge/api/http_answer.h"
#include "bridge/api/parameters.h"
#include "bridge/ops/error.h"
#include "bridge/store/trail_json.h"
#include "mappings/engine/json.h"
#include "mappings/engine/json_names.h"
#include "mappings/engine/text.h"

namespace bridge {

namespace {
using mappings::equal_ignoring_case;
using mappings::Json;
using mappings::member_of;

constexpr int default_take = 50, largest_take = 1000;
constexpr std::int64_t usual_page = 10, largest_page = 1000;
// Pages by number walk over all that stands before them: nobody turns so many.
constexpr std::int64_t most_paged = 100'000;

Reply list(Store& store, const Clock& clock, std::int64_t walk, const Call& call) {
  TrailQuery query;
  query.queue = call.caller.queue;
  query.after = number_of(call, "after");
  query.limit = count_of(call, "take", default_take, largest_take);
  query.newest_first = flag_of(call, "newest");
  query.actor = text_of(call, "actor");
  query.action = text_of(call, "action");
  query.object = text_of(call, "object");
  const Period period = period_of(call, clock.now(), 0);
  query.from = period.from;
  query.before = period.until;
  query.walk = walk;
  const TrailPage page = store.trail().page(query);
  std::string body = "[";
  for (const TrailRecord& record : page.rows) {
    if (body.size() > 1) body.push_back(',');
    append_json(body, record);
  }
  Reply reply = json_reply(200, body + ']');
  if (page.reached > 0) reply.headers.emplace_back("X-Continue-After", std::to_string(page.reached));
  return reply;
}

// Keepnet's shape.

[[noreturn]] void refuse(const std::string& why) {
  throw InvalidFields({why});
}

std::int64_t number_in(const Json& body, std::string_view name, std::int64_t otherwise, std::int64_t most) {
  const Json given = member_of(body, name);
  if (given.is_null()) return otherwise;
  const auto number = given.as_integer();
  if (!number || *number < 1 || *number > most)
    refuse(std::string(name) + ": must be a whole number from 1 to " + std::to_string(most));
  return *number;
}

// Null stands for what is left out.
std::string text_in(const Json& object, std::string_view name, std::string_view otherwise) {
  const Json given = member_of(object, name);
  if (!given.is_null() && !given.is_string()) refuse(std::string(name) + ": must be a text");
  return given.string_or(otherwise);
}

Json list_in(const Json& object, std::string_view name) {
  Json given = member_of(object, name);
  if (!given.is_null() && !given.is_array()) refuse(std::string(name) + ": must be a list");
  return given;
}

// What a condition asks for, as far as the log is found by it.
void take_condition(const Json& item, TrailQuery& query) {
  if (item.is_null()) return;
  if (!item.is_object()) refuse("FilterItems: must be a list of objects");
  const std::string field = text_in(item, "FieldName", "");
  const std::string how = text_in(item, "Operator", "Equal");
  const std::string value = text_in(item, "Value", "");
  const auto is = [&](std::string_view name) { return equal_ignoring_case(field, name); };
  const bool whole = how == "=" || equal_ignoring_case(how, "Equal") || equal_ignoring_case(how, "Equals") ||
                     equal_ignoring_case(how, "Include");
  if (equal_ignoring_case(how, "Include") && value.find(',') != std::string::npos)
    refuse("filter: " + field + " Include: the audit log is searched for one value, not for a list");
  const auto time = [&] {
    const auto found = from_iso(value);
    if (!found) refuse("LogDate: must be a time in UTC, such as 2026-01-31T10:00:00Z");
    return *found;
  };
  const auto once = [&](bool taken) {
    if (taken) refuse("filter: " + field + ' ' + how + " is asked for twice");
  };
  if (is("UserName") && (whole || equal_ignoring_case(how, "Contains"))) {
    once(!query.actor.empty());
    query.actor = value;
  } else if (is("Operation") && whole) {
    once(!query.action.empty());
    query.action = value;
  } else if (is("EntityResourceId") && whole) {
    once(!query.object.empty());
    query.object = value;
  } else if (is("LogDate") && (how == ">=" || how == ">")) {
    once(query.from.has_value());
    query.from = how == ">" ? time() + std::chrono::microseconds(1) : time();
  } else if (is("LogDate") && (how == "<" || how == "<=")) {
    once(query.before.has_value());
    query.before = how == "<=" ? time() + std::chrono::microseconds(1) : time();
  } else {
    refuse("filter: " + field + ' ' + how +
           " is not found by: UserName Contains, Operation, EntityResourceId and LogDate are");
  }
}

void take_group(const Json& group, TrailQuery& query) {
  if (group.is_null()) return;
  if (!group.is_object()) refuse("filter: must be an object, and so must each of its FilterGroups");
  if (const std::string how = text_in(group, "Condition", "");
      !how.empty() && !equal_ignoring_case(how, "AND"))
    refuse("filter: conditions of the audit log are joined by AND");
  const Json items = list_in(group, "FilterItems"), groups = list_in(group, "FilterGroups");
  for (std::size_t i = 0; i < items.size(); ++i) take_condition(items.at(i), query);
  for (std::size_t i = 0; i < groups.size(); ++i) take_group(groups.at(i), query);
}

// [{"PropertyName", "OldValue", "NewValue"}] as text, of two JSON objects.
std::string changes_of(const TrailEntry& entry) {
  const auto object = [](const std::string& text) {
    try {
      return text.empty() ? Json::object() : Json::parse(text);
    } catch (const mappings::JsonError&) {
      return Json::object();
    }
  };
  const Json before = object(entry.old_value), after = object(entry.new_value);
  Json names = Json::object();
  for (const Json& side : {before, after})
    for (const std::string& name : side.keys()) names.set(name, true);
  Json changes = Json::array();
  for (const std::string& name : names.keys())
    changes.push_back(Json::object(
        {{"PropertyName", name}, {"OldValue", before.get(name)}, {"NewValue", after.get(name)}}));
  return changes.dump();
}

Json row_of(const TrailRecord& record) {
  const TrailEntry& entry = record.entry;
  const auto space = entry.object.find(' ');
  const Actor& actor = entry.actor;
  return Json::object({{"resourceId", std::to_string(record.sequence)},
                       {"userName", actor.text()},
                       {"entityResourceId", entry.object},
                       {"entityName", entry.object.substr(0, space)},
                       {"oldValue", changes_of(entry)},
                       {"newValue", entry.new_value},
                       {"operation", entry.action},
                       {"ip", actor.ip},
                       {"userAgent", actor.user_agent},
                       {"auditDescription", entry.detail},
                       {"logDate", to_iso(entry.at)}});
}

Json found_page(Store& store, std::int64_t walk, const Call& call) {
  Json body = Json::object();
  try {
    if (!call.request.body.empty()) body = Json::parse(call.request.body);
  } catch (const mappings::JsonError& problem) {
    refuse(std::string("The body is not JSON: ") + problem.what());
  }
  if (!body.is_object()) refuse("The body must be a JSON object");
  const std::int64_t page = number_in(body, "pageNumber", 1, most_paged);
  const std::int64_t size = number_in(body, "pageSize", usual_page, largest_page);
  const std::string order = text_in(body, "orderBy", "");
  if (!order.empty() && !equal_ignoring_case(order, "LogDate") && !equal_ignoring_case(order, "CreateTime"))
    refuse("orderBy: the audit log is ordered by LogDate");
  TrailQuery query;
  query.queue = call.caller.queue;
  query.newest_first = !member_of(body, "ascending").as_bool().value_or(false);
  const Json filter = member_of(body, "filter");
  query.actor = text_in(filter, "SearchInputTextValue", "");
  take_group(filter, query);
  query.after = number_in(body, "after", 0, std::numeric_limits<std::int64_t>::max());
  query.skip = static_cast<int>(std::min((page - 1) * size, most_paged));
  query.limit = static_cast<int>(size);
  query.count = most_paged;
  query.walk = walk;
  const TrailPage found = store.trail().page(query);
  Json results = Json::array();
  for (const TrailRecord& record : found.rows) results.push_back(row_of(record));
  return Json::object({{"pageNumber", page},
                       {"pageSize", size},
                       {"totalNumberOfPages", (found.found + size - 1) / size},
                       {"totalNumberOfRecords", found.found},
                       {"continueAfter", found.reached > 0 ? Json(found.reached) : Json()},
                       {"results", results}});
}

}  // namespace

std::vector<Route> trail_routes(Store& store, const Clock& clock, std::int64_t walk) {
  return {{"GET", "/audit", Right::manage,
           "Rows of the bridge's audit log: after, take, newest, actor, action, object, startdate, enddate, "
           "days.",
           [&store, &clock, walk](const Call& call) { return list(store, clock, walk, call); }, true},
          {"POST", "/api/audit-logs/search", Right::manage,
           "The same as Keepnet's clients search it: pageNumber, pageSize, ascending, filter.",
           enveloped([&store, walk](const Call& call) { return found_page(store, walk, call); }), true}};
}

}  // namespace bridge
