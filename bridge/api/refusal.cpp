#include "bridge/api/refusal.h"

#include "bridge/api/http_answer.h"

namespace bridge {

Reply refusal_reply(Door door, int status) {
  const bool unknown = status == 401;
  Reply reply;
  std::string challenge;
  switch (door) {
    case Door::none:
    case Door::api_key:
      reply = message_reply(status, unknown ? "Invalid API key" : "Not allowed");
      challenge = R"(Basic realm="countersign")";
      break;
    case Door::rest_key:
      reply = json_reply(
          status,
          unknown
              ? R"({"code":"ISM_4001","description":"Unauthorized","message":["Invalid API key, or not one for this host"],"help":""})"
              : R"({"code":"ISM_4003","description":"Forbidden","message":["The role does not allow this"],"help":""})");
      challenge = R"(rest_api_key realm="countersign")";
      break;
    case Door::bearer:
      reply = json_reply(
          status, unknown
                      ? R"({"data":null,"status":"FAILED","message":"Unauthorized","validationMessages":[]})"
                      : R"({"data":null,"status":"FAILED","message":"Forbidden","validationMessages":[]})");
      challenge = R"(Bearer realm="countersign", error="invalid_token")";
      break;
    case Door::token:
      reply = json_reply(status, R"({"error":"invalid_client"})");
      challenge = R"(Basic realm="countersign")";
      break;
  }
  if (door == Door::token)
    for (const auto& [name, value] :
         {std::pair("Cache-Control", "no-store"), std::pair("Pragma", "no-cache")})
      reply.headers.emplace_back(name, value);
  if (unknown) reply.headers.emplace_back("WWW-Authenticate", challenge);
  return reply;
}

}  // namespace bridge
