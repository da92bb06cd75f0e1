#include "tests/support/access_site.h"

#include <cppunit/TestAssert.h>

#include "bridge/api/http_answer.h"
#include "bridge/api/http_parser.h"
#include "bridge/ops/log.h"
#include "mappings/engine/json.h"

namespace tests {

AccessSite::AccessSite(bridge::Access::Settings settings)
    : store_(bridge::open_store("sqlite:" + (folder_ / "test.db").string())),
      access_(make_access(*store_, &clock, std::move(settings))) {
  bridge::set_log_sink([](const std::string&) {});
  bridge::ApiParts parts;
  parts.clock = &clock;
  api_ = std::make_unique<bridge::Api>(*store_, queue_, *access_, std::move(parts));
}

AccessSite::~AccessSite() {
  bridge::set_log_sink(nullptr);
}

bridge::Access::Settings AccessSite::usual() {
  bridge::Access::Settings settings;
  settings.trusted_proxies = {"10.0.0.0/8"};
  settings.queues = {"acme", "beta", "fenced"};
  settings.tenant_networks = {{"fenced", {"192.0.2.0/24"}}};
  return settings;
}

bridge::Reply AccessSite::ask(const std::string& method, const std::string& target, const std::string& lines,
                              const std::string& body) {
  const std::string bytes = method + ' ' + target + " HTTP/1.1\r\nHost: a\r\n" + lines +
                            "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  bridge::HttpParser parser;
  parser.feed(bytes);
  CPPUNIT_ASSERT_MESSAGE(bytes, parser.stage() == bridge::HttpParser::Stage::complete);
  bridge::Incoming request = parser.take();
  request.peer = peer;
  request.id = "request-id";
  return api_->handle(request);
}

std::string AccessSite::bytes(const std::string& method, const std::string& target, const std::string& lines,
                              const std::string& body) {
  std::string text = bridge::write_answer(ask(method, target, lines, body), {});
  const auto date = text.find("Date: ");
  return text.erase(date, text.find("\r\n", date) + 2 - date);
}

bridge::Reply AccessSite::ask_token(const std::string& form, const std::string& lines) {
  return ask("POST", "/connect/token", "Content-Type: application/x-www-form-urlencoded\r\n" + lines, form);
}

std::string AccessSite::token(const bridge::Issued& client) {
  const bridge::Reply reply = ask_token("grant_type=client_credentials&client_id=" + client.client_id +
                                        "&client_secret=" + client.secret + "&scope=api1");
  CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 200, reply.status);
  return mappings::Json::parse(reply.body).get("access_token").string_or("");
}

bridge::Issued AccessSite::add(const bridge::Credential& wanted) {
  return add_credential(*store_, wanted, clock.now());
}

void AccessSite::change(const std::string& id, const std::function<void(bridge::Credential&)>& how) {
  bridge::Credential row = store_->credentials().find(id).value();
  how(row);
  store_->credentials().change(row, {});
}

}  // namespace tests
