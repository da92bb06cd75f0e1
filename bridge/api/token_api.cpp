#include "bridge/api/token_api.h"

#include <map>
#include <optional>

#include "bridge/access/basic_auth.h"
#include "bridge/api/http_answer.h"
#include "bridge/api/http_target.h"
#include "mappings/engine/json.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;

namespace {
Reply uncached(Reply reply) {
  reply.headers.emplace_back("Cache-Control", "no-store");
  reply.headers.emplace_back("Pragma", "no-cache");
  return reply;
}

Reply oauth_error(const std::string& word) {
  return uncached(json_reply(400, R"({"error":")" + word + R"("})"));
}

bool is_form(const Incoming& request) {
  const std::string type = request.header("Content-Type").value_or("");
  return equal_ignoring_case(
      mappings::trimmed(std::string_view(type).substr(0, type.find(';')), mappings::http_blanks),
      "application/x-www-form-urlencoded");
}

// Nothing when it is none, or says a thing twice.
std::optional<std::map<std::string, std::string>> form_of(const std::string& body) {
  std::string text = "/?";
  for (const char c : body) text += c == '+' ? "%20" : std::string(1, c);
  const auto target = parse_target(text);
  if (!target) return std::nullopt;
  std::map<std::string, std::string> form;
  for (const auto& [name, value] : target->query)
    if (!form.emplace(name, value).second) return std::nullopt;
  return form;
}

struct Client {
  std::string id, secret;
};

// Nothing: there is none, or more than one, or half of one.
std::optional<Client> client_of(const Incoming& request, const std::map<std::string, std::string>& form) {
  std::optional<Client> found;
  const auto text = [&](const char* name) {
    const auto at = form.find(name);
    return at == form.end() ? std::string() : at->second;
  };
  if (form.contains("client_id") || form.contains("client_secret"))
    found = Client{text("client_id"), text("client_secret")};
  for (const auto& [name, value] : request.headers) {
    const bool key = equal_ignoring_case(name, "apikey");
    if (!key && !equal_ignoring_case(name, "Authorization")) continue;
    const auto basic = key ? std::nullopt : basic_credentials(value);
    if (found || !basic) return std::nullopt;
    found = Client{basic->user, basic->password};
  }
  return found;
}

Reply token_reply(const Access::Token& token) {
  std::string body = R"({"access_token":")" + token.text + R"(","expires_in":)" +
                     std::to_string(token.lifetime.count()) + R"(,"token_type":"Bearer","scope":")" +
                     token.scope + '"';
  if (!token.permissions.empty()) {
    body += R"(,"permissions":[)";
    for (const std::string& permission : token.permissions) {
      if (body.back() != '[') body += ',';
      mappings::append_quoted(body, permission);
    }
    body += ']';
  }
  return uncached(json_reply(200, body + '}'));
}

Reply give(Access& access, const Incoming& request) {
  const auto form = is_form(request) ? form_of(request.body) : std::nullopt;
  if (!form || !form->contains("grant_type")) return oauth_error("invalid_request");
  if (form->at("grant_type") != "client_credentials") return oauth_error("unsupported_grant_type");
  const auto client = client_of(request, *form);
  if (!client)
    throw Refused(ErrorCode::unauthorized, Door::token,
                  {"", access.address_of(visit_of(request)), "no client's id and secret, or two", "", ""});
  const auto scope = form->find("scope");
  try {
    return token_reply(access.issue_token(visit_of(request), client->id, client->secret,
                                          scope == form->end() ? std::string() : scope->second));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_request) throw;
    return oauth_error("invalid_scope");
  }
}
}  // namespace

Route token_route(Access& access) {
  return {"POST",
          "/connect/token",
          Right::open,
          "A bearer token for a client's id and secret (OAuth 2.0 client credentials).",
          [&access](const Call& call) { return give(access, call.request); },
          true,
          std::size_t{16} << 10};
}

}  // namespace bridge
