#include "tests/support/managed_api.h"

#include <cppunit/TestAssert.h>

#include "bridge/api/openapi.h"
#include "bridge/ops/log.h"
#include "tests/support/direct_api.h"
#include "tests/support/key_ring.h"
#include "tests/support/openapi_check.h"
#include "tests/support/queue_stub.h"

namespace tests {

using bridge::Reply;
using mappings::Json;

namespace {
bridge::ApiParts parts_with(const bridge::Clock& clock) {
  bridge::ApiParts parts;
  parts.clock = &clock;
  parts.tenants = {
      {"acme", {"Acme Inc.", 1, 1}}, {"contoso", {"Contoso", 1, 1}}, {"initech", {"Initech", 1, 1}}};
  return parts;
}
}  // namespace

ManagedApi::ManagedApi(std::map<std::string, std::vector<std::string>> tenant_networks)
    : store_(bridge::open_store("sqlite:" + (folder_ / "test.db").string())),
      queue_(std::make_unique<QueueStub>()) {
  bridge::set_log_sink([](const std::string&) {});
  bridge::Access::Settings settings;
  settings.queues = {"acme", "contoso", "initech"};
  settings.tenant_networks = std::move(tenant_networks);
  access_ = make_access(*store_, &clock, settings);
  api_ = std::make_unique<bridge::Api>(*store_, *queue_, *access_, parts_with(clock));
}

ManagedApi::~ManagedApi() {
  bridge::set_log_sink(nullptr);
}

std::vector<bridge::TrailEntry> ManagedApi::noted() {
  bridge::TrailQuery query;
  query.after = noted_;
  std::vector<bridge::TrailEntry> entries;
  for (bridge::TrailRecord& record : store_->trail().search(query)) {
    entries.push_back(std::move(record.entry));
    noted_ = record.sequence;
  }
  return entries;
}

bridge::Issued ManagedApi::stored(const bridge::Credential& wanted) {
  const bridge::Issued made = add_credential(*store_, wanted, clock.now());
  access_->forget();
  return made;
}

void ManagedApi::as_key(const std::string& queue, const std::string& scopes) {
  bridge::Credential wanted;
  wanted.queue = queue;
  wanted.scopes = bridge::Scopes::parse(scopes).value();
  authorization_ = "apikey " + stored(wanted).secret;
}

void ManagedApi::as_client(const std::string& queue, const std::string& role,
                           const std::vector<std::string>& more_queues) {
  bridge::Credential wanted;
  wanted.kind = bridge::CredentialKind::client;
  wanted.queue = queue;
  wanted.label = role + " of " + queue;
  wanted.role = role;
  wanted.scopes = bridge::Scopes::all();
  wanted.more_queues = more_queues;
  const bridge::Issued made = stored(wanted);
  authorization_ = token(made.client_id, made.secret);
  CPPUNIT_ASSERT(!authorization_.empty());
}

Reply ManagedApi::send(const std::string& method, const std::string& target, const std::string& body,
                       const bridge::HeaderList& headers) const {
  bridge::Incoming request = incoming(method, target, headers, body);
  request.peer = peer;
  return api_->handle(request);
}

Reply ManagedApi::ask(const std::string& method, const std::string& target, const std::string& body,
                      const bridge::HeaderList& headers) const {
  bridge::HeaderList all = headers;
  const std::string key = "apikey ";
  if (authorization_.starts_with(key))
    all.emplace_back("apikey", authorization_.substr(key.size()));
  else if (!authorization_.empty())
    all.emplace_back("Authorization", authorization_);
  if (!body.empty()) all.emplace_back("Content-Type", "application/json");
  const Reply reply = send(method, target, body, all);
  const std::string call = method + ' ' + target.substr(0, target.find('?'));
  if (target.starts_with("/api/"))
    CPPUNIT_ASSERT_EQUAL_MESSAGE(call + ' ' + reply.body, std::string(), not_as_described(call, reply));
  return reply;
}

Json ManagedApi::data(const std::string& method, const std::string& target, const std::string& body,
                      const bridge::HeaderList& headers) const {
  const Reply reply = ask(method, target, body, headers);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(method + ' ' + target + ": " + reply.body, 200, reply.status);
  const Json answer = Json::parse(reply.body);
  CPPUNIT_ASSERT_EQUAL(std::string("SUCCESS"), answer.get("status").string_or(""));
  return answer.get("data");
}

std::string ManagedApi::token(const std::string& client_id, const std::string& secret) const {
  const Reply reply = send(
      "POST", "/connect/token",
      "grant_type=client_credentials&client_id=" + client_id + "&client_secret=" + secret + "&scope=api1",
      {{"Content-Type", "application/x-www-form-urlencoded"}});
  const std::string token = Json::parse(reply.body).get("access_token").string_or("");
  return token.empty() ? "" : "Bearer " + token;
}

int ManagedApi::status_of(const std::string& authorization, const std::string& target) const {
  return send("GET", target, "", {{"Authorization", authorization}}).status;
}

Pair generated_pair(const ManagedApi& api, const bridge::HeaderList& headers) {
  const Json pair = api.data("GET", "/api/companies/clients/generate-client-credentials", "", headers);
  return {pair.get("clientId").string_or(""), pair.get("clientSecret").string_or("")};
}

std::string new_client(const Pair& pair, const std::string& more) {
  return R"({"name":"Sync","clientId":")" + pair.id + R"(","clientSecret":")" + pair.secret +
         R"(","statusId":1,"hasIpAddressRestriction":false,"roleResourceIdList":["approver"])" + more + '}';
}

std::string created_client(const ManagedApi& api, const Pair& pair, const std::string& more) {
  return api.data("POST", "/api/companies/clients", new_client(pair, more)).get("resourceId").string_or("");
}

std::string reasons_of(const Reply& reply) {
  const Json list = Json::parse(reply.body).get("validationMessages");
  std::string text;
  for (std::size_t i = 0; i < list.size(); ++i) text += (i > 0 ? "\n" : "") + list.at(i).string_or("");
  return text;
}

std::string names_in(const Json& rows, const char* member) {
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i)
    text += (i > 0 ? " " : "") + rows.at(i).get(member).string_or("");
  return text;
}

std::string not_as_described(const std::string& call, const Reply& reply) {
  static const std::string text = bridge::openapi_document("1.0.0").dump();
  const Json document = Json::parse(text);
  const auto blank = call.find(' ');
  std::string method = call.substr(0, blank);
  for (char& c : method) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  const auto segments = [](const std::string& path) {
    std::vector<std::string> all;
    for (std::size_t at = 0; at != std::string::npos;) {
      const auto slash = path.find('/', at + 1);
      all.push_back(path.substr(at + 1, slash - at - 1));
      at = slash;
    }
    return all;
  };
  const auto asked = segments(call.substr(blank + 1));
  Json operation;
  std::size_t fewest = asked.size() + 1;  // braces: a path without them is meant rather than one with
  const Json paths = document.get("paths");
  for (const std::string& path : paths.keys()) {
    const auto described = segments(path);
    std::size_t braces = 0;
    bool same = described.size() == asked.size();
    for (std::size_t i = 0; same && i < asked.size(); ++i) {
      const bool open = described[i].starts_with('{');
      braces += open ? 1 : 0;
      same = open || described[i] == asked[i];
    }
    if (!same || braces >= fewest || !paths.get(path).has(method)) continue;
    fewest = braces;
    operation = paths.get(path).get(method);
  }
  if (operation.is_null()) return "there is no such operation";
  const Json response = resolved(operation.get("responses").get(std::to_string(reply.status)), document);
  if (response.is_null()) return "there is no status " + std::to_string(reply.status);
  const Json schema = response.get("content").get("application/json").get("schema");
  return misfit(Json::parse(reply.body), schema, document);
}

}  // namespace tests
