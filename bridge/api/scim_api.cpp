#include "bridge/api/scim_api.h"

#include <algorithm>
#include <charconv>

#include "bridge/api/parameters.h"
#include "bridge/directory/scim_error.h"
#include "bridge/directory/scim_schemas.h"
#include "bridge/directory/scim_shown.h"
#include "bridge/ops/error.h"
#include "mappings/engine/json_names.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;
using mappings::Json;
using mappings::member_of;

namespace {
constexpr std::string_view prefix = "/scim/v2";
constexpr const char* content_type = "application/scim+json";
constexpr std::int64_t default_count = 100;
constexpr std::int64_t farthest_start = 1'000'000'000;
constexpr int most_levels = 32;  // half of what can be read again: a change may add some

Reply scim_reply(int status, const Json& body) {
  return {status, {{"Content-Type", content_type}}, body.dump(), false};
}

Reply error_reply(int status, const std::string& type, std::string_view detail) {
  Json body = Json::object({{"schemas", Json::array({"urn:ietf:params:scim:api:messages:2.0:Error"})},
                            {"status", std::to_string(status)}});
  if (!type.empty()) body.set("scimType", type);
  body.set("detail", detail);
  return scim_reply(status, body);
}

Reply list_reply(std::int64_t total, std::int64_t start, const std::vector<Json>& resources) {
  Json rows = Json::array();
  for (const Json& resource : resources) rows.push_back(resource);
  return scim_reply(
      200, Json::object({{"schemas", Json::array({"urn:ietf:params:scim:api:messages:2.0:ListResponse"})},
                         {"totalResults", total},
                         {"startIndex", start},
                         {"itemsPerPage", static_cast<std::int64_t>(resources.size())},
                         {"Resources", rows}}));
}

Reply resource_reply(int status, const ScimAnswer& answer) {
  Reply reply = scim_reply(status, answer.resource);
  reply.headers.emplace_back("ETag", scim_etag(answer.version));
  return reply;
}

Json body_of(const Call& call) {
  const std::string type = call.request.header("Content-Type").value_or("");
  const std::string_view media = mappings::trimmed(std::string_view(type).substr(0, type.find(';')));
  if (!media.empty() && !equal_ignoring_case(media, content_type) &&
      !equal_ignoring_case(media, "application/json"))
    throw ScimError(415, "", "the body must be application/scim+json");
  try {
    return Json::parse(call.request.body, most_levels);
  } catch (const mappings::JsonError& problem) {
    throw ScimError(400, "invalidSyntax", std::string("the body is not JSON: ") + problem.what());
  }
}

std::int64_t number_of(const Call& call, const char* name, std::int64_t otherwise) {
  const std::string text = text_of(call, name);
  if (text.empty()) return otherwise;
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size())
    throw ScimError(400, "invalidValue", std::string(name) + " is no number");
  return number;
}

void set_page(ScimQuery& query, std::int64_t start, std::int64_t count) {
  query.start = std::clamp<std::int64_t>(start, 1, farthest_start);
  query.count = std::clamp<std::int64_t>(count, 0, scim_most_results);
}

ScimQuery query_of(const Call& call) {
  ScimQuery query;
  query.filter = text_of(call, "filter");
  query.sort_by = text_of(call, "sortBy");
  query.descending = equal_ignoring_case(text_of(call, "sortOrder"), "descending");
  set_page(query, number_of(call, "startIndex", 1), number_of(call, "count", default_count));
  return query;
}

// What a search's body asks for, as the parameters of a list would (RFC 7644, 3.4.3).
ScimQuery query_of(const Json& body) {
  const auto number = [&](const char* name, std::int64_t otherwise) {
    const Json value = member_of(body, name);
    if (value.is_null()) return otherwise;
    if (!value.is_integer()) throw ScimError(400, "invalidValue", std::string(name) + " is no number");
    return *value.as_integer();
  };
  ScimQuery query;
  query.filter = member_of(body, "filter").string_or("");
  query.sort_by = member_of(body, "sortBy").string_or("");
  query.descending = equal_ignoring_case(member_of(body, "sortOrder").text(), "descending");
  set_page(query, number("startIndex", 1), number("count", default_count));
  return query;
}

ScimSelection selection_of(const Json& body) {
  const auto names = [&](const char* name) {
    const Json list = member_of(body, name);
    std::string text = list.string_or("");
    for (std::size_t i = 0; i < list.size(); ++i)
      text += (text.empty() ? "" : ",") + list.at(i).string_or("");
    return text;
  };
  return {names("attributes"), names("excludedAttributes")};
}

// A filter that is not looked at would let a client believe that what it gets fits (RFC 7644, 4).
void must_not_filter(const Call& call) {
  if (!text_of(call, "filter").empty()) throw ScimError(403, "", "there is no filter here");
}

bool is_known(const Call& call, std::int64_t version) {
  const std::string tags = call.request.header("If-None-Match").value_or("");
  return tags == "*" ||
         (!tags.empty() && tags.find('"' + std::to_string(version) + '"') != std::string::npos);
}

const Json* with_id(const std::vector<Json>& all, const std::string& id) {
  for (const Json& one : all)
    if (equal_ignoring_case(one.get("id").text(), id)) return &one;
  return nullptr;
}
}  // namespace

ScimApi::ScimApi(Store& store, Directories* directories, const Clock& clock, const std::string& public_url,
                 std::function<bool(const std::string& queue)> by_file)
    : url_(public_url + std::string(prefix)), by_file_(std::move(by_file)) {
  if (directories == nullptr) return;
  users_ = make_scim_users(store.directory(), *directories, clock);
  groups_ = make_scim_groups(store.directory(), *directories, clock);
}

ScimCall ScimApi::scim_call(const Call& call) const {
  return scim_call(call, {text_of(call, "attributes"), text_of(call, "excludedAttributes")});
}

ScimCall ScimApi::scim_call(const Call& call, ScimSelection selection) const {
  if (by_file_ && by_file_(call.caller.queue))
    throw ScimError(403, "", "the people of this tenant come from a file, not by SCIM");
  selection.check();  // before anything is changed
  return {call.caller.queue, call.caller.who, url_, call.request.header("If-Match").value_or(""),
          std::move(selection)};
}

Route ScimApi::route(const char* method, const std::string& pattern, const char* about,
                     std::function<Reply(const Call&)> handle) {
  return {method,
          std::string(prefix) + pattern,
          Right::manage,
          about,
          [this, handle = std::move(handle)](const Call& call) {
            try {
              if (!users_) throw ScimError(404, "", "there is no directory here");
              return handle(call);
            } catch (const ScimError& problem) {
              return error_reply(problem.status(), problem.type(), problem.what());
            } catch (const Error& problem) {
              if (info(problem.code()).http_status >= 500) throw;  // logged, and told to nobody
              return error_reply(info(problem.code()).http_status, "", problem.what());
            }
          },
          true};
}

void ScimApi::add_resource(std::vector<Route>& routes, const std::string& pattern, const char* noun,
                           ScimVerbs* verbs, bool whole_after_patch) {
  const std::string one = pattern + "/{id}";
  const bool users = std::string_view(noun) == "user";
  const auto add = [&](const char* method, const std::string& at, const char* about,
                       std::function<Reply(const Call&)> handle) {
    routes.push_back(route(method, at, about, std::move(handle)));
  };
  add("GET", pattern,
      users ? "People of the tenant: filter, startIndex, count, sortBy, sortOrder, attributes, "
              "excludedAttributes."
            : "Groups of the tenant, with the same parameters.",
      [this, verbs](const Call& call) {
        const ScimQuery query = query_of(call);
        const ScimPage page = verbs->list(scim_call(call), query);
        return list_reply(page.total, query.start, page.resources);
      });
  add("POST", pattern + "/.search", users ? "The same list, asked for by a body." : "The same, by a body.",
      [this, verbs](const Call& call) {
        const Json body = body_of(call);
        if (!body.is_object()) throw ScimError(400, "invalidSyntax", "the body is no JSON object");
        const ScimQuery query = query_of(body);
        const ScimPage page = verbs->list(scim_call(call, selection_of(body)), query);
        return list_reply(page.total, query.start, page.resources);
      });
  add("POST", pattern, users ? "Adds a user." : "Adds a group.", [this, verbs, pattern](const Call& call) {
    const ScimAnswer answer = verbs->create(scim_call(call), body_of(call));
    Reply reply = resource_reply(201, answer);
    reply.headers.emplace_back("Location", url_ + pattern + '/' + answer.resource.get("id").string_or(""));
    return reply;
  });
  add("GET", one, users ? "One user." : "One group, with its members.", [this, verbs](const Call& call) {
    const ScimAnswer answer = verbs->show(scim_call(call), call.parts.at(0));
    if (is_known(call, answer.version)) return Reply{304, {{"ETag", scim_etag(answer.version)}}, {}};
    return resource_reply(200, answer);
  });
  add("PUT", one, users ? "Replaces a user." : "Replaces a group and who is in it.",
      [this, verbs](const Call& call) {
        return resource_reply(200, verbs->replace(scim_call(call), call.parts.at(0), body_of(call)));
      });
  add("PATCH", one, users ? "Changes a user: add, replace, remove." : "Changes a group, or who is in it.",
      [this, verbs, whole_after_patch](const Call& call) {
        ScimCall asked = scim_call(call);
        const bool whole = whole_after_patch || !asked.selection.only.empty();
        // Nobody reads the thousands of members that a group has when one of them changed.
        if (!whole) asked.selection = {"id", ""};
        const ScimAnswer answer = verbs->patch(asked, call.parts.at(0), body_of(call));
        if (whole) return resource_reply(200, answer);
        return Reply{204, {{"ETag", scim_etag(answer.version)}}, {}};
      });
  add("DELETE", one, users ? "Removes a user, from all groups too." : "Removes a group.",
      [this, verbs](const Call& call) {
        verbs->remove(scim_call(call), call.parts.at(0));
        return Reply{204, {}, {}};
      });
}

std::vector<Route> ScimApi::routes() {
  std::vector<Route> all;
  add_resource(all, "/Users", "user", users_.get(), true);
  add_resource(all, "/Groups", "group", groups_.get(), false);
  all.push_back(
      route("GET", "/ServiceProviderConfig", "What this SCIM service can do.", [this](const Call& call) {
        must_not_filter(call);
        return scim_reply(200, scim_service_provider(url_));
      }));
  const auto add_documents = [&](const std::string& pattern, const char* about,
                                 std::vector<Json> (*documents)(const std::string&)) {
    all.push_back(route("GET", pattern, about, [this, documents](const Call& call) {
      must_not_filter(call);
      const auto rows = documents(url_);
      return list_reply(static_cast<std::int64_t>(rows.size()), 1, rows);
    }));
    all.push_back(route("GET", pattern + "/{id}", "One of them.", [this, documents](const Call& call) {
      const auto rows = documents(url_);
      const Json* found = with_id(rows, call.parts.at(0));
      if (found == nullptr) throw ScimError(404, "", "there is nothing of the id " + call.parts.at(0));
      return scim_reply(200, *found);
    }));
  };
  add_documents("/ResourceTypes", "The kinds of resources: User and Group.", scim_resource_types);
  add_documents("/Schemas", "The schemas of users and groups.", scim_schema_documents);
  return all;
}

bool is_scim_path(std::string_view path) {
  return path.size() > prefix.size() && path[prefix.size()] == '/' &&
         equal_ignoring_case(path.substr(0, prefix.size()), prefix);
}

Reply scim_failure(Reply reply) {
  const bool ours = std::any_of(reply.headers.begin(), reply.headers.end(), [](const auto& header) {
    return header.first == "Content-Type" && header.second == content_type;
  });
  if (reply.status < 400 || ours) return reply;
  std::string detail = "The request failed";
  try {
    detail = Json::parse(reply.body).get("Message").string_or(detail);
  } catch (const mappings::JsonError&) {
    // Another shape: the status says it.
  }
  Reply shaped = error_reply(reply.status, "", detail);
  for (auto& header : reply.headers)
    if (!equal_ignoring_case(header.first, "Content-Type")) shaped.headers.push_back(std::move(header));
  return shaped;
}

}  // namespace bridge
