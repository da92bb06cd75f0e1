#include "bridge/ops/time_zone.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace bridge {

using std::chrono::seconds;

namespace {
constexpr std::size_t head_size = 44;
constexpr std::size_t largest_file = 1u << 20;

std::int64_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = static_cast<unsigned char>(bytes[at]) & 0x80 ? ~std::uint64_t(0) : 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return static_cast<std::int64_t>(value);
}

// The counts of a TZif header, and where each part of the data behind it lies.
struct Layout {
  std::size_t utc_marks, standard_marks, leaps, times, types, letters;
  std::size_t time_size;

  static std::optional<Layout> read(std::string_view bytes, std::size_t time_size) {
    if (bytes.size() < head_size || !bytes.starts_with("TZif") || bytes[4] < '2') return std::nullopt;
    std::size_t counts[6];
    for (std::size_t i = 0; i < 6; ++i) {
      const std::int64_t count = big_endian(bytes, 20 + 4 * i, 4);
      if (count < 0 || static_cast<std::size_t>(count) > bytes.size()) return std::nullopt;
      counts[i] = static_cast<std::size_t>(count);
    }
    Layout all{counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], time_size};
    if (all.types == 0 || all.end() > bytes.size()) return std::nullopt;
    return all;
  }
  std::size_t type_indexes() const { return head_size + times * time_size; }
  std::size_t type_records() const { return type_indexes() + times; }
  std::size_t end() const {
    return type_records() + types * 6 + letters + leaps * (time_size + 4) + standard_marks + utc_marks;
  }
};
}  // namespace

std::optional<TimeZone> TimeZone::read(std::string_view bytes) {
  // The same data twice: first with times of 32 bits, which nobody needs any more.
  const auto old = Layout::read(bytes, 4);
  if (!old) return std::nullopt;
  bytes.remove_prefix(old->end());
  const auto layout = Layout::read(bytes, 8);
  if (!layout) return std::nullopt;
  const auto offset = [&](std::size_t type) {
    return seconds(big_endian(bytes, layout->type_records() + 6 * type, 4));
  };
  TimeZone zone;
  zone.first_ = offset(0);
  for (std::size_t i = 0; i < layout->times; ++i) {
    const auto type = static_cast<unsigned char>(bytes[layout->type_indexes() + i]);
    const std::chrono::sys_seconds from(seconds(big_endian(bytes, head_size + 8 * i, 8)));
    if (type >= layout->types || (!zone.periods_.empty() && from <= zone.periods_.back().from))
      return std::nullopt;
    zone.periods_.push_back({from, offset(type)});
  }
  std::string_view rule = bytes.substr(layout->end());
  if (!rule.starts_with('\n') || !rule.ends_with('\n') || rule.size() < 2) return std::nullopt;
  rule = rule.substr(1, rule.size() - 2);
  if (!rule.empty() && !(zone.after_ = PosixZone::parse(rule))) return std::nullopt;
  return zone;
}

std::optional<TimeZone> TimeZone::load(const std::string& name, const std::filesystem::path& folder) {
  if (name == "UTC") return TimeZone();
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
  std::error_code absent;
  if (!plain || name.empty() || name.front() == '/' ||
      !std::filesystem::is_regular_file(folder / name, absent) ||
      std::filesystem::file_size(folder / name, absent) > largest_file)
    return std::nullopt;
  std::ifstream in(folder / name, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  auto zone = read(bytes);
  if (zone) zone->name_ = name;
  return zone;
}

seconds TimeZone::offset_at(Time time) const {
  const auto next = std::upper_bound(periods_.begin(), periods_.end(), time,
                                     [](Time at, const Period& period) { return at < period.from; });
  if (next == periods_.end() && after_) return after_->offset_at(time);
  return next == periods_.begin() ? first_ : std::prev(next)->offset;
}

std::chrono::local_days TimeZone::day_of(Time time) const {
  const auto day = std::chrono::floor<std::chrono::days>(time + offset_at(time));
  return std::chrono::local_days(day.time_since_epoch());
}

Time TimeZone::start_of(std::chrono::local_days day) const {
  // No zone is more than a day away from UTC. The days of a zone only ever go up, so halving finds the edge.
  const std::chrono::sys_seconds midnight(std::chrono::sys_days(day.time_since_epoch()));
  auto before = midnight - std::chrono::hours(27);
  auto from = midnight + std::chrono::hours(27);
  while (from - before > seconds(1)) {
    const auto middle = before + (from - before) / 2;
    (day_of(middle) < day ? before : from) = middle;
  }
  return from;
}

std::string TimeZone::to_iso(Time time) const {
  const auto offset = offset_at(time);
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(offset).count();
  const auto ahead = minutes < 0 ? -minutes : minutes;
  char text[16];
  std::snprintf(text, sizeof text, "%c%02d:%02d", minutes < 0 ? '-' : '+', static_cast<int>(ahead / 60),
                static_cast<int>(ahead % 60));
  return to_api_time(time + offset) + text;
}

}  // namespace bridge
