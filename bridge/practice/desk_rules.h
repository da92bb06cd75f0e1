#pragma once

// What a write does on the practice desk: defaults, derived fields, references by name, the data policy for
// closing, journal rows, approver rows and how they add up to the ticket's approval. Every write goes through
// here, one at a time. Thread-safe.

#include <cstdint>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/ops/clock.h"
#include "bridge/practice/table_schema.h"
#include "bridge/practice/table_store.h"

namespace bridge {

// A write or a read that the desk refuses, as the Table API says it.
class TableRefusal : public std::runtime_error {
 public:
  TableRefusal(int status, const std::string& message, std::string detail = {})
      : std::runtime_error(message), status_(status), detail_(std::move(detail)) {}
  int status() const noexcept { return status_; }
  const std::string& detail() const noexcept { return detail_; }  // empty: null in the answer

 private:
  int status_;
  std::string detail_;
};

using FieldValues = std::vector<std::pair<std::string, std::string>>;

class DeskRules {
 public:
  struct Settings {
    bool approver_rows = false;          // open one sysapproval_approver row an approver for each new ticket
    std::vector<std::string> approvers;  // user names
    int approvals_needed = 1;            // rows that must be approved; 0: all
    std::string integration_user;        // its own writes are told to nobody
  };
  // Called after each decision of somebody else than the integration user, with the ticket as it is now.
  using Decided = std::function<void(const TableRow& ticket)>;

  DeskRules(TableStore& store, TableSchema& schema, const Clock& clock, Settings settings, Decided decided);

  // `labels`: values are labels of choices (sysparm_input_display_value). Throw TableRefusal.
  RowPtr create(std::string_view table, const FieldValues& fields, std::string_view actor,
                bool labels = false);
  RowPtr update(std::string_view table, std::string_view sys_id, const FieldValues& fields,
                std::string_view actor, bool labels = false);
  void remove(std::string_view table, std::string_view sys_id);
  // What a press of the page's button does.
  RowPtr decide(std::string_view ticket, bool approve, std::string_view by, std::string_view reason);

  void add_user(std::string_view user_name, std::string_view name, std::string_view email);
  // Forgets every ticket and starts the numbers again; users stay only when they are added again.
  void clear();
  // Fields that writes named and that do not exist, newest last, at most 20: a real desk would not say.
  std::vector<std::string> ignored() const;
  void note_ignored(const std::string& what);

 private:
  struct Draft {
    TableRow row;
    FieldValues journals;
    bool changed = false;
  };
  // All of these with writing_ held.
  std::string now() const;
  std::string new_id();
  std::string reference(const FieldInfo& field, const std::string& text, std::string_view actor);
  Draft apply(std::string_view table, TableRow row, const FieldValues& fields, std::string_view actor,
              bool labels);
  RowPtr insert(std::string_view table, TableRow row, std::string_view actor);
  void audit(std::string_view table, const TableRow& before, const TableRow& after, std::string_view actor);
  RowPtr save(std::string_view table, TableRow row, std::string_view actor);
  RowPtr change(std::string_view table, const RowPtr& before, const FieldValues& fields,
                std::string_view actor, bool labels);
  RowPtr save_ticket(const TableRow& before, Draft draft, std::string_view actor);
  RowPtr save_approver(const TableRow& before, Draft draft, std::string_view actor);
  void write_journals(std::string_view table, std::string_view sys_id, const FieldValues& journals,
                      std::string_view actor);
  void finish_ticket(TableRow& row, const TableRow* before, std::string_view actor);
  void open_approvals(std::string_view ticket);
  void moot_open_approvals(std::string_view ticket, std::string_view actor);
  void roll_up(std::string_view ticket, std::string_view actor, std::string_view reason);
  RowPtr settle(const TableRow& ticket, std::string_view approval, std::string_view actor,
                std::string_view reason);

  TableStore& store_;
  TableSchema& schema_;
  const Clock& clock_;
  const Settings settings_;
  const Decided decided_;
  std::mutex writing_;
  std::uint64_t next_number_ = 10001;
  std::uint64_t id_state_;
  mutable std::mutex noting_;
  std::vector<std::string> ignored_;
};

}  // namespace bridge
