#include "bridge/api/api_docs.h"

#include <map>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "mappings/engine/json.h"

using bridge::ApiDocs;
using bridge::Reply;

namespace {
std::string header(const Reply& reply, const std::string& name) {
  for (const auto& [key, value] : reply.headers)
    if (key == name) return value;
  return {};
}

bridge::Incoming get(const std::string& path) {
  bridge::Incoming request;
  request.method = "GET";
  request.path = path;
  return request;
}

Reply ask(ApiDocs& docs, const std::string& path) {
  const bridge::Routes routes(docs.routes());
  return routes.handle(get(path));
}

// Files as a program has them that was built without Swagger UI, and with it.
const std::map<std::string_view, std::string_view> plain = {
    {"plain.html", "missing"}, {"swagger.html", "whole"}, {"docs.css", "body"}, {"docs.js", "run"}};

ApiDocs docs_of(std::map<std::string_view, std::string_view> files) {
  return ApiDocs([files = std::move(files)](std::string_view name) {
    const auto found = files.find(name);
    return found == files.end() ? std::string_view() : found->second;
  });
}
}  // namespace

class ApiDocsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ApiDocsTest);
  CPPUNIT_TEST(serves_the_document_to_everyone);
  CPPUNIT_TEST(without_swagger_the_page_says_what_is_missing);
  CPPUNIT_TEST(with_swagger_the_page_is_whole);
  CPPUNIT_TEST(nothing_is_taken_from_another_host);
  CPPUNIT_TEST(files_have_their_types_and_unknown_ones_are_404);
  CPPUNIT_TEST_SUITE_END();

 public:
  void serves_the_document_to_everyone() {
    ApiDocs docs;
    const Reply reply = ask(docs, "/openapi.json");
    CPPUNIT_ASSERT_EQUAL(200, reply.status);
    CPPUNIT_ASSERT_EQUAL(std::string("application/json; charset=utf-8"), header(reply, "Content-Type"));
    CPPUNIT_ASSERT(mappings::Json::parse(reply.body).get("paths").has("/requests/{id}"));
  }

  void without_swagger_the_page_says_what_is_missing() {
    ApiDocs docs = docs_of(plain);
    CPPUNIT_ASSERT_EQUAL(std::string("missing"), ask(docs, "/docs").body);
    CPPUNIT_ASSERT_EQUAL(404, ask(docs, "/docs/swagger-ui-bundle.js").status);
  }

  void with_swagger_the_page_is_whole() {
    auto files = plain;
    files["swagger-ui-bundle.js"] = "bundle";
    ApiDocs half = docs_of(files);
    CPPUNIT_ASSERT_EQUAL(std::string("missing"), ask(half, "/docs").body);
    files["swagger-ui.css"] = "css";
    ApiDocs docs = docs_of(files);
    CPPUNIT_ASSERT_EQUAL(std::string("whole"), ask(docs, "/docs").body);
    CPPUNIT_ASSERT_EQUAL(std::string("bundle"), ask(docs, "/docs/swagger-ui-bundle.js").body);
  }

  void nothing_is_taken_from_another_host() {
    ApiDocs docs;
    const Reply page = ask(docs, "/docs");
    CPPUNIT_ASSERT_EQUAL(200, page.status);
    CPPUNIT_ASSERT_EQUAL(std::string::npos, page.body.find("//"));
    const std::string policy = header(page, "Content-Security-Policy");
    for (const char* rule : {"default-src 'none'", "script-src 'self'", "connect-src 'self'"})
      CPPUNIT_ASSERT_MESSAGE(rule, policy.find(rule) != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::string::npos, policy.find("unsafe"));
    CPPUNIT_ASSERT_EQUAL(std::string::npos, policy.find("http"));
    // A script in the page itself would be refused by that policy.
    CPPUNIT_ASSERT_EQUAL(std::string::npos, page.body.find("<script>"));
    CPPUNIT_ASSERT_EQUAL(std::string::npos, page.body.find("style="));
  }

  void files_have_their_types_and_unknown_ones_are_404() {
    ApiDocs docs = docs_of(plain);
    CPPUNIT_ASSERT_EQUAL(std::string("text/css; charset=utf-8"),
                         header(ask(docs, "/docs/docs.css"), "Content-Type"));
    CPPUNIT_ASSERT_EQUAL(std::string("text/javascript; charset=utf-8"),
                         header(ask(docs, "/docs/docs.js"), "Content-Type"));
    for (const char* path : {"/docs/nothing", "/docs/plain.html", "/docs/package.json"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 404, ask(docs, path).status);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ApiDocsTest);
