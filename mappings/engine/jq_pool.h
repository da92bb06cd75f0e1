#pragma once

// jq's own states: one compiled program, and a pool of copies of it, because a state serves one thread at a
// time and costs tens of milliseconds to make. The only place that touches jq.h. JqPool is thread-safe, Jq is
// not; what a run gave belongs to the thread that ran it. Owned by Program.

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mappings/engine/jq_value.h"

struct jq_state;

namespace mappings {

class Jq {
 public:
  // Compiles; whether that went well, compiled() and messages() say.
  explicit Jq(const std::string& program);
  ~Jq();
  Jq(const Jq&) = delete;
  Jq& operator=(const Jq&) = delete;

  bool compiled() const { return compiled_; }
  // What jq complained of since it was made, or since forget().
  const std::vector<std::string>& messages() const { return messages_; }

  // Takes `input`. The first result, which is the caller's to free; an invalid value when there is none or jq
  // failed.
  jv first(jv input);
  // Lets go of everything that the last run held: its values belong to the thread that gave them.
  void forget();

 private:
  static void keep_message(void* self, jv message);

  jq_state* state_;
  bool compiled_ = false;
  std::vector<std::string> messages_;
};

// Takes `value`: a string as it is, anything else as JSON.
std::string text_of(jv value);

// Made when first wanted, then kept: at most as many as the machine has cores.
class JqPool {
 public:
  // `first`: the state that `program` was tried with.
  JqPool(std::string program, std::unique_ptr<Jq> first);

  // Waits for a free state; gives it back, emptied, at its end.
  class Lease {
   public:
    explicit Lease(JqPool& pool) : pool_(pool), jq_(pool.take()) {}
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Jq& operator*() { return *jq_; }

   private:
    JqPool& pool_;
    std::unique_ptr<Jq> jq_;
  };

 private:
  std::unique_ptr<Jq> take();
  void put(std::unique_ptr<Jq> jq);

  const std::string program_;
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Jq>> idle_;
  std::size_t made_ = 0;
};

}  // namespace mappings
