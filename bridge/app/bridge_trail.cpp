#include "bridge/app/bridge_trail.h"

#include "bridge/ops/log.h"

namespace bridge {

namespace {

// The value of the store that says which files were in force last.
constexpr const char* files_in_force = "configuration:files";

}  // namespace

void BridgeTrail::record(TrailEntry entry) noexcept {
  try {
    entry.at = clock_.now();
    if (entry.actor.name.empty()) entry.actor.name = "countersign";
    store_.trail().add({entry});
  } catch (const std::exception& e) {
    log(Level::error, "not_recorded", {{"action", entry.action}, {"why", e.what()}});
  }
}

void BridgeTrail::record_files(const Fingerprints& now, const char* action, const Actor& by) noexcept {
  try {
    const std::string known = store_.value(files_in_force).value_or("");
    const ChangedFiles changed = changed_files(fingerprints_from(known), now);
    const bool differs = !changed.names.empty();
    TrailEntry entry;
    entry.at = clock_.now();
    entry.actor = by;
    entry.action = action;
    entry.old_value = changed.before;
    entry.new_value = changed.after;
    entry.detail = differs ? "changed: " + changed.names : "no file has changed";
    std::vector<TrailEntry> rows;
    if (differs || action == std::string_view("configuration.reloaded")) rows.push_back(std::move(entry));
    // In one transaction: what is remembered without its row would never be told again.
    if (differs || known.empty())
      store_.set_value(files_in_force, to_json(now), clock_.now(), rows);
    else if (!rows.empty())
      store_.trail().add(rows);
  } catch (const std::exception& e) {
    log(Level::error, "not_recorded", {{"action", action}, {"why", e.what()}});
  }
}

void BridgeTrail::tell_head() {
  TrailQuery last;
  last.newest_first = true;
  last.limit = 1;
  const auto rows = store_.trail().search(last);
  if (rows.empty() || rows.front().sequence == told_head_) return;
  told_head_ = rows.front().sequence;
  log(Level::info, "audit_head", {{"sequence", told_head_}, {"hash", rows.front().hash}});
}

}  // namespace bridge
