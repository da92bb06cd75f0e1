#pragma once

// A ticket system in memory behind the DeskClient interface, with faults to order. Thread-safe.

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "connectors/engine/desk_client.h"

namespace tests {

class FakeDesk final : public connectors::DeskClient {
 public:
  struct Kept {
    connectors::Ticket ticket;
    std::string key;
    std::string fields;
    std::string told;  // fields of the last tell()
    std::vector<std::string> comments;
    std::optional<connectors::DeskDecision> decision;
    bool gone = false;
  };

  // What the next calls of that verb come to, instead of working: "open", "tell", "read", "changes",
  // "comment", "find". An outcome with `unknown` works all the same: the answer is lost.
  void fail(const std::string& verb, connectors::Outcome outcome);
  void decide(const std::string& key, bool approve, const std::string& by, const std::string& reason = "");
  void remove(const std::string& key);
  // Changes name tickets alone, as Request Tracker's transactions do.
  void hide_keys_of_changes();
  // Happens once, while the answer of the next read() is on its way.
  void during_read(std::function<void()> event);
  std::vector<Kept> tickets() const;
  // The only ticket of that key; throws when there is none or more than one.
  Kept ticket(const std::string& key) const;
  int calls(const std::string& verb) const;

  connectors::Outcome check() override { return {}; }
  connectors::Result<std::optional<connectors::Ticket>> find(const std::string& key) override;
  connectors::Result<connectors::Ticket> open(const std::string& key, const mappings::Json& fields) override;
  connectors::Result<connectors::TicketState> read(const std::string& ticket_id,
                                                   const std::string& key) override;
  connectors::Result<connectors::Changes> changes(const std::string& watermark) override;
  connectors::Outcome tell(const connectors::Ticket& ticket, const std::string& key,
                           const mappings::Json& fields, const std::string& comment, const std::string& mark,
                           bool repeat) override;
  connectors::Outcome comment(const connectors::Ticket& ticket, const std::string& text,
                              const std::string& mark, bool repeat) override;
  std::optional<connectors::Hint> hint(const std::vector<std::pair<std::string, std::string>>& headers,
                                       std::string_view body, std::string& refused) const override;
  int in_flight() const noexcept override { return 4; }
  std::chrono::milliseconds poll_interval() const noexcept override { return std::chrono::seconds(10); }
  std::chrono::milliseconds longest_verb() const override { return std::chrono::minutes(2); }

 private:
  // The ordered failure of this call, if any.
  std::optional<connectors::Outcome> begin(const std::string& verb);
  Kept* by_id(const std::string& id);
  void say(Kept& kept, const std::string& text, const std::string& mark, bool repeat);

  mutable std::mutex mutex_;
  std::vector<Kept> tickets_;
  std::vector<std::string> changed_;  // ticket ids, in the order of changes
  std::map<std::string, std::deque<connectors::Outcome>> failures_;
  std::map<std::string, int> calls_;
  std::function<void()> during_read_;
  bool keys_hidden_ = false;
};

connectors::Outcome outcome(connectors::Verdict verdict, const std::string& reason, bool whole_desk = false);

}  // namespace tests
