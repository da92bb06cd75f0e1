#include "mappings/engine/jq_pool.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <thread>

extern "C" {
#include <jq.h>
}

namespace mappings {

namespace {

// jq binds the definitions in ~/.jq into every program, and nothing but HOME tells it not to: they could
// change what a mapping gives, or break it. Before main, while there is one thread; nothing here needs HOME.
[[maybe_unused]] const int home_is_hidden = ::unsetenv("HOME");

}  // namespace

std::string text_of(jv taken) {
  const Json value = from_jq(taken);
  return value.is_string() ? std::string(value.text()) : value.dump();
}

Jq::Jq(const std::string& program) : state_(jq_init()) {
  if (state_ == nullptr) throw std::bad_alloc();
  jq_set_error_cb(state_, &Jq::keep_message, this);
  jq_set_debug_cb(
      state_, [](void*, jv value) { jv_free(value); }, nullptr);
  compiled_ = jq_compile(state_, program.c_str()) != 0;
}

Jq::~Jq() {
  jq_teardown(&state_);
}

jv Jq::first(jv input) {
  jq_start(state_, input, 0);
  return jq_next(state_);
}

void Jq::forget() {
  jq_start(state_, jv_null(), 0);
  messages_.clear();
}

void Jq::keep_message(void* self, jv message) {
  static_cast<Jq*>(self)->messages_.push_back(text_of(jq_format_error(message)));
}

JqPool::JqPool(std::string program, std::unique_ptr<Jq> first)
    : program_(std::move(program)), most_(std::max(2u, std::thread::hardware_concurrency())), made_(1) {
  idle_.push_back(std::move(first));
}

JqPool::Lease::~Lease() {
  jq_->forget();
  pool_.put(std::move(jq_));
}

void JqPool::put(std::unique_ptr<Jq> jq) {
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(jq));
  freed_.notify_one();
}

std::unique_ptr<Jq> JqPool::take() {
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [this] { return !idle_.empty() || made_ < most_; });
  if (!idle_.empty()) {
    auto jq = std::move(idle_.back());
    idle_.pop_back();
    return jq;
  }
  ++made_;
  lock.unlock();
  try {
    auto jq = std::make_unique<Jq>(program_);
    if (!jq->compiled()) throw std::runtime_error("jq no longer compiles a program that it compiled before");
    return jq;
  } catch (...) {
    lock.lock();
    --made_;
    freed_.notify_one();
    throw;
  }
}

}  // namespace mappings
