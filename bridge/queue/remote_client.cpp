#include "bridge/queue/remote_client.h"

#include <utility>

#include "bridge/queue/remote_answer.h"
#include "mappings/engine/json_splice.h"

namespace bridge {

namespace {

using connectors::Delivery;
using connectors::HttpResult;
using connectors::Outcome;
using connectors::percent_encode;
using connectors::Result;
using connectors::Verdict;
using mappings::Json;

constexpr const char* no_json = "what came is not JSON: does the url lead to the API?";

std::optional<Json> parsed(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const mappings::JsonError&) {
    return std::nullopt;
  }
}

std::string text_in(const std::optional<std::string_view>& member) {
  const auto value = member ? parsed(*member) : std::nullopt;
  return value ? value->string_or("") : "";
}

std::optional<double> number_in(const std::optional<std::string_view>& member) {
  const auto value = member ? parsed(*member) : std::nullopt;
  return value ? value->as_number() : std::nullopt;
}

class HttpRemoteQueueApi final : public RemoteQueueApi {
 public:
  HttpRemoteQueueApi(std::string url, Secret key, connectors::HttpClient& http, RateHeard heard,
                     std::chrono::milliseconds deadline)
      : url_(std::move(url)),
        key_(std::move(key)),
        http_(http),
        heard_(std::move(heard)),
        deadline_(deadline) {
    while (!url_.empty() && url_.back() == '/') url_.pop_back();
  }

  Result<std::vector<RemoteRequest>> pending(std::int64_t start_id, int take) override {
    Result<std::vector<RemoteRequest>> result;
    const std::string query = "status=pending&wantscandetails=1&startid=" + std::to_string(start_id) +
                              "&take=" + std::to_string(take);
    const auto list = get_text("/requests", query, result.outcome);
    if (!list) {
      // The list is always there: a refusal of it is the url's fault, not that of a request.
      if (result.outcome.verdict == Verdict::rejected) not_an_answer(result.outcome.detail, result.outcome);
      return result;
    }
    std::vector<RemoteRequest> page;
    const bool good = each_of(*list, "the list of requests", result.outcome, [&](const Json& given) {
      auto request = read_remote_request(given);
      if (!request) {
        not_an_answer("a request of the list has no id", result.outcome);
        return false;
      }
      // The pages are followed by id: one that does not go on would be followed for ever.
      if (request->id < start_id || (!page.empty() && request->id <= page.back().id)) {
        not_an_answer("the list of requests is not in the order of ids, or ignores startid", result.outcome);
        return false;
      }
      page.push_back(std::move(*request));
      return true;
    });
    if (good) result.value = std::move(page);
    return result;
  }

  Result<RemoteRequest> read(std::int64_t id) override {
    Result<RemoteRequest> result;
    const auto given = get("/requests/" + std::to_string(id), "wantscandetails=1", result.outcome);
    if (!given) return result;
    auto request = read_remote_request(*given);
    if (request && request->id == id)
      result.value = std::move(*request);
    else
      not_an_answer(request ? "asked for request " + std::to_string(id) + ", got another one"
                            : "asked for request " + std::to_string(id) + ", got something else",
                    result.outcome);
    return result;
  }

  Result<RemoteChanges> changes(std::optional<std::int64_t> since) override {
    Result<RemoteChanges> result;
    const auto given =
        get_text("/auditlog/delta", since ? "deltaTime=" + std::to_string(*since) : "", result.outcome);
    if (!given) return result;
    auto entries = mappings::member_text(*given, "entries");
    auto now = number_in(mappings::member_text(*given, "timeNow"));
    std::string dumped;
    if (!entries || !now) {
      // Behind a name with escapes only a whole read finds them.
      const auto whole = parsed(*given);
      if (whole && whole->has("entries")) entries = dumped = whole->get("entries").dump();
      if (whole) now = whole->get("timeNow").as_number();
    }
    const auto mark = mark_from(now);
    if (!entries || !mark) {
      not_an_answer("the list of changes has no entries or no timeNow", result.outcome);
      return result;
    }
    RemoteChanges changes;
    changes.as_of = *mark;
    const bool good =
        each_of(*entries, "entries of the list of changes", result.outcome, [&](const Json& entry) {
          if (auto standing = read_standing(entry)) changes.entries.push_back(std::move(*standing));
          return true;
        });
    if (good) result.value = std::move(changes);
    return result;
  }

  Result<Json> get(const std::string& path, const std::string& query) override {
    Result<Json> result;
    result.value = get(path, query, result.outcome);
    return result;
  }

  Result<std::string> tenant_name() override {
    Result<std::string> result;
    if (const auto given = get("/whoami", "", result.outcome))
      result.value = given->get("tenantName").string_or("");
    return result;
  }

  Outcome approve(std::int64_t id, const std::string& email) override {
    return write("PUT", id, email.empty() ? "" : "approvedby=" + percent_encode(email));
  }

  Outcome deny(std::int64_t id, const std::string& email, const std::string& reason) override {
    std::string query = email.empty() ? "" : "deniedby=" + percent_encode(email);
    if (!reason.empty()) query += (query.empty() ? "reason=" : "&reason=") + percent_encode(reason);
    return write("DELETE", id, query);
  }

 private:
  HttpResult call(const char* method, const std::string& path, const std::string& query, bool writes,
                  Outcome& outcome) {
    connectors::HttpRequest request;
    request.method = method;
    request.url = url_ + path + (query.empty() ? "" : "?" + query);
    request.headers = {{"apikey", key_.reveal()}, {"Accept", "application/json"}};
    request.deadline = deadline_;
    HttpResult result = http_.exchange(request);
    outcome.calls.push_back({method, path, result.answer.status, result.took});
    judge(result, writes, url_, outcome);
    if (heard_ && result.delivery == Delivery::answered) heard_(rate_said(result.answer));
    return result;
  }

  // What came, which may be no JSON. Nothing when the outcome is not done.
  std::optional<std::string> get_text(const std::string& path, const std::string& query, Outcome& outcome) {
    HttpResult result = call("GET", path, query, false, outcome);
    if (!outcome.done()) return std::nullopt;
    const std::string message = text_in(mappings::member_text(result.answer.body, "Message"));
    if (message.empty()) return std::move(result.answer.body);
    if (message == "Invalid API key") {
      result.answer.status = 401;
      judge(result, false, url_, outcome);
    } else {
      not_an_answer(message, outcome);
    }
    return std::nullopt;
  }

  std::optional<Json> get(const std::string& path, const std::string& query, Outcome& outcome) {
    const auto text = get_text(path, query, outcome);
    if (!text) return std::nullopt;
    auto value = parsed(*text);
    if (!value) not_an_answer(no_json, outcome);
    return value;
  }

  // The elements of an array, one by one, until `each` says no. False when that happened, or `text` is none.
  static bool each_of(std::string_view text, const std::string& what, Outcome& outcome,
                      const std::function<bool(const Json&)>& each) {
    bool good = true;
    const bool whole = mappings::each_element(text, [&](std::string_view element) {
      const auto value = parsed(element);
      if (!value) not_an_answer(no_json, outcome);
      good = value && each(*value);
      return good;
    });
    if (!whole) not_an_answer(parsed(text) ? what + " is no array" : no_json, outcome);
    return whole && good;
  }

  Outcome write(const char* method, std::int64_t id, const std::string& query) {
    Outcome outcome;
    call(method, "/requests/" + std::to_string(id), query, true, outcome);
    return outcome;
  }

  std::string url_;
  const Secret key_;
  connectors::HttpClient& http_;
  const RateHeard heard_;
  const std::chrono::milliseconds deadline_;
};

}  // namespace

std::unique_ptr<RemoteQueueApi> make_remote_queue_api(const std::string& url, const Secret& key,
                                                      connectors::HttpClient& http, RateHeard heard,
                                                      std::chrono::milliseconds deadline) {
  return std::make_unique<HttpRemoteQueueApi>(url, key, http, std::move(heard), deadline);
}

}  // namespace bridge
