#include "tests/bench/reference.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <iostream>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <vector>

#include "bridge/api/http_front.h"
#include "mappings/engine/json.h"
#include "tests/bench/scene.h"
#include "tests/bench/site.h"
#include "tests/bench/workload.h"

namespace bench {

using mappings::Json;

namespace {

constexpr int connections = 16;
constexpr int rows_a_page = 200;  // of a poll of the desk

// Text between `before` and the next quote: the reference parses no more than it needs.
std::string value_after(const std::string& text, std::string_view before) {
  const auto at = text.find(before);
  if (at == std::string::npos) throw std::runtime_error("an answer without " + std::string(before));
  const auto from = at + before.size();
  return text.substr(from, text.find_first_of("\",}", from) - from);
}

class RoundTrips {
 public:
  explicit RoundTrips(const Calls& calls)
      : calls_(calls),
        queue_(http_, calls.queue_url, {{"apikey", calls.key}}),
        desk_(http_, calls.desk_url + "/api/now", {{"Authorization", as_bridge}}),
        approver_(http_, calls.desk_url + "/api/now", {{"Authorization", as_approver}}) {}

  void run() {
    std::vector<std::thread> threads;
    for (int i = 0; i < connections; ++i)
      threads.emplace_back([this] {
        try {
          for (int n = next_++; n < calls_.requests; n = next_++) one(n);
        } catch (const std::exception& e) {
          failed_ = true;
          std::cerr << e.what() << '\n';
        }
      });
    for (std::thread& thread : threads) thread.join();
    if (failed_) throw std::runtime_error("the reference could not make its calls");
  }

 private:
  static constexpr const char* fields = "&sysparm_exclude_reference_link=true";

  void one(int n) {
    const std::string request = request_text(n);
    const std::string taken = queue_.call("POST", "/requests", request);
    const std::string key = "acme:" + (calls_.remote ? value_after(taken, "\"id\":") : std::to_string(n + 1));

    desk_.call("GET",
               "/table/incident?sysparm_query=correlation_id%3D" + key +
                   "%5EORDERBYsys_created_on%5EORDERBYsys_id&sysparm_fields=sys_id%2Cnumber%2Ccorrelation_id"
                   "&sysparm_limit=10" +
                   fields);
    const std::string ticket = Json::object({{"short_description", "Somebody asks for something"},
                                             {"description", request},
                                             {"correlation_id", key},
                                             {"correlation_display", "countersign"},
                                             {"urgency", "3"},
                                             {"impact", "3"},
                                             {"assignment_group", "Access Requests"}})
                                   .dump();
    const std::string created = desk_.call(
        "POST", std::string("/table/incident?sysparm_fields=sys_id%2Cnumber%2Ccorrelation_id") + fields,
        ticket);
    const std::string path = "/table/incident/" + value_after(created, "\"sys_id\":\"");

    approver_.call("PATCH", path, decision_text(approves(n)));

    const std::string record = desk_.call(
        "GET", path +
                   "?sysparm_fields=sys_id%2Cnumber%2Ccorrelation_id%2Cstate%2Capproval%2Cclose_notes%2C"
                   "sys_updated_on%2Csys_updated_by" +
                   fields);
    const std::string who = value_after(record, "\"sys_updated_by\":\"");
    desk_.call("GET", "/table/sys_user?sysparm_query=user_name%3D" + who +
                          "&sysparm_fields=user_name%2Cname%2Cemail&sysparm_limit=2");
    desk_.call("GET",
               "/table/sys_journal_field?sysparm_query=element_id%3D" + path.substr(path.rfind('/') + 1) +
                   "%5EelementINcomments%2Cwork_notes%5EORDERBYDESCsys_created_on"
                   "&sysparm_fields=element_id%2Cvalue%2Csys_created_by%2Csys_created_on&sysparm_limit=20");
    if (calls_.remote) {
      const std::string at = "/requests/" + key.substr(5);
      if (approves(n))
        queue_.call("PUT", at + "?approvedby=approver%40practice.test");
      else
        queue_.call("DELETE",
                    at + "?deniedby=approver%40practice.test&reason=Ask%20for%20the%20packaged%20version");
      queue_.call("GET", at + "?wantscandetails=1");
    }
    desk_.call(
        "PATCH",
        path + "?sysparm_fields=sys_id%2Cstate%2Capproval%2Cclose_code%2Cstage%2Crequest_state" + fields,
        R"({"state":"6","close_code":"Resolved by request","close_notes":"Decided","comments":"Decided [)" +
            key + "]\"}");
    if (n % rows_a_page == 0) polls();
  }

  // Its share of what the bridge asks to learn what changed.
  void polls() {
    desk_.call(
        "GET",
        "/table/incident?sysparm_query=correlation_display%3Dcountersign%5EapprovalINapproved%2Crejected"
        "%5EORDERBYsys_updated_on%5EORDERBYsys_id&sysparm_limit=200"
        "&sysparm_fields=sys_id%2Csys_updated_on%2Csys_mod_count%2Ccorrelation_id%2Ccorrelation_display");
    if (calls_.remote) queue_.call("GET", "/requests?status=pending&wantscandetails=1&startid=0&take=200");
  }

  const Calls& calls_;
  connectors::HttpClient http_;
  const Site queue_, desk_, approver_;
  std::atomic<int> next_{0};
  std::atomic<bool> failed_{false};
};

}  // namespace

int run_reference(const Calls& calls) {
  RoundTrips trips(calls);
  const auto start = std::chrono::steady_clock::now();
  trips.run();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const Usage usage = usage_of(getpid());
  std::cout << Json::object(
                   {{"seconds", seconds}, {"cpuSeconds", usage.cpu_seconds}, {"peakMiB", usage.peak_mib}})
                   .dump()
            << std::endl;
  return 0;
}

int run_echo(std::uint16_t port) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::mutex mutex;
  std::vector<std::string> kept;
  bridge::HttpFront::Settings settings;
  settings.port = port;
  bridge::HttpFront front(settings, [&](const bridge::Incoming& request) {
    if (request.method == "POST") {
      std::lock_guard lock(mutex);
      kept.push_back(request.body);
    }
    return bridge::Reply{200, {{"Content-Type", "application/json"}}, request.body, false};
  });
  int signal = 0;
  sigwait(&signals, &signal);
  front.stop();
  return 0;
}

}  // namespace bench
