#include "tests/support/given_queue.h"

namespace tests {

std::string body_of(std::int64_t id, const std::string& reason) {
  std::string text = "{\"scanResults\":[],\"id\":" + std::to_string(id) + ",\"reason\":";
  mappings::append_quoted(text, reason);
  return text + "}";
}

bridge::Submitted GivenQueue::submit(const std::string& queue, const mappings::Json& given,
                                     const std::string& key, const std::string& actor) {
  if (given.get("reason").is_number())
    throw bridge::Error(bridge::ErrorCode::invalid_request, "reason must be text");
  {
    const std::lock_guard lock(mutex_);
    last_actor = actor;
  }
  bridge::NewRequest request;
  request.queue = queue;
  request.body = [reason = given.get("reason").string_or("")](std::int64_t id) {
    return body_of(id, reason);
  };
  request.idempotency_key = key;
  request.idempotency_hash = given.dump();
  return store_.submit(request);
}

bool GivenQueue::decide(const bridge::RequestRef& ref, bool approve, const std::string& email,
                        const std::string& reason, const bridge::Actor& actor) {
  if (!store_.find(ref)) throw bridge::Error(bridge::ErrorCode::not_found, "There is no such request");
  decided.push_back({ref.key(), approve, email, reason, actor.name});
  return true;
}

}  // namespace tests
