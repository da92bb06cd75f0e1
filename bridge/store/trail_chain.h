#pragma once

// How rows of the audit log hang together: what of a row is hashed, and the walk that finds the first row
// that does not fit. docs/audit.md says the same for whoever checks elsewhere: a change of the form needs a
// new name in front of it, and the old one stays readable. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/store/trail.h"

namespace bridge {

// What the first row has in the place of the hash before it.
inline constexpr std::string_view trail_start =
    "0000000000000000000000000000000000000000000000000000000000000000";

// What every database holds and every export shows alike: UTF-8 without NUL, a user agent of at most 200
// bytes. Seen to before a row is hashed.
bool must_be_fixed(const TrailEntry& entry) noexcept;
TrailEntry fixed(TrailEntry entry);

// Each field as <bytes>:<field>, so that no two rows have the same form.
std::string trail_form(std::int64_t sequence, const TrailEntry& entry, std::string_view previous);
// SHA-256 of it, 64 hex.
std::string trail_hash(std::int64_t sequence, const TrailEntry& entry, std::string_view previous);

struct TrailBreak {
  enum class What {
    gap,       // rows are missing before it
    order,     // it stands behind one with its sequence, or a later one
    previous,  // it was written behind another row than the one before it
    hash,      // it is not what it was when it was written
  } what = What::hash;
  std::int64_t sequence = 0;
  std::string say;  // one sentence for a person
};
std::string_view to_string(TrailBreak::What what) noexcept;

// Takes rows one after the other. Used by one thread.
class TrailWalk {
 public:
  // From the beginning, or from a later row on, which then stands behind a row that is not seen.
  explicit TrailWalk(std::int64_t first = 1) : expected_(first), seen_before_(first == 1) {}

  // Nothing: the row fits. After a break the walk is over.
  std::optional<TrailBreak> next(const TrailRecord& record);

  std::int64_t rows() const noexcept { return rows_; }
  // Of the last row that fitted; 0 and trail_start: there was none.
  std::int64_t newest() const noexcept { return rows_ == 0 ? 0 : expected_ - 1; }
  const std::string& head() const noexcept { return head_; }

 private:
  std::int64_t expected_;
  bool seen_before_;
  std::int64_t rows_ = 0;
  std::string head_{trail_start};
};

}  // namespace bridge
