#include "connectors/engine/http_exchange.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <csignal>

#include "connectors/engine/http_answer.h"
#include "connectors/engine/http_connection.h"
#include "connectors/engine/http_pool.h"
#include "connectors/engine/http_resolver.h"
#include "connectors/engine/http_url.h"
#include "mappings/engine/text.h"

namespace connectors {

using mappings::equal_ignoring_case;

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::hours longest_deadline{24};

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool has_field(const HttpRequest& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [name](const auto& field) { return equal_ignoring_case(field.first, name); });
}

// Nothing, or why the request cannot be put on the wire.
const char* write_request(const HttpRequest& request, const HttpUrl& url, std::string& wire) {
  if (!is_token(request.method)) return "the method is not a word";
  wire.reserve(request.body.size() + 512);
  wire.append(request.method).append(" ").append(url.target).append(" HTTP/1.1\r\nHost: ");
  wire.append(url.authority()).append("\r\n");
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return "a header's name is not a word";
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
      return "a header's value holds a line break";
    for (const char* ours : {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect"})
      if (equal_ignoring_case(name, ours)) return "a header is given that the client writes itself";
    wire.append(name).append(": ").append(value).append("\r\n");
  }
  if (!has_field(request, "Accept-Encoding")) wire.append("Accept-Encoding: identity\r\n");
  if (!has_field(request, "User-Agent")) wire.append("User-Agent: countersign\r\n");
  const bool bodyless = request.method == "GET" || request.method == "HEAD" || request.method == "DELETE";
  if (!bodyless || !request.body.empty())
    wire.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  wire.append("\r\n").append(request.body);
  return nullptr;
}

}  // namespace

struct HttpClient::State {
  State(TlsSettings tls, Limits with, AddressVeto vetoes)
      : limits(with),
        veto(std::move(vetoes)),
        trust(std::move(tls)),
        pool(with.max_idle, with.max_idle_per_origin) {}

  struct Attempt {
    bool answered = false;
    bool began = false;  // a byte of the answer came
    std::size_t sent = 0;
    Fault fault;
  };
  Attempt run(HttpConnection& connection, std::string_view wire, HttpAnswerReader& reader,
              const Until& until);
  void perform(const HttpRequest& request, Clock::time_point until, HttpResult& result);

  const Limits limits;
  const AddressVeto veto;
  StopSignal stop;
  std::atomic<bool> stopped{false};
  TlsTrust trust;
  HttpResolver resolver;
  HttpPool pool;
};

HttpClient::State::Attempt HttpClient::State::run(HttpConnection& connection, std::string_view wire,
                                                  HttpAnswerReader& reader, const Until& until) {
  Attempt attempt;
  const auto sent = connection.send(wire, attempt.sent, until, attempt.fault);
  // A peer that refuses a large body may answer and close before it has read everything: look for that.
  const bool broken = sent == HttpConnection::Sent::failed;
  if (broken && (attempt.fault.reason != "connection_lost" || attempt.sent == 0)) return attempt;
  char buffer[16 << 10];
  for (;;) {
    Fault fault;
    const int n = connection.receive(buffer, sizeof buffer, until, fault);
    if (n < 0) {
      if (!broken) attempt.fault = std::move(fault);
      break;
    }
    const auto state = n == 0 ? reader.end() : reader.take({buffer, static_cast<std::size_t>(n)});
    if (state == HttpAnswerReader::State::more) continue;
    attempt.answered = state == HttpAnswerReader::State::done;
    if (!attempt.answered && !(broken && n == 0)) {
      attempt.fault.detail = reader.problem();
      attempt.fault.reason = n == 0                                        ? "connection_lost"
                             : state == HttpAnswerReader::State::too_large ? "too_large"
                                                                           : "not_an_answer";
    }
    break;
  }
  attempt.began = reader.began();
  return attempt;
}

void HttpClient::State::perform(const HttpRequest& request, Clock::time_point at, HttpResult& result) {
  const auto url = parse_http_url(request.url, result.detail);
  result.reason = "internal";
  if (!url) return;
  std::string wire;
  if (const char* problem = write_request(request, *url, wire)) {
    result.detail = problem;
    return;
  }
  const Until until{at, stop};
  const std::string origin = url->origin();
  const bool safe = request.method == "GET" || request.method == "HEAD";
  std::unique_ptr<HttpConnection> connection = pool.take(origin);
  bool reused = connection != nullptr;
  bool left_us = false;
  for (;;) {
    Fault fault;
    if (!connection) connection = HttpConnection::open(*url, trust, resolver, veto, until, fault);
    if (!connection) {
      result.delivery = left_us ? Delivery::unknown : Delivery::not_delivered;
      result.reason = std::move(fault.reason);
      result.detail = std::move(fault.detail);
      return;
    }
    HttpAnswerReader reader(request.method == "HEAD", limits.max_answer_bytes);
    Attempt attempt = run(*connection, wire, reader, until);
    if (attempt.answered) {
      result.delivery = Delivery::answered;
      result.reason.clear();
      result.detail.clear();
      if (attempt.sent == wire.size() && reader.keeps_connection() && !stopped) {
        const auto keep = reader.keep_alive().value_or(std::chrono::seconds(0));
        pool.put(origin, std::move(connection), keep);
      }
      result.answer = std::move(reader.answer());
      return;
    }
    connection.reset();
    left_us = left_us || attempt.sent > 0;
    // The peer closed an idle connection just as we took it.
    if (reused && !attempt.began && attempt.fault.reason == "connection_lost" &&
        (safe || attempt.sent == 0)) {
      reused = false;
      continue;
    }
    result.delivery = left_us ? Delivery::unknown : Delivery::not_delivered;
    result.reason = std::move(attempt.fault.reason);
    result.detail = origin + ": " + attempt.fault.detail;
    return;
  }
}

HttpClient::HttpClient(TlsSettings tls) : HttpClient(std::move(tls), Limits()) {}

HttpClient::HttpClient(TlsSettings tls, Limits limits, AddressVeto veto)
    : state_(std::make_unique<State>(std::move(tls), limits, std::move(veto))) {
  // A TLS socket writes without MSG_NOSIGNAL: a peer that has gone must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
}

HttpClient::~HttpClient() {
  stop();
}

HttpResult HttpClient::exchange(const HttpRequest& request) {
  const auto start = Clock::now();
  HttpResult result;
  try {
    if (state_->stopped) {
      result.reason = "stopped";
      result.detail = "the bridge is stopping";
    } else {
      state_->perform(
          request, start + std::min<std::chrono::milliseconds>(request.deadline, longest_deadline), result);
    }
  } catch (const std::exception& e) {
    result.delivery = Delivery::unknown;
    result.reason = "internal";
    result.detail = e.what();
  }
  result.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
  return result;
}

void HttpClient::stop() {
  state_->stopped = true;
  state_->stop.raise();
  state_->resolver.stop();
  state_->pool.clear();
}

}  // namespace connectors
