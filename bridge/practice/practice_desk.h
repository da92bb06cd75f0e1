#pragma once

// The practice desk: a small in-memory ServiceNow look-alike with a page where a person approves or rejects.
// For first steps, workflow designers without an instance, tests and benches: it keeps nothing and guards
// nothing that matters. Owns its tables and its HTTP front. Thread-safe.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bridge/api/http_front.h"
#include "bridge/ops/clock.h"
#include "bridge/practice/decision_notices.h"
#include "bridge/practice/desk_rules.h"
#include "bridge/practice/practice_faults.h"

namespace bridge {

class PracticeDesk {
 public:
  struct Settings {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: a free one
    int workers = 16;
    std::vector<std::string> hosts;  // further names in a URL under which the page may be called
    std::string table = "incident";
    std::vector<std::string> custom_fields;          // u_... that exist before anybody writes them
    bool approver_rows = false;                      // each ticket gets sysapproval_approver rows
    std::vector<std::string> approvers{"approver"};  // the first one acts on the page
    int approvals_needed = 1;                        // of the rows; 0: all
    std::string bridge_user = "bridge";
    std::string bridge_password;    // empty: nobody logs in as the bridge
    std::string approver_password;  // of every approver; empty: they decide on the page only
    std::string webhook_url;        // empty: decisions are told to nobody
    std::string webhook_secret;
    DecisionNotices::Send send;  // how a notice is sent; called on one thread
  };

  explicit PracticeDesk(Settings settings, std::shared_ptr<const Clock> clock = nullptr);
  ~PracticeDesk();  // stops
  PracticeDesk(const PracticeDesk&) = delete;
  PracticeDesk& operator=(const PracticeDesk&) = delete;

  // Listens. Throws Poco::Exception when the address cannot be bound.
  void start();
  void stop();
  std::uint16_t port() const noexcept;  // 0 before start()

  // One request, without sockets.
  Reply handle(const Incoming& request);

  TableStore& tables() noexcept;
  DeskRules& rules() noexcept;
  PracticeFaults& faults() noexcept;
  // Forgets tickets and faults, as if it had just started.
  void reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bridge
