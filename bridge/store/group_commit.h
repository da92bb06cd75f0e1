#pragma once

// The one thread that writes. Jobs queue up; whatever queued while the last commit ran becomes the next
// transaction. When a job fails, all is rolled back and done again with a savepoint for each, so that the
// failing one is rolled back alone: a job may run twice. run() returns when the commit is durable, post() at
// once. Owned by the store; both may be called from any thread. When jobs come in groups it waits a moment
// for more of them, else never.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <semaphore.h>
#include <thread>
#include <vector>

#include "bridge/store/lock_file.h"
#include "bridge/store/sqlite_session.h"

namespace bridge {

class GroupCommit {
 public:
  using Work = std::function<void(SqliteSession&)>;
  using Then = std::function<void(const std::exception_ptr& trouble)>;
  enum class Beside { nobody, a_serving_process };
  // What several jobs share: begun before the first of them, and written behind the last, in their
  // transaction. Called on the writing thread.
  struct Shared {
    std::function<void()> begin;
    Work write;
  };

  // All must outlive this. Beside a serving process each batch takes the log's lock, and the log is not
  // moved.
  GroupCommit(SqliteSession& session, LockFile& locks, Beside beside, Shared shared = {});
  // Does what is queued, then ends.
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  // Throws what `work` threw, or Error(store_unavailable) when the batch was not committed.
  void run(const Work& work);
  // Does not wait. `then` is called on the writing thread after the commit, with what run() would throw; it
  // must be quick, must not throw and must not call run().
  void post(Work work, Then then);

  std::int64_t jobs() const noexcept { return jobs_; }
  std::int64_t commits() const noexcept { return commits_; }

 private:
  // A semaphore for each: one wake, and nobody who is told queues up for a lock.
  struct Job {
    explicit Job(Work asked, Then told = {}) : work(std::move(asked)), then(std::move(told)) {
      ::sem_init(&done, 0, 0);
    }
    ~Job() { ::sem_destroy(&done); }
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

    const Work work;
    const Then then;  // empty: somebody waits for `done`
    std::exception_ptr error;
    sem_t done{};
  };

  void queue(Job* job);
  void loop();
  void tell(Job* job);
  void commit(const std::vector<Job*>& batch);
  void write(const std::vector<Job*>& batch);
  bool write_together(const std::vector<Job*>& batch);
  bool run_alone(Job& job);
  void begin_shared() const;
  void write_shared() const;
  void move_log();

  SqliteSession& session_;
  LockFile& locks_;
  const Beside beside_;
  const Shared shared_;
  std::mutex mutex_;
  std::condition_variable queued_;
  std::deque<Job*> queue_;
  bool waiting_ = false;  // the thread, for a job
  bool stopping_ = false;
  std::atomic<std::int64_t> jobs_ = 0;
  std::atomic<std::int64_t> commits_ = 0;
  std::thread thread_;
};

}  // namespace bridge
