#include "connectors/engine/recorded_desk.h"

namespace connectors {

using mappings::Json;

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// {get: path, query: {...}, headers: {...}, body: ...}, as a test writes it. The path stays encoded.
Json shown(const HttpRequest& request) {
  const auto origin = request.url.find('/', request.url.find("//") + 2);
  const std::string target = origin == std::string::npos ? "/" : request.url.substr(origin);
  const auto mark = target.find('?');
  Json query = Json::object();
  for (std::size_t at = mark; at < target.size();) {
    const auto end = std::min(target.find('&', at + 1), target.size());
    const std::string pair = target.substr(at + 1, end - at - 1);
    const auto equal = pair.find('=');
    query.set(decoded(pair.substr(0, equal)),
              decoded(equal == std::string::npos ? "" : pair.substr(equal + 1)));
    at = end;
  }
  std::string method = request.method;
  for (char& c : method) c = static_cast<char>(c | 0x20);
  Json headers = Json::object();
  for (const auto& [name, value] : request.headers) headers.set(name, value);
  Json result = Json::object({{method, target.substr(0, mark)}, {"query", query}, {"headers", headers}});
  if (!request.body.empty()) result.set("body", Json::parse(request.body));
  return result;
}

}  // namespace

std::string difference(const Json& wanted, const Json& actual, const std::string& path) {
  if (wanted.is_object() && wanted.size() == 1 && wanted.get("contains").is_string()) {
    if (actual.string_or("").find(wanted.get("contains").string_or("")) != std::string::npos) return {};
    return path + ": " + actual.dump() + " does not contain " + wanted.get("contains").dump();
  }
  if (wanted.is_object() && wanted.size() == 1 && wanted.get("absent").is_bool())
    return actual.is_null() ? "" : path + ": is there: " + actual.dump();
  if (wanted.is_object() && actual.is_object()) {
    for (const std::string& key : wanted.keys()) {
      std::string inner = difference(wanted.get(key), actual.get(key), path.empty() ? key : path + "." + key);
      if (!inner.empty()) return inner;
    }
    return {};
  }
  if (wanted.is_array() && actual.is_array() && wanted.size() == actual.size()) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      std::string inner = difference(wanted.at(i), actual.at(i), path + "[" + std::to_string(i) + "]");
      if (!inner.empty()) return inner;
    }
    return {};
  }
  return wanted == actual ? "" : path + ": wanted " + wanted.dump() + ", got " + actual.dump();
}

HttpResult RecordedDesk::exchange(const HttpRequest& request) {
  HttpResult result;
  if (next_ >= exchanges_.size()) {
    if (problem_.empty()) problem_ = "one more request was sent than recorded: " + shown(request).dump();
    result.reason = "internal";
    return result;
  }
  const Json recorded = exchanges_.at(next_++);
  const std::string wrong = difference(recorded.get("request"), shown(request), "");
  if (problem_.empty() && !wrong.empty()) problem_ = "request " + std::to_string(next_) + ", " + wrong;
  if (const auto reason = recorded.get("not_delivered").as_string()) {
    result.reason = *reason;
    return result;
  }
  if (const auto reason = recorded.get("lost").as_string()) {
    result.delivery = Delivery::unknown;
    result.reason = *reason;
    return result;
  }
  const Json answer = recorded.get("answer");
  result.delivery = Delivery::answered;
  result.answer.status = static_cast<int>(answer.get("status").as_integer().value_or(200));
  const Json headers = answer.get("headers");
  for (const std::string& name : headers.keys())
    result.answer.headers.emplace_back(name, headers.get(name).string_or(""));
  if (const auto text = answer.get("text").as_string()) {
    result.answer.body = *text;
  } else if (answer.has("json")) {
    result.answer.headers.emplace_back("Content-Type", "application/json");
    result.answer.body = answer.get("json").dump();
  }
  return result;
}

std::string RecordedDesk::problem() const {
  if (!problem_.empty() || next_ == exchanges_.size()) return problem_;
  return "only " + std::to_string(next_) + " of " + std::to_string(exchanges_.size()) +
         " recorded requests were sent";
}

}  // namespace connectors
