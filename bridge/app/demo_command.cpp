// `countersign demo`: starts a practice desk and a bridge (two with --remote) as a person would, submits
// requests, decides them in the desk, and compares what the queue and the desk say in the end.

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <thread>

#include "bridge/app/commands.h"
#include "bridge/app/demo_parts.h"
#include "bridge/app/sample_requests.h"
#include "bridge/app/table.h"

namespace bridge {

using mappings::Json;
using Steady = std::chrono::steady_clock;

namespace {

struct Row {
  std::int64_t id = 0;
  bool approve = false;
  std::string ticket_id, number;
  Steady::time_point decided;
  std::int64_t milliseconds = -1;
  std::string outcome, by, trouble;
};

class Demo {
 public:
  explicit Demo(const DemoOptions& options) : options_(options), parts_(options.directory, options.remote) {}

  int run() {
    const int wanted = options_.stay ? 3 : options_.requests;
    for (int n = 0; n < wanted; ++n) submit(n);
    if (options_.stay) return stay();
    wait_for_tickets();
    decide();
    wait_for_outcomes();
    return report();
  }

 private:
  void submit(int n) {
    auto answer = parts_.queue().call("POST", "/requests", sample_request(n));
    Row row;
    row.id = answer.body.get("id").as_integer().value_or(0);
    row.approve = n % 2 == 0;
    if (answer.status != 201) row.trouble = "not taken: " + answer.body.dump();
    rows_.push_back(std::move(row));
  }

  int stay() {
    std::cout << "Countersign " COUNTERSIGN_VERSION " on " << parts_.queue_address() << "   store "
              << parts_.file("countersign.db") << "   queue acme (" << (options_.remote ? "remote" : "hosted")
              << ")   desk practice\n"
              << "Practice desk on " << parts_.desk_address() << "       approve or reject there\n"
              << "Three sample requests are waiting. Try:\n"
              << "  open " << parts_.desk_address() << '\n'
              << "  curl -H \"apikey: $(cat " << parts_.file("key") << ")\" \"" << parts_.queue_address()
              << "/requests?status=pending\"\n"
              << "and after you have decided, the same with status=approved or status=denied\n"
              << "  " << program() << " status -c " << parts_.file("countersign.yaml") << '\n'
              << "Ctrl-C stops both." << std::endl;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    const timespec second{1, 0};
    for (;;) {
      if (sigtimedwait(&set, nullptr, &second) > 0) break;
      if (!parts_.running()) {
        std::cerr << "error: a part has stopped by itself: see " << options_.directory << "/*.log\n";
        return exit_unavailable;
      }
    }
    std::cout << "\nStopped.\n";
    return exit_ok;
  }

  static std::string program() {
    std::error_code ignored;
    auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
    auto relative = std::filesystem::relative(self, ignored);
    return relative.empty() ? self.string() : relative.string();
  }

  // Calls `step` on each row that has none of `done` yet, until all have or time is up.
  template <class Done, class Step>
  void until_all(const char* what, Done done, Step step) {
    const auto end = Steady::now() + std::chrono::seconds(20 + options_.requests / 20);
    for (;;) {
      bool all = true;
      for (Row& row : rows_) {
        if (!row.trouble.empty() || done(row)) continue;
        step(row);
        all = all && done(row);
      }
      if (all) return;
      if (Steady::now() > end) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
    for (Row& row : rows_)
      if (row.trouble.empty() && !done(row)) row.trouble = what;
  }

  void wait_for_tickets() {
    until_all(
        "no ticket", [](const Row& row) { return !row.ticket_id.empty(); },
        [&](Row& row) {
          auto answer = parts_.tickets().call(
              "GET", "/incident?sysparm_query=correlation_id%3Dacme:" + std::to_string(row.id));
          const Json found = answer.body.get("result");
          if (found.size() > 1) row.trouble = std::to_string(found.size()) + " tickets";
          row.ticket_id = found.at(0).get("sys_id").string_or("");
          row.number = found.at(0).get("number").string_or("");
        });
  }

  void decide() {
    for (Row& row : rows_) {
      if (!row.trouble.empty()) continue;
      row.decided = Steady::now();
      auto answer = parts_.tickets().call(
          "PATCH", "/incident/" + row.ticket_id,
          Json::object({{"approval", row.approve ? "approved" : "rejected"},
                        {"comments", row.approve ? "Fine for today" : "Ask for the packaged version"}}));
      if (answer.status != 200) row.trouble = "the desk refused the decision: " + answer.body.dump();
    }
  }

  void wait_for_outcomes() {
    until_all(
        "no decision in the queue", [](const Row& row) { return row.milliseconds >= 0; },
        [&](Row& row) {
          const Json request = parts_.queue().call("GET", "/requests/" + std::to_string(row.id)).body;
          const auto code = request.get("statusCode").as_integer();
          if (!code || *code == 4) return;
          row.milliseconds =
              std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - row.decided).count();
          row.outcome = *code == 3 ? "denied" : "approved";
          row.by = request.get(*code == 3 ? "deniedBy" : "approvedBy").string_or("");
          if ((row.outcome == "approved") != row.approve) row.trouble = "the wrong decision";
          if (row.by.empty()) row.trouble = "nobody's name on the decision";
          if (!row.approve && request.get("deniedReason").string_or("").empty())
            row.trouble = "no reason for the denial";
        });
    until_all(
        "the ticket was not told",
        [](const Row& row) { return !row.number.empty() && row.number.front() == '='; },
        [&](Row& row) {
          const Json ticket = parts_.tickets().call("GET", "/incident/" + row.ticket_id).body.get("result");
          const std::string state = ticket.get("state").string_or("");
          if (state == "6" || state == "7" || state == "8") row.number.insert(0, "=");
        });
    for (Row& row : rows_)
      if (!row.number.empty() && row.number.front() == '=') row.number.erase(0, 1);
  }

  int report() {
    const auto wrong =
        std::count_if(rows_.begin(), rows_.end(), [](const Row& row) { return !row.trouble.empty(); });
    if (options_.json) {
      Json rows = Json::array();
      for (const Row& row : rows_)
        rows.push_back(Json::object({{"request", row.id},
                                     {"ticket", row.number},
                                     {"decision", row.outcome},
                                     {"by", row.by},
                                     {"milliseconds", row.milliseconds},
                                     {"right", row.trouble.empty()},
                                     {"trouble", row.trouble}}));
      std::cout << rows.dump(true) << '\n';
      return wrong == 0 ? exit_ok : exit_no;
    }
    Table table({"REQUEST", "TICKET", "DECISION", "BY", "MS", ""});
    for (const Row& row : rows_)
      table.add({std::to_string(row.id), row.number.empty() ? "-" : row.number,
                 row.outcome.empty() ? "-" : row.outcome, row.by.empty() ? "-" : row.by,
                 row.milliseconds < 0 ? "-" : std::to_string(row.milliseconds), row.trouble});
    table.print(std::cout);
    const std::size_t right = rows_.size() - static_cast<std::size_t>(wrong);
    std::cout << right << " of " << rows_.size() << " requests went from queue to ticket to decision and back"
              << (options_.remote ? " (remote queue)" : "") << ".\n";
    if (wrong > 0) std::cout << "Logs: " << options_.directory << "/*.log\n";
    return wrong == 0 ? exit_ok : exit_no;
  }

  const DemoOptions options_;
  DemoParts parts_;
  std::vector<Row> rows_;
};

}  // namespace

int demo(const DemoOptions& options) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  if (options.stay) pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return Demo(options).run();
}

}  // namespace bridge
