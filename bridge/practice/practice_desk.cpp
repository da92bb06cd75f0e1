#include "bridge/practice/practice_desk.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "bridge/practice/practice_api.h"
#include "bridge/practice/table_api.h"
#include "bridge/practice/table_request.h"
#include "mappings/engine/text.h"

namespace bridge {

namespace {

constexpr std::string_view sleeping_page =
    "<!DOCTYPE html><html><head><title>Instance Hibernating page</title></head>"
    "<body><h1>Your instance is hibernating.</h1><p>Sign in to wake it.</p></body></html>\n";

Reply failure(int status) {
  if (status == 500)
    return TableApi::error(500, "Internal Server Error", "An error that the practice desk was asked for");
  const std::string title = status == 502   ? "502 Bad Gateway"
                            : status == 503 ? "503 Service Unavailable"
                                            : "504 Gateway Time-out";
  return {
      status, {{"Content-Type", "text/html"}}, "<html><body><h1>" + title + "</h1></body></html>\n", false};
}

TableApi::Accounts accounts(const PracticeDesk::Settings& settings) {
  TableApi::Accounts list;
  if (!settings.approver_password.empty())
    for (const auto& name : settings.approvers) list[name] = settings.approver_password;
  if (!settings.bridge_password.empty()) list[settings.bridge_user] = settings.bridge_password;
  return list;
}

std::vector<std::string> hosts(const PracticeDesk::Settings& settings) {
  std::vector<std::string> names{"localhost", "127.0.0.1", "[::1]"};
  const bool bare_ipv6 = settings.address.find(':') != std::string::npos && settings.address.front() != '[';
  names.push_back(mappings::lower_case(bare_ipv6 ? "[" + settings.address + "]" : settings.address));
  for (const auto& name : settings.hosts) names.push_back(mappings::lower_case(name));
  return names;
}

}  // namespace

struct PracticeDesk::State {
  State(Settings given, std::shared_ptr<const Clock> time)
      : settings(std::move(given)),
        clock(time ? std::move(time) : std::make_shared<SystemClock>()),
        schema(settings.table, settings.custom_fields),
        store({{settings.table, {"number", "correlation_id"}},
               {"sysapproval_approver", {"sysapproval"}},
               {"sys_journal_field", {"element_id"}},
               {"sys_audit", {"documentkey"}},
               {"sys_user", {"user_name", "email", "name"}},
               {"sys_user_group", {"name"}}}),
        notices(settings.webhook_url, settings.webhook_secret, settings.table, settings.send, clock),
        rules(store, schema, *clock,
              {settings.approver_rows, settings.approvers, settings.approvals_needed, settings.bridge_user},
              [this](const TableRow& ticket) { notices.tell(ticket); }),
        api(store, schema, rules, accounts(settings)),
        practice(store, schema, rules, faults,
                 {hosts(settings), settings.approvers.empty() ? std::string() : settings.approvers.front()},
                 [this] { reset(); }) {
    add_users();
  }

  void add_users() {
    rules.add_user(settings.bridge_user, "Countersign", settings.bridge_user + "@practice.test");
    for (const auto& name : settings.approvers)
      rules.add_user(name, name == "approver" ? "Alex Approver" : name, name + "@practice.test");
  }

  void reset() {
    faults.set({});
    rules.clear();
    add_users();
  }

  // Waits, but not longer than until stop().
  void be_slow(int milliseconds) {
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, std::chrono::milliseconds(milliseconds), [this] { return stopping; });
  }

  Reply call_table(const Incoming& request) {
    const PracticeFaults::Fate fate = faults.next();
    if (fate.slow_ms > 0) be_slow(fate.slow_ms);
    if (fate.lose_request) return {0, {}, {}, true};
    if (fate.limited) {
      Reply reply = TableApi::error(429, "Rate limit exceeded",
                                    "Rate limit of the practice desk for Table API exceeded");
      const auto reset_at = to_micros(clock->now()) / 1'000'000 + fate.retry_after_s;
      reply.headers.emplace_back("Retry-After", std::to_string(fate.retry_after_s));
      reply.headers.emplace_back("X-RateLimit-Limit", std::to_string(faults.settings().limit_every));
      reply.headers.emplace_back("X-RateLimit-Reset", std::to_string(reset_at));
      return reply;
    }
    if (fate.html)
      return {200, {{"Content-Type", "text/html;charset=UTF-8"}}, std::string(sleeping_page), false};
    if (fate.error != 0 && fate.error != 504) return failure(fate.error);
    Reply reply = api.handle(request);
    if (fate.error == 504) return failure(504);  // done all the same: only the answer did not come through
    reply.drop = fate.lose_answer;
    return reply;
  }

  const Settings settings;
  const std::shared_ptr<const Clock> clock;
  TableSchema schema;
  TableStore store;
  DecisionNotices notices;
  DeskRules rules;
  PracticeFaults faults;
  TableApi api;
  PracticeApi practice;
  std::mutex mutex;
  std::condition_variable stopped;
  bool stopping = false;
  std::unique_ptr<HttpFront> front;  // last: gone before what its handlers use
};

PracticeDesk::PracticeDesk(Settings settings, std::shared_ptr<const Clock> clock)
    : state_(std::make_unique<State>(std::move(settings), std::move(clock))) {}

PracticeDesk::~PracticeDesk() {
  stop();
}

void PracticeDesk::start() {
  if (state_->front) return;
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = false;
  }
  HttpFront::Settings front;
  front.address = state_->settings.address;
  front.port = state_->settings.port;
  front.workers = state_->settings.workers;
  state_->front =
      std::make_unique<HttpFront>(front, [this](const Incoming& request) { return handle(request); });
}

void PracticeDesk::stop() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->stopped.notify_all();
  state_->front.reset();
}

std::uint16_t PracticeDesk::port() const noexcept {
  return state_->front ? state_->front->port() : std::uint16_t{0};
}

Reply PracticeDesk::handle(const Incoming& request) {
  if (request.path == "/healthz") return {200, {{"Content-Type", "text/plain"}}, "ok\n", false};
  if (request.path.rfind("/api/", 0) == 0) return state_->call_table(request);
  return state_->practice.handle(request);
}

TableStore& PracticeDesk::tables() noexcept {
  return state_->store;
}
DeskRules& PracticeDesk::rules() noexcept {
  return state_->rules;
}
PracticeFaults& PracticeDesk::faults() noexcept {
  return state_->faults;
}
void PracticeDesk::reset() {
  state_->reset();
}

}  // namespace bridge
