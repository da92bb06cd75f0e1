#pragma once

// A few read-only connections, lent out one at a time; who finds none waits. Owned by the store. Thread-safe.

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "bridge/store/sqlite_session.h"

namespace bridge {

class ReaderPool {
 public:
  ReaderPool(const std::filesystem::path& file, int size) {
    for (int i = 0; i < size; ++i)
      free_.push_back(std::make_unique<SqliteSession>(file, SqliteSession::Access::read));
  }

  // Calls `read` with a connection. Must not be nested: the inner one could wait for ever.
  template <class Read>
  auto with(const Read& read) {
    Loan loan(*this);
    return read(*loan.session);
  }

 private:
  struct Loan {
    explicit Loan(ReaderPool& from) : pool(from), session(from.take()) {}
    ~Loan() { pool.give_back(std::move(session)); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ReaderPool& pool;
    std::unique_ptr<SqliteSession> session;
  };

  std::unique_ptr<SqliteSession> take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !free_.empty(); });
    auto session = std::move(free_.back());
    free_.pop_back();
    return session;
  }
  void give_back(std::unique_ptr<SqliteSession> session) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(session));
    returned_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<SqliteSession>> free_;
};

}  // namespace bridge
