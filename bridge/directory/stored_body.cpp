#include "bridge/directory/stored_body.h"

#include "bridge/directory/scim_error.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"

namespace bridge {

using mappings::Json;

namespace {
constexpr const char* kind_of(const DirectoryUser&) {
  return "user";
}
constexpr const char* kind_of(const DirectoryGroup&) {
  return "group";
}

template <class Row>
std::optional<Json> read(const Row& row) {
  std::string why = "it is no JSON object";
  try {
    Json body = Json::parse(row.body);
    if (body.is_object()) return body;
  } catch (const mappings::JsonError& problem) {
    why = problem.what();
  }
  const std::string kind = kind_of(row);
  log(Level::error, "directory_" + kind + "_unreadable",
      {{"queue", row.queue}, {"id", row.id}, {"why", why}});
  metrics().directory_unreadable_total.at(row.queue, kind).add();
  return std::nullopt;
}

template <class Row>
Json needed(const Row& row) {
  if (auto body = read(row)) return std::move(*body);
  throw ScimError(500, "",
                  std::string("the ") + kind_of(row) + ' ' + row.id +
                      " is stored in a form that cannot be read here: PUT puts it right, DELETE removes it");
}

Json of_columns(const char* name_of, const std::string& name, const std::string& external_id) {
  Json body = Json::object({{name_of, name}});
  if (!external_id.empty()) body.set("externalId", external_id);
  return body;
}
}  // namespace

std::optional<Json> stored_body(const DirectoryUser& user) {
  return read(user);
}

std::optional<Json> stored_body(const DirectoryGroup& group) {
  return read(group);
}

Json needed_body(const DirectoryUser& user) {
  return needed(user);
}

Json needed_body(const DirectoryGroup& group) {
  return needed(group);
}

Json body_of_columns(const DirectoryUser& user) {
  Json body = of_columns("userName", user.user_name, user.external_id);
  body.set("active", user.active);
  return body;
}

Json body_of_columns(const DirectoryGroup& group) {
  return of_columns("displayName", group.name, group.external_id);
}

}  // namespace bridge
