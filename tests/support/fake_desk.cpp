#include "tests/support/fake_desk.h"

#include <stdexcept>
#include <utility>

namespace tests {

using connectors::Outcome;
using connectors::Verdict;

Outcome outcome(Verdict verdict, const std::string& reason, bool whole_desk) {
  Outcome result;
  result.verdict = verdict;
  result.reason = reason;
  result.whole_desk = whole_desk;
  return result;
}

void FakeDesk::fail(const std::string& verb, Outcome result) {
  std::lock_guard lock(mutex_);
  failures_[verb].push_back(std::move(result));
}

void FakeDesk::decide(const std::string& key, bool approve, const std::string& by,
                      const std::string& reason) {
  std::lock_guard lock(mutex_);
  for (Kept& kept : tickets_)
    if (kept.key == key) {
      kept.decision = connectors::DeskDecision{approve,
                                               by,
                                               by + "@desk.test",
                                               reason,
                                               "2023-11-14T22:13:20Z",
                                               "row/" + std::to_string(changed_.size())};
      changed_.push_back(kept.ticket.id);
    }
}

void FakeDesk::remove(const std::string& key) {
  std::lock_guard lock(mutex_);
  for (Kept& kept : tickets_)
    if (kept.key == key) kept.gone = true;
}

void FakeDesk::during_read(std::function<void()> event) {
  std::lock_guard lock(mutex_);
  during_read_ = std::move(event);
}

std::vector<FakeDesk::Kept> FakeDesk::tickets() const {
  std::lock_guard lock(mutex_);
  return tickets_;
}

FakeDesk::Kept FakeDesk::ticket(const std::string& key) const {
  std::lock_guard lock(mutex_);
  const Kept* found = nullptr;
  for (const Kept& kept : tickets_) {
    if (kept.key != key) continue;
    if (found != nullptr) throw std::runtime_error("two tickets carry " + key);
    found = &kept;
  }
  if (found == nullptr) throw std::runtime_error("no ticket carries " + key);
  return *found;
}

int FakeDesk::calls(const std::string& verb) const {
  std::lock_guard lock(mutex_);
  auto found = calls_.find(verb);
  return found == calls_.end() ? 0 : found->second;
}

std::optional<Outcome> FakeDesk::begin(const std::string& verb) {
  ++calls_[verb];
  auto& queue = failures_[verb];
  if (queue.empty()) return std::nullopt;
  Outcome next = std::move(queue.front());
  queue.pop_front();
  return next;
}

FakeDesk::Kept* FakeDesk::by_id(const std::string& id) {
  for (Kept& kept : tickets_)
    if (kept.ticket.id == id) return &kept;
  return nullptr;
}

connectors::Result<std::optional<connectors::Ticket>> FakeDesk::find(const std::string& key) {
  std::lock_guard lock(mutex_);
  if (auto failure = begin("find")) return {*failure, std::nullopt};
  for (const Kept& kept : tickets_)
    if (kept.key == key) return {{}, std::optional(kept.ticket)};
  return {{}, std::optional<connectors::Ticket>()};
}

connectors::Result<connectors::Ticket> FakeDesk::open(const std::string& key, const mappings::Json& fields) {
  std::lock_guard lock(mutex_);
  auto failure = begin("open");
  if (failure && failure->verdict != Verdict::unknown) return {*failure, std::nullopt};
  for (const Kept& kept : tickets_)
    if (kept.key == key && !failure) return {{}, kept.ticket};
  Kept kept;
  const std::string number = std::to_string(tickets_.size() + 1);
  kept.ticket = {"id" + number, "T" + number, "http://desk.test/" + number};
  kept.key = key;
  kept.fields = fields.dump();
  tickets_.push_back(kept);
  if (failure) return {*failure, std::nullopt};
  return {{}, kept.ticket};
}

connectors::Result<connectors::TicketState> FakeDesk::read(const std::string& ticket_id, const std::string&) {
  std::unique_lock lock(mutex_);
  if (auto failure = begin("read")) return {*failure, std::nullopt};
  connectors::TicketState state;
  const Kept* kept = by_id(ticket_id);
  state.gone = kept == nullptr || kept->gone;
  if (kept != nullptr) {
    state.ticket = kept->ticket;
    state.key = kept->key;
    state.decision = kept->decision;
    state.status = kept->decision ? "decided" : "open";
  }
  const auto event = std::exchange(during_read_, nullptr);
  lock.unlock();
  if (event) event();
  return {{}, state};
}

void FakeDesk::hide_keys_of_changes() {
  std::lock_guard lock(mutex_);
  keys_hidden_ = true;
}

connectors::Result<connectors::Changes> FakeDesk::changes(const std::string& watermark) {
  std::lock_guard lock(mutex_);
  if (auto failure = begin("changes")) return {*failure, std::nullopt};
  connectors::Changes changes;
  // With overlap: the last row comes again.
  std::size_t from = watermark.empty() ? 0 : std::stoul(watermark);
  if (from > 0) --from;
  for (std::size_t i = from; i < changed_.size(); ++i)
    changes.rows.push_back(
        {changed_[i], keys_hidden_ ? std::string() : by_id(changed_[i])->key, std::to_string(i)});
  changes.watermark = std::to_string(changed_.size());
  return {{}, changes};
}

void FakeDesk::say(Kept& kept, const std::string& text, const std::string& mark, bool repeat) {
  if (repeat)
    for (const std::string& said : kept.comments)
      if (said.find('[' + mark + ']') != std::string::npos) return;
  kept.comments.push_back(text + " [" + mark + ']');
}

Outcome FakeDesk::tell(const connectors::Ticket& ticket, const std::string&, const mappings::Json& fields,
                       const std::string& comment, const std::string& mark, bool repeat) {
  std::lock_guard lock(mutex_);
  auto failure = begin("tell");
  if (failure && failure->verdict != Verdict::unknown) return *failure;
  Kept* kept = by_id(ticket.id);
  if (kept == nullptr || kept->gone) return outcome(Verdict::rejected, "not_found");
  kept->told = fields.dump();
  say(*kept, comment, mark, repeat);
  return failure ? *failure : Outcome{};
}

Outcome FakeDesk::comment(const connectors::Ticket& ticket, const std::string& text, const std::string& mark,
                          bool repeat) {
  std::lock_guard lock(mutex_);
  auto failure = begin("comment");
  if (failure && failure->verdict != Verdict::unknown) return *failure;
  Kept* kept = by_id(ticket.id);
  if (kept == nullptr || kept->gone) return outcome(Verdict::rejected, "not_found");
  say(*kept, text, mark, repeat);
  return failure ? *failure : Outcome{};
}

std::optional<connectors::Hint> FakeDesk::hint(const std::vector<std::pair<std::string, std::string>>&,
                                               std::string_view body, std::string&) const {
  return connectors::Hint{std::string(body), ""};
}

}  // namespace tests
