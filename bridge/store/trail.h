#pragma once

// The audit log of the whole bridge: what was decided, changed or refused, by whom and from where. Rows are
// only ever added; each carries the hash of the one before, so that a row changed, dropped, swapped or added
// by hand is found (bridge/store/trail_chain.h). Not the timeline of one request, which is for reading along
// and goes with its request (AuditRow in records.h).

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bridge/ops/clock.h"

namespace bridge {

// Who did it. No secret is ever in here.
struct Actor {
  std::string name;          // "key cs_live_3fa97f2c", "bob@acme.test", "countersign", "operator root"
  std::string on_behalf_of;  // the user whom a credential stands for; empty: none
  std::string role;          // empty: none
  std::string ip;            // the client's, canonical, behind trusted proxies; empty: not over the network
  std::string user_agent;    // as sent, at most 200 bytes; empty: none
  // As a timeline names it: "key cs_live_3fa97f2c", "ann@acme.test by key cs_rest_3fa97f2c".
  std::string text() const { return on_behalf_of.empty() ? name : on_behalf_of + " by " + name; }
  bool operator==(const Actor&) const = default;
};

// What is to be recorded. Travels with the write that it records and is stored in the same transaction.
struct TrailEntry {
  Time at{};
  Actor actor;
  std::string action;  // "request.approved", "credential.created", "login.refused", "configuration.reloaded"
  std::string queue;   // the tenant; empty: the whole bridge
  // "request acme:615670", "credential 3fa97f2c", "user 17". Beside a request's write it may stay empty: the
  // store then puts the request's object and queue in.
  std::string object;
  std::string old_value;  // JSON text, secrets masked; empty: none
  std::string new_value;
  std::string detail;  // one sentence for a person; may be empty
  bool operator==(const TrailEntry&) const = default;
};

struct TrailRecord {
  std::int64_t sequence = 0;  // 1, 2, 3 ... without gaps
  TrailEntry entry;
  std::string previous;  // hash of the row before, 64 hex; of the first row: 64 zeros
  std::string hash;      // of this row, 64 hex
};

struct TrailQuery {
  std::int64_t after = 0;  // rows behind this sequence, ascending
  int limit = 100;
  int skip = 0;                // so many of them first, for pages by number
  bool newest_first = false;   // then rows before `after`, or from the end when it is 0
  std::string queue;           // empty: all
  std::string actor;           // part of the name or of whom it stood for, in any case; empty: all
  std::string action;          // whole, or a prefix that ends with '.': "credential."; empty: all
  std::string object;          // whole; empty: all
  std::optional<Time> from;    // inclusive
  std::optional<Time> before;  // exclusive
  std::int64_t walk = 0;       // rows that are looked at, at most; 0: as many as it takes
  std::int64_t count = 0;      // page() goes on behind the page until so many were found
};

struct TrailPage {
  std::vector<TrailRecord> rows;
  std::int64_t found = 0;  // rows, those skipped, and those that were counted behind them
  // Everything up to this row was looked at and more may stand behind it: `after` of the query that goes on.
  // 0: the end was reached.
  std::int64_t reached = 0;
};

// Part of the Store; thread-safe, throws as the Store does.
class Trail {
 public:
  virtual ~Trail() = default;
  // For what has no write of its own to travel with: a refused login, a reload. One commit.
  virtual void add(const std::vector<TrailEntry>& entries) = 0;
  // A long walk lets go of the store every few thousand rows: rows may come in behind it meanwhile, and none
  // is missed or seen twice.
  virtual TrailPage page(const TrailQuery& query) = 0;
  std::vector<TrailRecord> search(const TrailQuery& query) { return page(query).rows; }
  // Sequence of the newest row; 0: there is none.
  virtual std::int64_t newest() = 0;
};

}  // namespace bridge
