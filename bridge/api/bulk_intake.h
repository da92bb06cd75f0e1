#pragma once

// Requests taken in as NDJSON, our extension: one object a line, one answer a line in the same order. Lines
// share commits; each is durable before the answer is written, and a bad line stops no other. Thread-safe.

#include <string>

#include "bridge/api/http_front.h"
#include "bridge/queue/queue_service.h"

namespace bridge {

// By the Content-Type.
bool is_ndjson(const Incoming& request);

// 200 with a line {"line":1,"status":201,"id":615670} or {"line":2,"status":400,"Message":"..."} for each
// line that is not blank; lines count from 1. `idempotency_key`, when it is not empty, gives each line a key
// of its own.
Reply take_in_bulk(QueueService& service, const std::string& queue, const std::string& body,
                   const std::string& idempotency_key, const std::string& actor);

}  // namespace bridge
