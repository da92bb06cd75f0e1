#include "bridge/siem/splunk_sink.h"

#include <algorithm>
#include <random>

#include "connectors/engine/retry_after.h"
#include "mappings/engine/json.h"
#include "mappings/engine/text.h"

namespace bridge {

using connectors::HttpResult;
using connectors::Verdict;
using mappings::cut_text;
using mappings::Json;
using namespace std::chrono_literals;

namespace {

constexpr auto first_pause = 100ms, longest_pause = 2000ms;
constexpr int acknowledgement_off = 14;  // "ACK is disabled"

// A UUID of version 4: the channel whose acknowledgements are ours.
std::string random_channel() {
  std::random_device random;
  std::string text;
  for (int i = 0; i < 32; ++i) {
    unsigned digit = random() & 15u;
    if (i == 12) digit = 4;
    if (i == 16) digit = 8 | (digit & 3u);
    if (i == 8 || i == 12 || i == 16 || i == 20) text += '-';
    text += "0123456789ABCDEF"[digit];
  }
  return text;
}

std::string seconds_text(Time time) {
  const std::int64_t micros = to_micros(time);
  std::string fraction = std::to_string(micros % 1'000'000);
  return std::to_string(micros / 1'000'000) + '.' + std::string(6 - fraction.size(), '0') + fraction;
}

Json parsed(const std::string& body) {
  try {
    return Json::parse(body);
  } catch (const mappings::JsonError&) {
    return {};
  }
}

}  // namespace

SplunkSink::SplunkSink(SiemConfig::Splunk config, std::chrono::milliseconds timeout,
                       const std::string& ca_file)
    : config_(std::move(config)),
      timeout_(timeout),
      channel_(random_channel()),
      hostname_(own_hostname()),
      http_(connectors::TlsSettings{ca_file}) {}

HttpResult SplunkSink::post(const std::string& path, std::string body) {
  connectors::HttpRequest request;
  request.method = "POST";
  request.url = config_.url + path;
  request.headers = {{"Authorization", "Splunk " + config_.token.reveal()},
                     {"Content-Type", "application/json; charset=utf-8"},
                     {"X-Splunk-Request-Channel", channel_}};
  request.body = std::move(body);
  request.deadline = timeout_;
  return http_.exchange(request);
}

// What Splunk says of an answer, without what could be a secret in it.
std::string SplunkSink::said(const std::string& body) const {
  const Json answer = parsed(body);
  std::string text = cut_text(answer.get("text").string_or(""), 200);
  const std::string& token = config_.token.reveal();
  for (auto at = text.find(token); !token.empty() && at != std::string::npos; at = text.find(token))
    text.replace(at, token.size(), "***");
  if (text.empty()) return "";
  const auto code = answer.get("code").as_integer();
  return ": " + text + (code ? " (code " + std::to_string(*code) + ')' : "");
}

SiemSink::Sent SplunkSink::judge(const HttpResult& result) const {
  if (result.delivery != connectors::Delivery::answered)
    return {siem_failure(result.delivery == connectors::Delivery::unknown ? Verdict::unknown : Verdict::retry,
                         result.reason,
                         // The text of a fault of our own may repeat a part of the request.
                         result.reason == "internal" ? "" : result.detail)};
  const int status = result.answer.status;
  if (status == 200) {
    if (parsed(result.answer.body).get("code").as_integer().value_or(0) == 0 &&
        parsed(result.answer.body).is_object())
      return {};
    return {siem_failure(Verdict::unknown, "not_an_answer", "200, but not as Splunk answers")};
  }
  const char* reason = status == 401   ? "auth"
                       : status == 403 ? "auth"
                       : status == 404 ? "not_found"
                       : status == 429 ? "rate_limited"
                       : status >= 500 ? "server"
                       : status >= 400 ? "invalid"
                                       : "not_an_answer";
  Sent sent{siem_failure(status >= 500 || status == 429 ? Verdict::retry : Verdict::rejected, reason,
                         "Splunk answered " + std::to_string(status) + said(result.answer.body)),
            status == 413, true};
  if (const auto after = result.answer.header("Retry-After"))
    sent.outcome.after =
        connectors::parse_retry_after(Json(*after), result.answer.header("Date").value_or(""));
  return sent;
}

SiemSink::Sent SplunkSink::send(const std::vector<SiemEvent>& events, Time now) {
  std::string common = ",\"source\":\"countersign\",\"sourcetype\":";
  mappings::append_quoted(common, config_.sourcetype);
  if (!hostname_.empty()) mappings::append_quoted(common.append(",\"host\":"), cut_text(hostname_, 255));
  if (!config_.index.empty()) mappings::append_quoted(common.append(",\"index\":"), config_.index);
  const auto body = [&](bool brief) {
    std::string text;
    for (const SiemEvent& event : events)
      text += "{\"time\":" + seconds_text(event.row.entry.at) + common +
              ",\"event\":" + event_json(event, brief) + "}\n";
    return text;
  };
  HttpResult result = post("/services/collector/event", body(false));
  Sent sent = judge(result);
  if (sent.too_much && events.size() == 1) {
    result = post("/services/collector/event", body(true));
    sent = judge(result);
  }
  if (!sent.outcome.done()) return sent;
  told_ = "Splunk answered 200" + said(result.answer.body);
  acknowledged_ = false;
  Waiting waiting{std::nullopt, now};
  if (config_.acknowledge) {
    waiting.acknowledgement = parsed(result.answer.body).get("ackId").as_integer();
    unacknowledged_ = !waiting.acknowledgement;
  }
  pause_ = waiting.acknowledgement || !waiting_.empty() ? first_pause : 0ms;
  next_question_ = waiting_.empty() ? now + pause_ : std::min(next_question_, now + pause_);
  waiting_.push_back(waiting);
  return sent;
}

std::size_t SplunkSink::take_arrived() {
  std::size_t arrived = 0;
  for (; !waiting_.empty() && !waiting_.front().acknowledgement; ++arrived) waiting_.pop_front();
  return arrived;
}

HttpResult SplunkSink::ask_for_acknowledgements() {
  std::string wanted;
  for (const Waiting& one : waiting_)
    if (one.acknowledgement) wanted += (wanted.empty() ? "" : ",") + std::to_string(*one.acknowledgement);
  return post("/services/collector/ack?channel=" + channel_, "{\"acks\":[" + wanted + "]}");
}

SiemSink::Arrived SplunkSink::confirm(Time now) {
  if (const std::size_t arrived = take_arrived(); arrived > 0) return {arrived, {}};
  if (waiting_.empty() || now < next_question_) return {};
  const HttpResult result = ask_for_acknowledgements();
  const Sent answer = judge(result);
  const Json body = parsed(result.answer.body);
  const bool off = answer.outcome.reason == "invalid" && body.get("code").as_integer() == acknowledgement_off;
  unacknowledged_ = unacknowledged_ || off;
  bool news = off;
  for (Waiting& one : waiting_) {
    if (!one.acknowledgement) continue;
    // Splunk says so once: a batch behind one that is still awaited is not asked for again.
    const bool is_there =
        answer.outcome.done() &&
        body.get("acks").get(std::to_string(*one.acknowledgement)).as_bool().value_or(false);
    acknowledged_ = acknowledged_ || is_there;
    if (!is_there && !off) continue;
    one.acknowledgement.reset();
    news = true;
  }
  const std::size_t arrived = take_arrived();
  if (answer.outcome.reason == "stopped") return {arrived, answer.outcome};
  if (!waiting_.empty() && now - waiting_.front().sent >= config_.acknowledge_within) {
    const std::string last = answer.outcome.done() ? "not yet" : answer.outcome.detail;
    return {arrived, siem_failure(Verdict::unknown, "timeout",
                                  "the indexer has not acknowledged in time; last answer: " + last)};
  }
  pause_ = news ? first_pause : std::min<std::chrono::milliseconds>(pause_ * 2, longest_pause);
  next_question_ = now + std::max(pause_, answer.outcome.after.value_or(0ms));
  return {arrived, {}};
}

std::string SplunkSink::told() const {
  return told_ + (acknowledged_ ? ", and the indexer has acknowledged the event" : "");
}

std::string SplunkSink::remark() const {
  return unacknowledged_
             ? "the token has no indexer acknowledgement: an event counts when the collector took it"
             : "";
}

}  // namespace bridge
