#include "bridge/api/clients_api.h"

#include <algorithm>

#include "bridge/access/basic_auth.h"
#include "bridge/access/secret_text.h"
#include "bridge/api/search_body.h"
#include "bridge/ops/error.h"
#include "bridge/ops/time_json.h"
#include "mappings/engine/json_list.h"

namespace bridge {

using mappings::Json;
using mappings::list_of;

namespace {
// Which number its inactive clients have, Keepnet's documents and its page do not agree on: both are taken.
constexpr int active_id = 1, inactive_id = 0;
constexpr std::size_t longest_name = 64, longest_id = 32, longest_secret = 100, most_companies = 1000;

std::string client_id_of(const Credential& client) {
  return make_secret(SecretForm::client_id, client.id);
}

void append_status(Json& object, const Credential& client) {
  object.set("statusId", client.active ? active_id : inactive_id);
  object.set("statusName", client.active ? "Active" : "Inactive");
}

Json shown(const Credential& client) {
  Json object = Json::object({{"resourceId", client.id},
                              {"name", client.label},
                              {"clientId", client_id_of(client)},
                              {"clientSecret", masked}});
  append_status(object, client);
  object.set("hasIpAddressRestriction", !client.networks.empty());
  object.set("allowedIpAddresses", list_of(client.networks));
  object.set("roleResourceIdList", client.role.empty() ? Json::array() : list_of({client.role}));
  object.set("companyResourceIdList", list_of(client.more_queues));
  object.set("onBehalfOf", client.on_behalf_of);
  append_common(object, client);
  return object;
}

Json row_of(const Credential& client) {
  Json row = Json::object({{"resourceId", client.id},
                           {"clientName", client.label},
                           {"clientId", client_id_of(client)},
                           {"createTime", to_iso(client.created)}});
  append_status(row, client);
  row.set("companyResourceId", client.queue);
  row.set("lastUsedTime", time_or_null(client.last_used));
  return row;
}

Json id_only(const std::string& id) {
  return Json::object({{"resourceId", id}});
}
}  // namespace

Credential ClientsApi::found(const Call& call) const {
  const std::string& id = call.parts.at(0);
  auto client = editor_.store().credentials().find(id);
  if (!client || client->kind != CredentialKind::client || !companies_.sees(call, client->queue))
    throw Error(ErrorCode::not_found, "There is no client " + id);
  return std::move(*client);
}

void ClientsApi::read_companies(Fields& fields, const Call& call, const Role& role, bool new_role,
                                Credential& client) const {
  const auto given = fields.texts("companyResourceIdList", most_companies);
  if (!role.several_tenants) {
    if (given && !given->empty())
      fields.complain("companyResourceIdList", "only the role Reseller stands in more than one company");
    client.more_queues.clear();
    return;
  }
  const auto& mine = call.caller.more_queues;
  const bool all = std::find(mine.begin(), mine.end(), "*") != mine.end();
  const auto managed = companies_.of(call.caller);
  if (given) {
    client.more_queues.clear();
    for (const std::string& queue : *given) {
      const bool may = queue == "*" ? all : std::find(managed.begin(), managed.end(), queue) != managed.end();
      if (!may) fields.complain("companyResourceIdList", queue + " is not one of your companies");
      client.more_queues.push_back(queue);
    }
  } else if (new_role && client.more_queues.empty()) {
    client.more_queues = all ? std::vector<std::string>{"*"} : managed;
  }
  std::erase(client.more_queues, client.queue);
}

void ClientsApi::read(Fields& fields, const Call& call, Credential& client) const {
  fields.only({"resourceId",
               "name",
               "clientId",
               "clientSecret",
               "statusId",
               "statusName",
               "hasIpAddressRestriction",
               "allowedIpAddresses",
               "roleResourceIdList",
               "companyResourceIdList",
               "companyResourceId",
               "onBehalfOf",
               "createTime",
               "notBefore",
               "expiresAt",
               "lastFour",
               "oldSecretUntil",
               "lastUsedTime",
               "lastUsedIp",
               "uses"});
  if (const auto name = fields.text("name", 1, longest_name)) client.label = *name;
  if (client.label.empty() && !fields.has("name")) fields.complain("name", "is missing");
  if (const auto status = fields.number("statusId", 0, 2)) set_active(client, *status == active_id);
  if (const auto user = fields.text("onBehalfOf", 0, 200)) client.on_behalf_of = *user;
  CredentialEditor::read_networks(fields, client);
  CredentialEditor::read_times(fields, client);
  const auto roles = fields.texts("roleResourceIdList", 100);
  if (roles ? roles->empty() : client.role.empty() && !fields.has("roleResourceIdList"))
    fields.complain("roleResourceIdList", "Role should be selected");
  else if (roles && roles->size() > 1)
    fields.complain("roleResourceIdList", "a client has one role");
  const std::string wanted = roles && roles->size() == 1 ? roles->front() : client.role;
  if (wanted.empty()) return;
  const auto role = editor_.wanted_role(fields, "roleResourceIdList", call.caller, client.queue, wanted);
  if (!role) return;
  const bool new_role = client.role != role->id;
  if (new_role) client.scopes = Scopes::all();  // the role says how many of them
  client.role = role->id;
  read_companies(fields, call, *role, new_role, client);
}

Json ClientsApi::generate(const Call& call) const {
  companies_.acting_in(call);  // which is to be one of the caller's
  const ClientPair pair = make_client_pair(editor_.access().pepper());
  return Json::object({{"clientId", pair.client_id}, {"clientSecret", pair.secret}});
}

Json ClientsApi::create(const Call& call) {
  Fields fields(call);
  Credential client;
  client.kind = CredentialKind::client;
  client.queue = companies_.acting_in(call);
  read(fields, call, client);
  if (!fields.has("statusId")) fields.complain("statusId", "is missing: 1 is active, 0 inactive");
  const auto id = fields.text("clientId", 1, longest_id),
             secret = fields.text("clientSecret", 1, longest_secret);
  if (!fields.has("clientId") || !fields.has("clientSecret"))
    fields.complain("clientId",
                    "id and secret are missing; GET /api/companies/clients/"
                    "generate-client-credentials makes a pair");
  Issued made;
  try {
    if (id && secret) made = issue_pair(editor_.access().pepper(), client, *id, *secret, editor_.now());
    // Another company's is as good as none.
    const auto taken = made.row.id.empty() ? std::nullopt : editor_.store().credentials().find(made.row.id);
    if (taken && !companies_.sees(call, taken->queue)) throw no_pair();
  } catch (const Error& error) {
    fields.complain("clientSecret", error.what());
  }
  fields.must_be_good();
  editor_.add(call, made.row);
  return id_only(made.row.id);
}

Json ClientsApi::show(const Call& call) const {
  return shown(found(call));
}

Json ClientsApi::change(const Call& call) {
  const Credential before = found(call);
  editor_.must_be_below(call.caller, before);
  Fields fields(call);
  Credential after = before;
  read(fields, call, after);
  if (const auto id = fields.text("clientId", 1, longest_id); id && *id != client_id_of(before))
    fields.complain("clientId", "stays as it is; make another client for another one");
  if (const auto secret = fields.text("clientSecret", 1, longest_secret);
      secret && *secret != masked && !same_secret(before.hash, editor_.access().pepper().hash(*secret)))
    fields.complain("clientSecret",
                    "is made here: POST /api/companies/clients/{resourceId}/rotate makes a new one");
  CredentialEditor::must_stay_in(fields, call.caller, after);
  fields.must_be_good();
  editor_.change(call, before, after);
  return id_only(before.id);
}

Json ClientsApi::remove(const Call& call) {
  const Credential client = found(call);
  editor_.must_be_below(call.caller, client);
  editor_.remove(call, client);
  return id_only(client.id);
}

Json ClientsApi::rotate(const Call& call) {
  const Credential client = found(call);
  const std::string secret = editor_.rotate(call, client);
  return Json::object(
      {{"resourceId", client.id}, {"clientId", client_id_of(client)}, {"clientSecret", secret}});
}

Json ClientsApi::search(const Call& call) const {
  std::vector<Json> rows;
  for (const std::string& queue : companies_.seen(call))
    for (const Credential& one : editor_.store().credentials().list(queue))
      if (one.kind == CredentialKind::client) rows.push_back(row_of(one));
  return search_page(call, std::move(rows),
                     {{"createTime", "clientName", "clientId", "resourceId", "statusId", "statusName",
                       "companyResourceId", "lastUsedTime"},
                      {{"name", "clientName"},
                       {"apiKey", "clientId"},
                       {"status", "statusName"},
                       {"dateCreated", "createTime"}}});
}

std::vector<Route> ClientsApi::routes() {
  const auto bound = [this](Json (ClientsApi::*handle)(const Call&)) {
    return enveloped([this, handle](const Call& call) { return (this->*handle)(call); });
  };
  const auto reading = [this](Json (ClientsApi::*handle)(const Call&) const) {
    return enveloped([this, handle](const Call& call) { return (this->*handle)(call); });
  };
  const std::string all = "/api/companies/clients", one = all + "/{resourceId}";
  return {
      {"GET", all + "/generate-client-credentials", Right::manage,
       "Makes the id and the secret of a client that is not stored yet.",
       not_kept(reading(&ClientsApi::generate)), true},
      {"POST", all, Right::manage, "Makes a client of an id and a secret that were generated.",
       bound(&ClientsApi::create), true},
      {"POST", all + "/search", Right::manage, "A page of clients.", reading(&ClientsApi::search), true},
      {"GET", one, Right::manage, "One client, without its secret.", reading(&ClientsApi::show), true},
      {"PUT", one, Right::manage, "Changes a client. Inactive ends its tokens for good.",
       bound(&ClientsApi::change), true},
      {"DELETE", one, Right::manage, "Ends a client and its tokens.", bound(&ClientsApi::remove), true},
      {"POST", one + "/rotate", Right::manage,
       "Makes a new secret, shown once; the old one is good for overlapMinutes more. Ends the client's "
       "tokens.",
       not_kept(bound(&ClientsApi::rotate)), true},
  };
}

}  // namespace bridge
