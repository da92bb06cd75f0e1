#pragma once

// What the practice desk has beside ServiceNow's API: the page, and /practice/... for the page, scripts and
// tests. Needs no login, as everybody who reaches it may play; it answers only to the host names that are its
// own, and writes only for callers who send X-Practice, which no page of another origin can. Thread-safe.

#include <string>
#include <vector>

#include "bridge/api/http_front.h"
#include "bridge/practice/desk_rules.h"
#include "bridge/practice/field_reader.h"
#include "bridge/practice/practice_faults.h"
#include "mappings/engine/json.h"

namespace bridge {

class PracticeApi {
 public:
  struct Settings {
    std::vector<std::string> hosts;  // names under which the desk may be called, without ports
    std::string approver;            // who decides when nobody is named
  };
  using Reset = std::function<void()>;

  PracticeApi(TableStore& store, TableSchema& schema, DeskRules& rules, PracticeFaults& faults,
              Settings settings, Reset reset);

  Reply handle(const Incoming& request);

 private:
  bool knows_host(const Incoming& request) const;
  Reply state(const Incoming& request) const;
  Reply decide(const Incoming& request);
  std::vector<RowPtr> named(const Incoming& request) const;
  mappings::Json ticket(const TableRow& row) const;
  mappings::Json duplicates() const;

  TableStore& store_;
  TableSchema& schema_;
  DeskRules& rules_;
  PracticeFaults& faults_;
  FieldReader reader_;
  const Settings settings_;
  const Reset reset_;
  const std::string run_;  // another in each process, so that no cached answer of an earlier one is taken
};

}  // namespace bridge
