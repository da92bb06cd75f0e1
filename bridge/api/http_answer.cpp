#include "bridge/api/http_answer.h"

#include <ctime>

#include "bridge/api/http_target.h"
#include "mappings/engine/json.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;

namespace {
// A body of so many bytes takes the header in front, which moves it once, and only where its string has no
// room left to a larger one.
constexpr std::size_t large_body = 64u << 10;

std::string_view phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

// Formatted once a second on each thread.
std::string_view date() {
  static thread_local std::time_t shown = 0;
  static thread_local char text[40];
  const std::time_t now = std::time(nullptr);
  if (now != shown) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    shown = now;
  }
  return text;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(byte < 0x20 || byte == 0x7f ? ' ' : c);
  }
  out.append("\r\n");
}

bool is_ours(std::string_view name) {
  for (std::string_view ours : {"Content-Length", "Date", "Connection", "Transfer-Encoding", "X-Request-Id"})
    if (equal_ignoring_case(name, ours)) return true;
  return false;
}
}  // namespace

Reply json_reply(int status, std::string json) {
  Reply reply;
  reply.status = status;
  reply.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
  reply.body = std::move(json);
  return reply;
}

Reply message_reply(int status, std::string_view message) {
  std::string body = "{\"Message\":";
  mappings::append_quoted(body, message);
  body.push_back('}');
  return json_reply(status, std::move(body));
}

std::string write_answer(Reply reply, const AnswerForm& form) {
  const bool bodiless = reply.status == 204 || reply.status == 304;
  const bool with_body = !bodiless && !form.head_only;
  const bool large = with_body && reply.body.size() >= large_body;
  std::string out;
  out.reserve(320 + (large ? 0 : reply.body.size()));
  out.append("HTTP/1.1 ").append(std::to_string(reply.status)).append(" ").append(phrase(reply.status));
  out.append("\r\n");
  append_field(out, "Date", date());
  for (const auto& [name, value] : reply.headers)
    if (!is_ours(name)) append_field(out, name, value);
  if (!form.id.empty()) append_field(out, "X-Request-Id", form.id);
  if (!bodiless) append_field(out, "Content-Length", std::to_string(reply.body.size()));
  append_field(out, "Connection", form.keep_alive ? "keep-alive" : "close");
  out.append("\r\n");
  if (large) return std::move(reply.body.insert(0, out));
  if (with_body) out.append(reply.body);
  return out;
}

}  // namespace bridge
