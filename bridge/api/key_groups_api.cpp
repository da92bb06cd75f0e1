#include "bridge/api/key_groups_api.h"

#include <algorithm>

#include "bridge/access/secret_text.h"
#include "bridge/ops/error.h"
#include "mappings/engine/json_list.h"

namespace bridge {

using mappings::Json;
using mappings::list_of;

namespace {
constexpr std::size_t longest_name = 64, longest_description = 300, longest_user = 200;

Json described(const KeyGroup& group) {
  return Json::object({{"resourceId", group.name},
                       {"name", group.name},
                       {"description", group.description},
                       {"companyResourceId", group.queue},
                       {"createTime", to_iso(group.created)}});
}

// "cs_rest_3fa97f2c_*****7f2c"
std::string masked_reference(const Credential& key) {
  return public_name(key.kind, key.id) + '_' + std::string(masked) + key.last_four;
}

Json shown(const Credential& key) {
  Json object = Json::object({{"resourceId", key.id},
                              {"keyGroup", key.group},
                              {"description", key.label},
                              {"activated", key.active},
                              {"onBehalfOf", key.on_behalf_of},
                              {"inRole", key.role},
                              {"hasIpAddressRestriction", !key.networks.empty()},
                              {"allowedIpAddresses", list_of(key.networks)},
                              {"referenceId", masked_reference(key)}});
  append_common(object, key);
  return object;
}

std::string object_of(const KeyGroup& group) {
  return "key group " + group.name;
}
}  // namespace

KeyGroup KeyGroupsApi::group(const Call& call) const {
  const std::string& name = call.parts.at(0);
  std::vector<KeyGroup> found;
  for (const std::string& queue : companies_.seen(call))
    for (KeyGroup& one : editor_.store().credentials().groups(queue))
      if (one.name == name) found.push_back(std::move(one));
  if (found.empty()) throw Error(ErrorCode::not_found, "There is no key group " + name);
  if (found.size() > 1)
    throw Error(ErrorCode::conflict, "Several of your companies have a key group " + name +
                                         ": name the company with X-KEEPNET-Company-Id");
  return std::move(found.front());
}

std::vector<Credential> KeyGroupsApi::keys_of(const KeyGroup& group) const {
  std::vector<Credential> keys = editor_.store().credentials().list(group.queue);
  std::erase_if(keys, [&](const Credential& one) {
    return one.kind != CredentialKind::rest_key || one.group != group.name;
  });
  return keys;
}

Credential KeyGroupsApi::key(const Call& call) const {
  const KeyGroup in = group(call);
  const std::string& id = call.parts.at(1);
  auto key = editor_.store().credentials().find(id);
  if (!key || key->kind != CredentialKind::rest_key || key->queue != in.queue || key->group != in.name)
    throw Error(ErrorCode::not_found, "There is no key " + id + " in the key group " + in.name);
  return std::move(*key);
}

Json KeyGroupsApi::list_groups(const Call& call) {
  Json all = Json::array();
  for (const std::string& queue : companies_.seen(call))
    for (const KeyGroup& one : editor_.store().credentials().groups(queue)) all.push_back(described(one));
  return all;
}

Json KeyGroupsApi::create_group(const Call& call) {
  Fields fields(call);
  fields.only({"name", "description"});
  KeyGroup group;
  group.queue = companies_.acting_in(call);
  group.name = fields.text("name", 1, longest_name).value_or("");
  if (!fields.has("name")) fields.complain("name", "is missing");
  if (group.name.find('/') != std::string::npos || group.name == "." || group.name == "..")
    fields.complain("name", "stands in a path: it cannot have a slash, and be neither . nor ..");
  group.description = fields.text("description", 0, longest_description).value_or("");
  group.created = editor_.now();
  fields.must_be_good();
  editor_.store().credentials().add_group(
      group, {editor_.entry(call, "key_group.created", group.queue, object_of(group), {}, described(group))});
  editor_.done();
  return Json::object({{"resourceId", group.name}});
}

Json KeyGroupsApi::show_group(const Call& call) {
  return described(group(call));
}

Json KeyGroupsApi::change_group(const Call& call) {
  const KeyGroup before = group(call);
  Fields fields(call);
  fields.only({"resourceId", "name", "description", "companyResourceId", "createTime"});
  KeyGroup after = before;
  if (const auto name = fields.text("name", 1, longest_name); name && *name != before.name)
    fields.complain("name", "stays as it is: its keys are found by it");
  if (const auto text = fields.text("description", 0, longest_description)) after.description = *text;
  fields.must_be_good();
  if (after != before) {
    editor_.store().credentials().change_group(
        before, after,
        {editor_.entry(call, "key_group.changed", after.queue, object_of(after), described(before),
                       described(after))});
    editor_.done();
  }
  return Json::object({{"resourceId", after.name}});
}

Json KeyGroupsApi::remove_group(const Call& call) {
  const KeyGroup gone = group(call);
  const bool there = editor_.store().credentials().remove_group(
      gone.queue, gone.name,
      {editor_.entry(call, "key_group.removed", gone.queue, object_of(gone), described(gone), {})});
  if (!there) throw Error(ErrorCode::not_found, "There is no key group " + gone.name);
  editor_.done();
  return Json::object({{"resourceId", gone.name}});
}

void KeyGroupsApi::read(Fields& fields, const Call& call, Credential& key) const {
  fields.only({"resourceId", "keyGroup", "description", "activated", "onBehalfOf", "inRole",
               "hasIpAddressRestriction", "allowedIpAddresses", "referenceId", "companyResourceId",
               "createTime", "notBefore", "expiresAt", "lastFour", "oldSecretUntil", "lastUsedTime",
               "lastUsedIp", "uses"});
  if (const auto text = fields.text("description", 0, longest_description)) key.label = *text;
  if (const auto active = fields.flag("activated")) set_active(key, *active);
  if (const auto user = fields.text("onBehalfOf", 0, longest_user)) key.on_behalf_of = *user;
  if (const auto in = fields.text("keyGroup", 1, longest_name); in && *in != key.group)
    fields.complain("keyGroup", "stays as it is; make a key in the other group");
  if (const auto text = fields.text("referenceId", 0, 100); text && *text != masked_reference(key))
    fields.complain("referenceId", "is made here: POST .../rotate makes a new one");
  CredentialEditor::read_networks(fields, key);
  CredentialEditor::read_times(fields, key);
  const std::string wanted = fields.text("inRole", 1, longest_name).value_or(key.role);
  if (wanted.empty() && !fields.has("inRole")) fields.complain("inRole", "Role should be selected");
  if (wanted.empty()) return;
  const auto role = editor_.wanted_role(fields, "inRole", call.caller, key.queue, wanted);
  if (!role) return;
  if (role->several_tenants)
    fields.complain("inRole", "a key belongs to one company; a client can have this role");
  if (key.role != role->id) key.scopes = Scopes::all();  // the role says how many of them
  key.role = role->id;
}

Json KeyGroupsApi::list_keys(const Call& call) {
  Json all = Json::array();
  for (const Credential& one : keys_of(group(call))) all.push_back(shown(one));
  return all;
}

Json KeyGroupsApi::create_key(const Call& call) {
  const KeyGroup in = group(call);
  Fields fields(call);
  Credential wanted;
  wanted.kind = CredentialKind::rest_key;
  wanted.queue = in.queue;
  wanted.group = in.name;
  read(fields, call, wanted);
  fields.must_be_good();
  const Issued made = issue(editor_.access().pepper(), std::move(wanted), editor_.now());
  editor_.add(call, made.row);
  return Json::object({{"resourceId", made.row.id}, {"referenceId", made.secret}});
}

Json KeyGroupsApi::show_key(const Call& call) {
  return shown(key(call));
}

Json KeyGroupsApi::change_key(const Call& call) {
  const Credential before = key(call);
  editor_.must_be_below(call.caller, before);
  Fields fields(call);
  Credential after = before;
  read(fields, call, after);
  CredentialEditor::must_stay_in(fields, call.caller, after);
  fields.must_be_good();
  editor_.change(call, before, after);
  return Json::object({{"resourceId", before.id}});
}

Json KeyGroupsApi::remove_key(const Call& call) {
  const Credential gone = key(call);
  editor_.must_be_below(call.caller, gone);
  editor_.remove(call, gone);
  return Json::object({{"resourceId", gone.id}});
}

Json KeyGroupsApi::rotate_key(const Call& call) {
  const Credential before = key(call);
  const std::string secret = editor_.rotate(call, before);
  return Json::object({{"resourceId", before.id}, {"referenceId", secret}});
}

std::vector<Route> KeyGroupsApi::routes() {
  const auto bound = [this](Json (KeyGroupsApi::*handle)(const Call&)) {
    return enveloped([this, handle](const Call& call) { return (this->*handle)(call); });
  };
  const std::string groups = "/api/key-groups", group = groups + "/{group}", keys = group + "/keys",
                    key = keys + "/{key}";
  using Api = KeyGroupsApi;
  return {
      {"GET", groups, Right::manage, "Key groups.", bound(&Api::list_groups), true},
      {"POST", groups, Right::manage, "Makes a key group.", bound(&Api::create_group), true},
      {"GET", group, Right::manage, "One key group.", bound(&Api::show_group), true},
      {"PUT", group, Right::manage, "Changes a key group's description.", bound(&Api::change_group), true},
      {"DELETE", group, Right::manage, "Ends a key group that is empty.", bound(&Api::remove_group), true},
      {"GET", keys, Right::manage, "The keys of a group, without their secrets.", bound(&Api::list_keys),
       true},
      {"POST", keys, Right::manage, "Makes a key; its reference id is shown once.",
       not_kept(bound(&Api::create_key)), true},
      {"GET", key, Right::manage, "One key, without its secret.", bound(&Api::show_key), true},
      {"PUT", key, Right::manage, "Changes a key. What is not activated opens nothing.",
       bound(&Api::change_key), true},
      {"DELETE", key, Right::manage, "Ends a key.", bound(&Api::remove_key), true},
      {"POST", key + "/rotate", Right::manage,
       "Makes a new reference id, shown once; the old one is good for overlapMinutes more.",
       not_kept(bound(&Api::rotate_key)), true},
  };
}

}  // namespace bridge
