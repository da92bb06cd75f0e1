#include "bridge/hooks/hook_call.h"

#include "bridge/drain/backoff.h"
#include "bridge/hooks/signature.h"
#include "connectors/engine/http_url.h"
#include "connectors/engine/retry_after.h"
#include "mappings/engine/json.h"

namespace bridge {

using connectors::HttpRequest;
using connectors::HttpResult;
using connectors::Outcome;
using connectors::Verdict;
using mappings::Json;

namespace {

// Some receivers count the bytes of a body without a charset twice.
constexpr const char* json_type = "application/json; charset=utf-8";
constexpr std::chrono::milliseconds base_wait{2'000}, longest_wait{600'000};

struct Meaning {
  const char* reason;
  Verdict verdict;
  bool whole;  // the receiver's fault, not this delivery's
};
Meaning meaning_of(int status) {
  switch (status) {
    case 401:
      return {"auth", Verdict::rejected, true};
    case 403:
      return {"forbidden", Verdict::rejected, true};
    case 404:
    case 405:
    case 410:
      return {"not_found", Verdict::rejected, true};
    case 408:
      return {"timeout", Verdict::retry, false};
    case 429:
      return {"rate_limited", Verdict::retry, true};
    default:
      break;
  }
  if (status >= 500) return {"server", Verdict::retry, false};
  // A redirect is not followed: where it leads has not been agreed on.
  if (status < 400) return {"not_an_answer", Verdict::retry, true};
  return {"invalid", Verdict::rejected, false};
}

HookAnswer judge(const HttpRequest& request, const HttpResult& result) {
  HookAnswer answer;
  Outcome& outcome = answer.outcome;
  outcome.calls.push_back({request.method, shown_url(request.url), result.answer.status, result.took});
  if (result.delivery != connectors::Delivery::answered) {
    outcome.verdict = result.delivery == connectors::Delivery::unknown ? Verdict::unknown : Verdict::retry;
    outcome.reason = result.reason;
    // The text of a fault of our own may repeat a part of the request.
    outcome.detail = result.reason == "internal" ? "" : result.detail;
    outcome.whole_desk = result.reason == "forbidden_address";
    return answer;
  }
  const int status = result.answer.status;
  if (status >= 200 && status < 300) return answer;
  const Meaning meaning = meaning_of(status);
  outcome.verdict = meaning.verdict;
  outcome.reason = meaning.reason;
  outcome.detail = "the receiver answered " + std::to_string(status);
  outcome.whole_desk = meaning.whole;
  if (const auto value = result.answer.header("Retry-After"))
    outcome.after = connectors::parse_retry_after(Json(*value), result.answer.header("Date").value_or(""));
  answer.gone = status == 410;
  return answer;
}

HttpRequest base_request(const HookConfig& hook, std::string url, std::string body) {
  HttpRequest request;
  request.method = "POST";
  request.url = std::move(url);
  request.headers = {{"Content-Type", json_type},
                     {"Accept", "application/json, text/plain;q=0.5, */*;q=0.1"}};
  request.body = std::move(body);
  request.deadline = hook.timeout;
  return request;
}

// Slack answers 200 and says in the body what went wrong.
HookAnswer judge_slack(const HttpRequest& request, const HttpResult& result, Json& said) {
  HookAnswer answer = judge(request, result);
  if (!answer.outcome.done()) return answer;
  try {
    said = Json::parse(result.answer.body);
  } catch (const mappings::JsonError&) {
  }
  if (said.get("ok").as_bool().value_or(false)) return answer;
  const std::string error = said.get("error").string_or("no JSON");
  Outcome& outcome = answer.outcome;
  outcome.verdict = Verdict::rejected;
  outcome.reason = error == "ratelimited" ? "rate_limited" : said.is_object() ? "invalid" : "not_an_answer";
  for (const char* word :
       {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope"})
    if (error == word) outcome.reason = "auth";
  for (const char* word : {"channel_not_found", "is_archived", "not_in_channel"})
    if (error == word) outcome.reason = "not_found";
  outcome.whole_desk = outcome.reason != "invalid";
  outcome.detail = "Slack says " + error.substr(0, 100);
  return answer;
}

}  // namespace

std::string answer_text(const Outcome& outcome) {
  if (!outcome.calls.empty() && outcome.calls.back().status != 0) {
    const auto& call = outcome.calls.back();
    std::string text = std::to_string(call.status) + " in " + std::to_string(call.took.count()) + " ms";
    if (!outcome.done() && call.status < 300) text += ": " + outcome.detail;
    return text;
  }
  return outcome.reason + (outcome.detail.empty() ? "" : ": " + outcome.detail);
}

std::chrono::milliseconds wait_before_next(int attempts, const HookAnswer& answer) {
  return retry_wait(attempts, base_wait, longest_wait, answer.outcome.after, random_number());
}

std::string shown_url(const std::string& text) {
  std::string problem;
  const auto url = connectors::parse_http_url(text, problem);
  return url ? std::string(url->tls ? "https://" : "http://") + url->authority() : "(no URL)";
}

HookAnswer post_to_url(const HookConfig& hook, const HookCall& call, const Exchange& exchange) {
  HttpRequest request = base_request(hook, hook.url.reveal(), call.body);
  request.headers.emplace_back("X-Countersign-Event", call.event);
  request.headers.emplace_back("X-Countersign-Delivery", call.id);
  request.headers.emplace_back("X-Countersign-Attempt", std::to_string(call.attempt));
  request.headers.emplace_back("X-Countersign-Timestamp", delivery_timestamp(call.now));
  if (const std::string signature = delivery_signature(hook.secrets, call.now, call.body); !signature.empty())
    request.headers.emplace_back("X-Countersign-Signature", signature);
  return judge(request, exchange(request));
}

HookAnswer post_to_slack(const HookConfig& hook, const HookCall& call, std::string& message,
                         const Exchange& exchange) {
  Json body = Json::parse(call.body);
  const auto space = message.find(' ');
  const bool update = space != std::string::npos;
  body.set("channel", update ? message.substr(0, space) : hook.slack_channel);
  if (update) body.set("ts", message.substr(space + 1));
  HttpRequest request =
      base_request(hook, hook.url.reveal() + (update ? "/chat.update" : "/chat.postMessage"), body.dump());
  request.headers.emplace_back("Authorization", "Bearer " + hook.slack_token.reveal());
  Json said;
  HookAnswer answer = judge_slack(request, exchange(request), said);
  const std::string error = said.get("error").string_or("");
  if (update && (error == "message_not_found" || error == "cant_update_message")) {
    // Somebody took it away: say it anew.
    message.clear();
    return post_to_slack(hook, call, message, exchange);
  }
  if (answer.outcome.done())
    message = said.get("channel").string_or(hook.slack_channel) + ' ' + said.get("ts").string_or("");
  return answer;
}

}  // namespace bridge
