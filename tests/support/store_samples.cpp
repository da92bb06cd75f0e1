#include "tests/support/store_samples.h"

#include <tuple>

namespace tests {

using bridge::Change;
using bridge::DueEffect;
using bridge::NewEffect;
using bridge::NewRequest;
using bridge::Record;
using bridge::Time;
using workflows::State;

Time at(int seconds) {
  return bridge::from_micros(1'700'000'000'000'000 + std::int64_t{seconds} * 1'000'000);
}

NewEffect sample_effect(const std::string& slot, Time not_before, int priority) {
  NewEffect effect;
  effect.slot = slot;
  effect.kind = "open_ticket";
  effect.lane = "desk:snow";
  effect.priority = priority;
  effect.not_before = not_before;
  effect.payload = R"({"slot":")" + slot + "\"}";
  return effect;
}

NewRequest sample_request(const std::string& queue) {
  NewRequest request;
  request.queue = queue;
  request.body = [](std::int64_t id) { return R"({"scanResults":[],"id":)" + std::to_string(id) + "}"; };
  request.received = at(0);
  request.lifecycle.desk = "snow";
  request.lifecycle.since = at(0);
  request.effects = {sample_effect("main")};
  request.audit = {{0, at(0), "received", "taken in", "key k1", ""}};
  return request;
}

Change step_of(const Record& record, State state) {
  Change change;
  change.ref = record.ref;
  change.from_version = record.lifecycle.version;
  change.lifecycle = record.lifecycle;
  change.lifecycle.state = state;
  change.at = at(1);
  return change;
}

std::string slots(const std::vector<DueEffect>& effects) {
  std::string text;
  for (const auto& effect : effects) text += effect.record.ref.key() + '/' + effect.slot + ' ';
  return text;
}

std::string ids(const std::vector<Record>& records) {
  std::string text;
  for (const auto& record : records) text += record.ref.key() + ' ';
  return text;
}

void same(const std::string& what, const Record& wanted, const Record& found) {
  const auto flat = [](const Record& r) {
    const auto& l = r.lifecycle;
    return std::tuple(r.ref, r.body, r.scan_results, r.status_code, r.received, r.changed, l.state, l.version,
                      l.desk, l.ticket.id, l.ticket.number, l.ticket.link, l.decision, l.outcome,
                      l.park_reason, l.park_detail, l.since);
  };
  CPPUNIT_ASSERT_MESSAGE(what, flat(wanted) == flat(found));
}

}  // namespace tests
