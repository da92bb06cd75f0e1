#include "bridge/api/api_docs.h"

#include "bridge/api/http_answer.h"
#include "bridge/api/openapi.h"
#include "bridge/ops/error.h"
#include "embedded/docs.h"

namespace bridge {

namespace {
// Made at the first call: it takes some milliseconds, and most runs of the program never need it.
const std::string& document() {
  static const std::string text = openapi_document(COUNTERSIGN_VERSION).dump();
  return text;
}

Reply from_here_only(std::string_view text, const char* type, const char* kept) {
  return {200,
          {{"Content-Type", type},
           {"Cache-Control", kept},
           {"X-Content-Type-Options", "nosniff"},
           {"X-Frame-Options", "DENY"},
           {"Referrer-Policy", "no-referrer"},
           // Swagger UI sets styles on elements; scripts are files of this host alone.
           {"Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}},
          std::string(text),
          false};
}

const char* type_of(std::string_view name) {
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  return "text/plain; charset=utf-8";
}
}  // namespace

ApiDocs::ApiDocs() : ApiDocs([](std::string_view name) { return embedded::docs(name); }) {}

std::vector<Route> ApiDocs::routes() {
  return {
      {"GET", "/openapi.json", Right::open, "The OpenAPI 3.1 document of this API.",
       [](const Call&) { return json_reply(200, document()); }, true},
      {"GET", "/docs", Right::open, "That document as a page to try it on.",
       [this](const Call&) { return page(); }, true},
      {"GET", "/docs/{file}", Right::open, "A part of that page.",
       [this](const Call& call) { return file(call.parts.at(0)); }, true},
  };
}

Reply ApiDocs::page() const {
  const bool whole = !files_("swagger-ui-bundle.js").empty() && !files_("swagger-ui.css").empty();
  return from_here_only(files_(whole ? "swagger.html" : "plain.html"), "text/html; charset=utf-8",
                        "no-cache");
}

Reply ApiDocs::file(const std::string& name) const {
  const std::string_view text = files_(name);
  if (text.empty() || name.ends_with(".html")) throw Error(ErrorCode::not_found, "There is no such file");
  return from_here_only(text, type_of(name), "max-age=3600");
}

}  // namespace bridge
