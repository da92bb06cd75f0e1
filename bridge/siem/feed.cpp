#include "bridge/siem/feed.h"

#include <algorithm>
#include <stdexcept>

#include "bridge/queue/auditlog_entry.h"
#include "bridge/queue/mirrored.h"
#include "mappings/engine/request_shape.h"

namespace bridge {

namespace {

bool is_wanted(const std::vector<std::string>& actions, const SiemEvent& event) {
  return actions.empty() || std::any_of(actions.begin(), actions.end(), [&](const std::string& beginning) {
           return event.row.entry.action.starts_with(beginning);
         });
}

bool has(const std::vector<std::string>& list, const std::string& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

class AuditFeed final : public SiemFeed {
 public:
  AuditFeed(const SiemConfig& sink, Trail& trail)
      : queues_(sink.queues), actions_(sink.actions), trail_(trail) {}

  const std::string& name() const override { return name_; }

  Page read(std::int64_t after, int limit) override {
    TrailQuery query;
    query.after = after;
    query.limit = limit;
    Page page{{}, after, {}};
    for (const TrailRecord& record : trail_.search(query)) {
      page.reached = record.sequence;
      if (!page.oldest) page.oldest = record.entry.at;
      SiemEvent event = audit_event(record);
      if ((queues_.empty() || has(queues_, event.row.entry.queue)) && is_wanted(actions_, event))
        page.events.push_back(std::move(event));
    }
    return page;
  }

  std::int64_t newest() override { return trail_.newest(); }

  std::int64_t before(Time since) override {
    TrailQuery query;
    query.from = since;
    query.limit = 1;
    const auto first = trail_.search(query);
    return first.empty() ? trail_.newest() : first.front().sequence - 1;
  }

 private:
  const std::string name_ = "audit";
  const std::vector<std::string> queues_, actions_;
  Trail& trail_;
};

class AuditlogFeed final : public SiemFeed {
 public:
  AuditlogFeed(const SiemConfig& sink, const QueueConfig& queue, Store& store)
      : queue_(queue.name),
        mirrored_(queue.remote && queue.mirror.auditlog),
        actions_(sink.actions),
        store_(store) {}

  const std::string& name() const override { return name_; }

  Page read(std::int64_t after, int limit) override {
    AuditlogQuery query;
    query.changed_after = from_micros(after);
    query.oldest_changes = limit;
    Page page{{}, after, {}};
    const auto take = [&](std::int64_t id, int status_code, Time touched, std::string entry) {
      page.reached = to_micros(touched);
      if (!page.oldest) page.oldest = touched;
      SiemEvent event = auditlog_event(queue_, id, word_of(status_code), touched, std::move(entry));
      if (is_wanted(actions_, event)) page.events.push_back(std::move(event));
    };
    std::string entry;
    if (mirrored_)
      store_.mirror().entries(queue_, query, [&](const MirroredEntry& row) {
        entry.clear();
        append_mirrored_entry(entry, row, false);
        take(row.id, row.status_code, row.touched, entry);
      });
    else
      store_.auditlog(queue_, query, [&](const AuditlogRecord& row) {
        entry.clear();
        try {
          append_auditlog_entry(entry, row, false);
        } catch (const std::logic_error&) {
          entry.clear();  // no object of the API: one row must not hold up those behind it
        }
        take(row.id, row.status_code, row.touched, entry);
      });
    return page;
  }

  std::int64_t newest() override {
    const auto last = mirrored_ ? store_.mirror().last_change(queue_) : store_.last_change(queue_);
    return last ? to_micros(*last) : 0;
  }

  std::int64_t before(Time since) override { return std::max<std::int64_t>(to_micros(since) - 1, 0); }

 private:
  static std::string_view word_of(int status_code) {
    if (status_code == 0) return "approved";  // the API's own word is Open
    for (const auto& [code, word] : mappings::request_statuses())
      if (code == status_code) return word;
    return "changed";
  }

  const std::string queue_;
  const std::string name_ = "auditlog:" + queue_;
  const bool mirrored_;
  const std::vector<std::string> actions_;
  Store& store_;
};

}  // namespace

SiemFeeds make_feeds(const SiemConfig& sink, const std::vector<QueueConfig>& queues, Store& store,
                     Trail& trail) {
  SiemFeeds feeds;
  if (has(sink.sources, "audit")) feeds.push_back(std::make_unique<AuditFeed>(sink, trail));
  if (has(sink.sources, "auditlog"))
    for (const QueueConfig& queue : queues)
      if (sink.queues.empty() || has(sink.queues, queue.name))
        feeds.push_back(std::make_unique<AuditlogFeed>(sink, queue, store));
  return feeds;
}

}  // namespace bridge
