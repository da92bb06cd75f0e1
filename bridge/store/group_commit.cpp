#include "bridge/store/group_commit.h"

namespace bridge {

namespace {
constexpr std::size_t largest_batch = 512;
constexpr int frames_to_move = 1000;
constexpr std::chrono::seconds patience{5};

void fail_all(const auto& batch, const std::exception_ptr& error) {
  for (auto* job : batch)
    if (!job->error) job->error = error;
}
}  // namespace

GroupCommit::GroupCommit(SqliteSession& session, LockFile& locks, Beside beside)
    : session_(session), locks_(locks), beside_(beside), thread_([this] { loop(); }) {}

GroupCommit::~GroupCommit() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  queued_.notify_one();
  thread_.join();
}

void GroupCommit::run(const Work& work) {
  Job job;
  job.work = &work;
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(&job);
    if (queue_.size() == 1) queued_.notify_one();
  }
  {
    std::unique_lock lock(job.mutex);
    job.ready.wait(lock, [&] { return job.done; });
  }
  if (job.error) std::rethrow_exception(job.error);
}

void GroupCommit::loop() {
  std::vector<Job*> batch;
  std::unique_lock lock(mutex_);
  for (;;) {
    queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    batch.clear();
    while (!queue_.empty() && batch.size() < largest_batch) {
      batch.push_back(queue_.front());
      queue_.pop_front();
    }
    lock.unlock();
    commit(batch);
    // A job lives on its caller's stack: it is told while its lock keeps the caller from leaving.
    for (Job* job : batch) {
      const std::lock_guard told(job->mutex);
      job->done = true;
      job->ready.notify_one();
    }
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
  for (Job* job : batch)
    // A full disk, for one, ends the whole transaction: then nothing of this batch is written.
    if (!run_alone(*job) && !session_.in_transaction()) std::rethrow_exception(job->error);
  session_.query("COMMIT").run();
}

bool GroupCommit::run_alone(Job& job) {
  session_.query("SAVEPOINT job").run();
  try {
    (*job.work)(session_);
  } catch (...) {
    job.error = std::current_exception();
    if (!session_.in_transaction()) return false;
    session_.query("ROLLBACK TO job").run();
  }
  session_.query("RELEASE job").run();
  return !job.error;
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
