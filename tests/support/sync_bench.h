#pragma once

// A remote queue in memory, compared round by round with what is held here. The test says when.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <cppunit/TestAssert.h>

#include "bridge/queue/remote_sync.h"
#include "tests/support/fake_remote_queue.h"
#include "tests/support/held_records.h"

namespace tests {

// Puts what comes into the store, as the drain does.
class Findings final : public bridge::RemoteSink {
 public:
  explicit Findings(HeldRecords& store) : store_(store) {}
  void arrived(const std::string& queue, std::vector<bridge::RemoteRequest> requests) override {
    for (const bridge::RemoteRequest& request : requests) {
      bridge::Record record;
      record.ref = {queue, request.id};
      record.body = request.body;
      CPPUNIT_ASSERT_MESSAGE("arrived twice", store_.rows.emplace(record.ref, record).second);
      arrived_ids.insert(request.id);
    }
  }
  void decided(const bridge::Record& held, const bridge::Decision& decision) override {
    decisions[held.ref.id] = decision;
    store_.rows[held.ref].lifecycle.state = workflows::State::telling;
  }
  void gone(const bridge::Record& held, Gone how) override {
    lost[held.ref.id] = how;
    store_.rows[held.ref].lifecycle.state = workflows::State::telling;
  }
  std::set<std::int64_t> arrived_ids;
  std::map<std::int64_t, bridge::Decision> decisions;
  std::map<std::int64_t, Gone> lost;

 private:
  HeldRecords& store_;
};

struct SyncBench {
  explicit SyncBench(int page = 500) {
    settings.queue = "contoso";
    settings.page = page;
    restart();
  }
  void restart() { sync = std::make_unique<bridge::RemoteSync>(settings, remote, store, findings); }
  bridge::RemoteSync::Round round(std::chrono::seconds at) { return sync->round(bridge::Time(at)); }
  workflows::State& state(std::int64_t id) { return store.rows.at({"contoso", id}).lifecycle.state; }

  bridge::RemoteSync::Settings settings;
  FakeRemoteQueue remote;
  HeldRecords store;
  Findings findings{store};
  std::unique_ptr<bridge::RemoteSync> sync;
};

}  // namespace tests
