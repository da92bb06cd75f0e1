#pragma once

// The Trail of an SqliteStore, which owns it, and how its verbs record: write() within their transaction.
// write() and forget() belong to the writing thread; the rest is thread-safe.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bridge/store/records.h"
#include "bridge/store/trail.h"

namespace bridge {

class SqliteSession;
class SqliteStore;

class SqliteTrail final : public Trail {
 public:
  explicit SqliteTrail(SqliteStore& store) : store_(store) {}

  void add(const std::vector<TrailEntry>& entries) override;
  TrailPage page(const TrailQuery& query) override;
  std::int64_t newest() override;

  // Appends to the chain, in the transaction that is open.
  void write(SqliteSession& session, std::span<const TrailEntry> entries);
  // The same; entries that name no object are about the request.
  void write(SqliteSession& session, std::span<const TrailEntry> entries, const RequestRef& about);
  // A transaction begins, or is begun anew: what was appended last may be gone, or another process appended.
  void forget() noexcept { known_ = false; }

 private:
  void append(SqliteSession& session, const TrailEntry& entry);
  void insert(SqliteSession& session, const TrailEntry& entry);

  SqliteStore& store_;
  bool known_ = false;  // what stands last, as this transaction sees it
  std::int64_t newest_ = 0;
  std::string head_;
};

}  // namespace bridge
