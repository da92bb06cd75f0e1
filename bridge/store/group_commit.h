#pragma once

// The one thread that writes. Jobs queue up; whatever queued while the last commit ran becomes the next
// transaction, each job in a savepoint of its own, so that a failing one is rolled back alone. run() returns
// when the commit is durable. Owned by the store; run() may be called from any thread. It never waits to let
// a batch grow.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "bridge/store/lock_file.h"
#include "bridge/store/sqlite_session.h"

namespace bridge {

class GroupCommit {
 public:
  using Work = std::function<void(SqliteSession&)>;
  enum class Beside { nobody, a_serving_process };

  // Both must outlive this. Beside a serving process each batch takes the log's lock, and the log is not
  // moved.
  GroupCommit(SqliteSession& session, LockFile& locks, Beside beside);
  // Does what is queued, then ends.
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  // Throws what `work` threw, or Error(store_unavailable) when the batch was not committed.
  void run(const Work& work);

  std::int64_t jobs() const noexcept { return jobs_; }
  std::int64_t commits() const noexcept { return commits_; }

 private:
  // With a lock of its own: those who are told must not queue up for the one that new jobs come through.
  struct Job {
    const Work* work = nullptr;
    std::exception_ptr error;
    std::mutex mutex;
    std::condition_variable ready;
    bool done = false;
  };

  void loop();
  void commit(const std::vector<Job*>& batch);
  void write(const std::vector<Job*>& batch);
  bool run_alone(Job& job);
  void move_log();

  SqliteSession& session_;
  LockFile& locks_;
  const Beside beside_;
  std::mutex mutex_;
  std::condition_variable queued_;
  std::deque<Job*> queue_;
  bool stopping_ = false;
  std::atomic<std::int64_t> jobs_ = 0;
  std::atomic<std::int64_t> commits_ = 0;
  std::thread thread_;
};

}  // namespace bridge
