#include "bridge/queue/remote_answer.h"

#include <algorithm>
#include <utility>

#include "mappings/engine/text.h"

namespace bridge {

using connectors::Delivery;
using connectors::HttpAnswer;
using connectors::HttpResult;
using connectors::Outcome;
using connectors::Verdict;
using mappings::cut_text;
using mappings::Json;

namespace {

constexpr std::size_t longest_detail = 300;

// What the queue says is wrong: {"Message": "..."}.
std::string message_of(const HttpAnswer& answer) {
  try {
    return Json::parse(answer.body).get("Message").string_or("");
  } catch (const mappings::JsonError&) {
    return {};
  }
}

// Nothing when it is not there or no number of at most `digits` digits.
std::optional<std::int64_t> number_of(const HttpAnswer& answer, const char* name, std::size_t digits) {
  const auto value = answer.header(name);
  if (!value || value->empty() || value->size() > digits) return std::nullopt;
  if (!std::all_of(value->begin(), value->end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  return std::stoll(*value);
}

std::optional<std::chrono::milliseconds> asked_wait(const HttpAnswer& answer) {
  for (const char* name : {"Retry-After", "X-RateLimit-Reset"})
    if (const auto seconds = number_of(answer, name, 7)) return std::chrono::seconds(*seconds);
  return std::nullopt;
}

}  // namespace

RateSaid rate_said(const HttpAnswer& answer) {
  RateSaid said;
  said.limit = number_of(answer, "X-RateLimit-Limit", 12);
  said.remaining = number_of(answer, "X-RateLimit-Remaining", 12);
  if (const auto seconds = number_of(answer, "X-RateLimit-Reset", 7))
    said.reset = std::chrono::seconds(*seconds);
  return said;
}

void judge(const HttpResult& result, bool writes, const std::string& url, Outcome& outcome) {
  const auto is = [&](Verdict verdict, const char* reason, const std::string& detail, bool whole_queue) {
    outcome.verdict = verdict;
    outcome.reason = reason;
    outcome.detail = cut_text(detail, longest_detail);
    outcome.whole_desk = whole_queue;
  };
  const Verdict in_doubt = writes ? Verdict::unknown : Verdict::retry;
  if (result.delivery != Delivery::answered) {
    const bool certain = result.delivery == Delivery::not_delivered;
    const bool down =
        result.reason == "refused_connection" || result.reason == "unresolved" || result.reason == "tls";
    return is(certain ? Verdict::retry : in_doubt, result.reason.c_str(), result.detail, down);
  }
  const int status = result.answer.status;
  if (status >= 200 && status < 300) return is(Verdict::done, "ok", "", false);
  const std::string message = message_of(result.answer);
  const std::string said = message.empty() ? "status " + std::to_string(status) : message;
  // A key of another data centre is answered like a wrong one, by some with 500.
  if (status == 401 || message == "Invalid API key")
    return is(Verdict::retry, "auth", key_refused_at(url), true);
  if (status == 403) return is(Verdict::retry, "forbidden", said, true);
  if (status == 404) return is(Verdict::rejected, "not_found", said, false);
  outcome.after = asked_wait(result.answer);
  if (status == 429 || (status == 503 && outcome.after))
    return is(Verdict::retry, "rate_limited", said, true);
  if (status >= 500) return is(in_doubt, "server", said, false);
  if (status < 400)
    return is(in_doubt, "not_an_answer", "redirected: status " + std::to_string(status), true);
  is(Verdict::rejected, "invalid", said, false);
}

void not_an_answer(const std::string& detail, Outcome& outcome) {
  outcome.verdict = Verdict::retry;
  outcome.reason = "not_an_answer";
  outcome.detail = cut_text(detail, longest_detail);
  outcome.whole_desk = true;
}

std::string key_refused_at(const std::string& url) {
  const auto scheme = url.find("://");
  const auto from = scheme == std::string::npos ? 0 : scheme + 3;
  const std::string host = url.substr(from, url.find_first_of("/?#", from) - from);
  return "the queue does not take the key: it is a wrong key, or the key of a tenant in another data centre "
         "than " +
         host +
         " (both look the same). dc1api EU, dc2api US East, dc3api UK, dc4api Germany, dc5api US West, "
         "dc6api Asia, each .adminbyrequest.com";
}

std::optional<std::int64_t> mark_from(std::optional<double> ticks) noexcept {
  if (!ticks || !(*ticks >= 0 && *ticks < 9e18)) return std::nullopt;
  // A double of this size is at most 64 ticks away from what was sent.
  constexpr std::int64_t step = 1000, off = 64;
  const auto given = static_cast<std::int64_t>(*ticks);
  const std::int64_t below = given / step * step;
  return given - below >= step - off ? below + step : below;
}

}  // namespace bridge
