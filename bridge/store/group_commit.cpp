#include "bridge/store/group_commit.h"

#include <chrono>
#include <memory>
#include <utility>

namespace bridge {

namespace {
constexpr std::size_t largest_batch = 512;
// While there is much to do, more is under way: each commit writes the pages that it shares with the next
// one, so that half as many commits for a moment's wait serve everybody sooner. A job on its own never waits.
constexpr std::size_t few = 2, enough = 32;
constexpr std::chrono::milliseconds gather{2};
constexpr int frames_to_move = 1000;
constexpr std::chrono::seconds patience{5};

void fail_all(const auto& batch, const std::exception_ptr& error) {
  for (auto* job : batch)
    if (!job->error) job->error = error;
}
}  // namespace

GroupCommit::GroupCommit(SqliteSession& session, LockFile& locks, Beside beside, Shared shared)
    : session_(session), locks_(locks), beside_(beside), shared_(std::move(shared)), thread_([this] {
        loop();
      }) {}

GroupCommit::~GroupCommit() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  queued_.notify_one();
  thread_.join();
}

void GroupCommit::run(const Work& work) {
  Job job(std::cref(work));
  queue(&job);
  while (::sem_wait(&job.done) != 0) {
  }
  if (job.error) std::rethrow_exception(job.error);
}

void GroupCommit::post(Work work, Then then) {
  queue(std::make_unique<Job>(std::move(work), std::move(then)).release());  // tell() ends it
}

void GroupCommit::queue(Job* job) {
  bool idle = false;
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(job);
    idle = std::exchange(waiting_, false);
  }
  if (idle) queued_.notify_one();
}

void GroupCommit::tell(Job* job) {
  // A job that somebody waits for lives on that caller's stack, and is gone once he was told.
  if (!job->then) {
    ::sem_post(&job->done);
    return;
  }
  const std::unique_ptr<Job> ended(job);
  ended->then(ended->error);
}

void GroupCommit::loop() {
  std::vector<Job*> batch;
  std::unique_lock lock(mutex_);
  for (;;) {
    while (queue_.empty() && !stopping_) {
      waiting_ = true;
      queued_.wait(lock);
    }
    if (queue_.empty()) return;
    if (batch.size() > few && queue_.size() < enough && !stopping_) {
      lock.unlock();
      std::this_thread::sleep_for(gather);
      lock.lock();
    }
    batch.clear();
    while (!queue_.empty() && batch.size() < largest_batch) {
      batch.push_back(queue_.front());
      queue_.pop_front();
    }
    lock.unlock();
    commit(batch);
    for (Job* job : batch) tell(job);
    move_log();
    lock.lock();
  }
}

void GroupCommit::commit(const std::vector<Job*>& batch) {
  const bool shared = beside_ == Beside::a_serving_process;
  if (shared && !locks_.lock_within(LockFile::What::log, patience)) {
    fail_all(batch, std::make_exception_ptr(
                        Error(ErrorCode::store_unavailable,
                              "the store is busy: the bridge that serves it did not let go; try again")));
    return;
  }
  try {
    write(batch);
    ++commits_;
  } catch (...) {
    fail_all(batch, std::current_exception());
    try {
      if (session_.in_transaction()) session_.query("ROLLBACK").run();
    } catch (const Error&) {
      // The next BEGIN says so, to whom it concerns.
    }
  }
  jobs_ += static_cast<std::int64_t>(batch.size());
  if (shared) locks_.unlock(LockFile::What::log);
}

void GroupCommit::write(const std::vector<Job*>& batch) {
  session_.query("BEGIN IMMEDIATE").run();
  if (!write_together(batch)) {
    if (session_.in_transaction()) session_.query("ROLLBACK").run();
    session_.query("BEGIN IMMEDIATE").run();
    for (Job* job : batch)
      // A full disk, for one, ends the whole transaction: then nothing of this batch is written.
      if (!run_alone(*job) && !session_.in_transaction()) std::rethrow_exception(job->error);
  }
  session_.query("COMMIT").run();
}

// Savepoints cost a copy of each page that is written: failing is rare, so it is tried without.
bool GroupCommit::write_together(const std::vector<Job*>& batch) {
  try {
    begin_shared();
    for (Job* job : batch) job->work(session_);
    write_shared();
    return true;
  } catch (...) {
    return false;  // run_alone() finds out whose it is
  }
}

bool GroupCommit::run_alone(Job& job) {
  session_.query("SAVEPOINT job").run();
  try {
    begin_shared();
    job.work(session_);
    write_shared();
  } catch (...) {
    job.error = std::current_exception();
    if (!session_.in_transaction()) return false;
    session_.query("ROLLBACK TO job").run();
  }
  session_.query("RELEASE job").run();
  return !job.error;
}

void GroupCommit::begin_shared() const {
  if (shared_.begin) shared_.begin();
}

void GroupCommit::write_shared() const {
  if (shared_.write) shared_.write(session_);
}

void GroupCommit::move_log() {
  // On this connection and never while another process writes: SQLite before 3.51.3 can damage the database
  // when a checkpoint and another connection's write meet (docs/store.md).
  if (beside_ != Beside::nobody || session_.log_frames() < frames_to_move) return;
  if (!locks_.try_lock(LockFile::What::log)) return;
  session_.checkpoint(false);
  locks_.unlock(LockFile::What::log);
}

}  // namespace bridge
