#include "bridge/queue/mirror_lists.h"

#include <algorithm>

#include "bridge/queue/mirrored.h"
#include "bridge/queue/remote_answer.h"

namespace bridge {

using mappings::Json;

namespace {

constexpr int pages_at_once = 20;

}  // namespace

std::string mirror_mark(const std::string& queue, const std::string& kind) {
  return "mirror:queue:" + queue + ':' + kind;
}

MirrorLists::MirrorLists(const QueueConfig& config, Store& store, RemoteQueueApi& api)
    : config_(config),
      store_(store),
      api_(api),
      days_("days=" + std::to_string(config.mirror.history_days)) {}

std::optional<Json> MirrorLists::ask(const std::string& path, const std::string& query, MirrorStep& step) {
  auto answer = api_.get(path, query);
  auto calls = std::move(step.outcome.calls);
  calls.insert(calls.end(), answer.outcome.calls.begin(), answer.outcome.calls.end());
  step.outcome = std::move(answer.outcome);
  step.outcome.calls = std::move(calls);
  return std::move(answer.value);
}

// A list by ids, ascending from `from`.
std::optional<Json> MirrorLists::ask_page(const std::string& path, const std::string& query,
                                          std::int64_t from, int take, MirrorStep& step) {
  auto page = ask(path,
                  "startid=" + std::to_string(from) + "&take=" + std::to_string(take) +
                      (query.empty() ? "" : '&' + query),
                  step);
  if (!page) return std::nullopt;
  bool good = page->is_array();
  std::int64_t least = std::max<std::int64_t>(from, 1);
  for (std::size_t i = 0; good && i < page->size(); ++i) {
    const auto id = page->at(i).get("id").as_integer();
    good = id && *id >= least;
    if (good) least = *id + 1;
  }
  if (good) return page;
  // Pages are followed by id: one that does not go on would be followed for ever.
  not_an_answer(path + " is no list in the order of ids, or ignores startid", step.outcome);
  return std::nullopt;
}

void MirrorLists::keep_mark(const Mark& mark, Time now) {
  if (mark_ && mark_->ticks == mark.ticks && mark_->next == mark.next) return;
  store_.set_value(mirror_mark(config_.name, "auditlog"),
                   Json::object({{"ticks", mark.ticks}, {"next", Json(mark.next)}}).dump(), now);
  mark_ = mark;
}

MirrorStep MirrorLists::read_auditlog(Time now, int take) {
  if (!mark_)
    if (const auto kept = store_.value(mirror_mark(config_.name, "auditlog")); kept && !kept->empty()) {
      const Json json = Json::parse(*kept);
      mark_ = Mark{json.get("ticks").string_or("0"), json.get("next").as_integer()};
    }
  if (mark_) return mark_->next ? read_history(now, take) : read_changes(now);
  // The mark is older than the history, so that no change falls between the two.
  MirrorStep step;
  const auto answer = ask("/auditlog/delta", "", step);
  if (!answer) return step;
  const auto mark = mark_from(answer->get("timeNow").as_number());
  if (!mark) {
    not_an_answer("the list of changes has no timeNow", step.outcome);
    return step;
  }
  keep_mark({std::to_string(*mark), 0}, now);
  step.more = true;
  return step;
}

MirrorStep MirrorLists::read_history(Time now, int take) {
  MirrorStep step;
  Mark mark = *mark_;
  for (int i = 0; i < pages_at_once; ++i) {
    const auto page = ask_page("/auditlog", days_ + "&wantscandetails=1", mark.next.value_or(0), take, step);
    if (!page) return step;
    std::vector<MirroredEntry> entries;
    for (std::size_t at = 0; at < page->size(); ++at)
      if (auto entry = mirrored_entry(page->at(at), now)) entries.push_back(std::move(*entry));
    step.rows += store_.mirror().put_entries(config_.name, entries, now);
    if (entries.empty()) {
      mark.next.reset();
      keep_mark(mark, now);
      break;
    }
    mark.next = entries.back().id + 1;
    keep_mark(mark, now);
  }
  // What changed while the history was read is due at once.
  step.more = true;
  return step;
}

MirrorStep MirrorLists::read_changes(Time now) {
  MirrorStep step;
  const auto answer = ask("/auditlog/delta", "deltaTime=" + mark_->ticks + "&wantscandetails=1", step);
  if (!answer) {
    // More changed than one answer holds, and it cannot be cut: the history is read again, by pages.
    if (step.outcome.reason == "too_large") {
      store_.set_value(mirror_mark(config_.name, "auditlog"), "", now);
      mark_.reset();
    }
    return step;
  }
  const Json list = answer->get("entries");
  const auto mark = mark_from(answer->get("timeNow").as_number());
  if (!list.is_array() || !mark) {
    not_an_answer("the list of changes has no entries or no timeNow", step.outcome);
    return step;
  }
  std::vector<MirroredEntry> entries;
  for (std::size_t at = 0; at < list.size(); ++at)
    if (auto entry = mirrored_entry(list.at(at), now)) entries.push_back(std::move(*entry));
  step.rows = store_.mirror().put_entries(config_.name, entries, now);
  keep_mark({std::to_string(*mark), std::nullopt}, now);
  return step;
}

MirrorStep MirrorLists::read_events(Time now, int take) {
  MirrorStep step;
  for (int i = 0; i < pages_at_once; ++i) {
    const std::int64_t from = store_.mirror().last_event(config_.name) + 1;
    const auto page = ask_page("/events", days_, from, take, step);
    if (!page) return step;
    std::vector<MirroredEvent> events;
    for (std::size_t at = 0; at < page->size(); ++at)
      if (auto event = mirrored_event(page->at(at), now)) events.push_back(std::move(*event));
    if (events.empty()) return step;
    step.rows += store_.mirror().add_events(config_.name, events);
  }
  step.more = true;
  return step;
}

MirrorStep MirrorLists::read_inventory(Time now, int take) {
  MirrorStep step;
  std::string wants = config_.mirror.software ? "wantsoftware=1" : "";
  if (config_.mirror.groups) wants += wants.empty() ? "wantgroups=1" : "&wantgroups=1";
  for (int i = 0; i < pages_at_once; ++i) {
    const auto page = ask_page("/inventory", wants, next_computer_, take, step);
    if (!page) return step;
    std::vector<MirroredComputer> computers;
    for (std::size_t at = 0; at < page->size(); ++at)
      if (auto computer = mirrored_computer(page->at(at))) computers.push_back(std::move(*computer));
    if (computers.empty()) {
      step.rows -= store_.mirror().keep_computers(config_.name, computers_);
      store_.set_value(mirror_mark(config_.name, "inventory"), to_iso(now), now);
      computers_.clear();
      next_computer_ = 0;
      return step;
    }
    step.rows += store_.mirror().put_computers(config_.name, computers);
    for (const MirroredComputer& computer : computers) computers_.push_back(computer.id);
    next_computer_ = computers_.back() + 1;
  }
  step.more = true;
  return step;
}

}  // namespace bridge
