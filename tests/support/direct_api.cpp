#include "tests/support/direct_api.h"

#include <cppunit/TestAssert.h>

#include "bridge/api/http_parser.h"
#include "bridge/ops/log.h"
#include "tests/support/key_ring.h"
#include "tests/support/queue_stub.h"

namespace tests {

using bridge::Reply;
using mappings::Json;

DirectApi::DirectApi(bridge::ApiParts parts)
    : store_(bridge::open_store("sqlite:" + (folder_ / "test.db").string())),
      queue_(std::make_unique<QueueStub>()) {
  bridge::set_log_sink([](const std::string&) {});
  parts.clock = &clock;
  if (parts.directories == nullptr) parts.directories = &directories_.emplace(*store_);
  access_ = make_access(*store_, &clock);
  api_ = std::make_unique<bridge::Api>(*store_, *queue_, *access_, std::move(parts));
  use_queue("acme");
}
DirectApi::~DirectApi() {
  bridge::set_log_sink(nullptr);
}

void DirectApi::use_queue(const std::string& queue) {
  bridge::Credential wanted;
  wanted.queue = queue;
  wanted.scopes = bridge::Scopes::all();
  key = add_credential(*store_, wanted).secret;
}

Reply DirectApi::ask(const std::string& method, const std::string& target, const bridge::HeaderList& headers,
                     const std::string& body) {
  bridge::HeaderList all;
  if (!key.empty())
    all.emplace_back(key_form == Key::header ? std::pair("apiKey", key)
                                             : std::pair("Authorization", basic("anybody:" + key)));
  all.insert(all.end(), headers.begin(), headers.end());
  return tests::ask(*api_, method, target, all, body);
}

Json DirectApi::get(const std::string& target, const bridge::HeaderList& headers) {
  const Reply reply = ask("GET", target, headers);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(target + ": " + reply.body, 200, reply.status);
  return Json::parse(reply.body);
}

std::string DirectApi::ids(const std::string& target, const bridge::HeaderList& headers) {
  const Json list = get(target, headers);
  CPPUNIT_ASSERT_MESSAGE(target, list.is_array());
  return ids_of(list);
}

bridge::Incoming incoming(const std::string& method, const std::string& target,
                          const bridge::HeaderList& headers, const std::string& body) {
  std::string bytes = method + ' ' + target + " HTTP/1.1\r\nHost: a\r\n";
  for (const auto& [name, value] : headers) bytes += name + ": " + value + "\r\n";
  bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  bridge::HttpParser parser;
  parser.feed(bytes);
  CPPUNIT_ASSERT_MESSAGE(bytes, parser.stage() == bridge::HttpParser::Stage::complete);
  bridge::Incoming request = parser.take();
  request.id = "request-id";
  return request;
}

Reply ask(const bridge::Api& api, const std::string& method, const std::string& target,
          const bridge::HeaderList& headers, const std::string& body) {
  return api.handle(incoming(method, target, headers, body));
}

std::string ids_of(const Json& list) {
  std::string text;
  for (std::size_t i = 0; i < list.size(); ++i)
    text += (i > 0 ? " " : "") + std::to_string(list.at(i).get("id").as_integer().value_or(-1));
  return text;
}

std::string header_of(const Reply& reply, const std::string& name) {
  for (const auto& [key, value] : reply.headers)
    if (key == name) return value;
  return {};
}

std::string message_of(const Reply& reply) {
  const Json body = Json::parse(reply.body);
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, body.size());
  CPPUNIT_ASSERT_MESSAGE(reply.body, body.get("Message").is_string());
  return body.get("Message").string_or("");
}

}  // namespace tests
