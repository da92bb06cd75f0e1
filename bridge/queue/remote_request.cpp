#include "bridge/queue/remote_request.h"

#include <vector>

#include "mappings/engine/request_shape.h"

namespace bridge {

using mappings::Json;

namespace {

int status_code_of(const Json& given) {
  const auto code = given.get("statusCode").as_integer();
  const std::string word = given.get("status").string_or("");
  for (const mappings::CodedWord& row : mappings::request_statuses())
    if (code ? *code == row.code : row.word == word) return row.code;
  return -1;
}

}  // namespace

std::optional<RemoteRequest> read_standing(const Json& given) {
  const auto id = given.get("id").as_integer();
  if (!id || *id < 0) return std::nullopt;
  RemoteRequest request;
  request.id = *id;
  request.status_code = status_code_of(given);
  request.approved_by = given.get("approvedBy").string_or("");
  request.approved_by_email = given.get("approvedByEmail").string_or("");
  request.denied_by = given.get("deniedBy").string_or("");
  request.denied_by_email = given.get("deniedByEmail").string_or("");
  request.denied_reason = given.get("deniedReason").string_or("");
  return request;
}

std::optional<RemoteRequest> read_remote_request(const Json& given) {
  auto request = read_standing(given);
  if (!request) return request;
  std::vector<std::string> problems;
  Json whole = mappings::complete_request(given, problems);
  if (!problems.empty()) whole = given;
  if (const Json scans = whole.get("scanResults"); scans.is_array()) request->scan_results = scans.dump();
  whole.set("scanResults", Json::array());
  request->body = whole.dump();
  return request;
}

}  // namespace bridge
