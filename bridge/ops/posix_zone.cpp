#include "bridge/ops/posix_zone.h"

namespace bridge {

using std::chrono::days;
using std::chrono::seconds;

// std offset [dst [offset] , start [/time] , end [/time]]; offsets count westwards.
class PosixZone::Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::optional<PosixZone> read() {
    PosixZone zone;
    if (!name() || !time(zone.standard_)) return std::nullopt;
    zone.standard_ = -zone.standard_;
    if (rest_.empty()) return zone;
    zone.changes_ = true;
    zone.summer_ = zone.standard_ + std::chrono::hours(1);
    if (!name()) return std::nullopt;
    if (!rest_.empty() && rest_.front() != ',') {
      if (!time(zone.summer_)) return std::nullopt;
      zone.summer_ = -zone.summer_;
    }
    if (!take(',') || !change(zone.begins_) || !take(',') || !change(zone.ends_) || !rest_.empty())
      return std::nullopt;
    return zone;
  }

 private:
  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // "CET" or "<+0330>"
  bool name() {
    const bool quoted = take('<');
    std::size_t size = 0;
    while (size < rest_.size()) {
      const char c = rest_[size];
      const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      const bool more = (c >= '0' && c <= '9') || c == '+' || c == '-';
      if (!letter && !(quoted && more)) break;
      ++size;
    }
    rest_.remove_prefix(size);
    return size >= 3 && (!quoted || take('>'));
  }

  bool number(int& value, int least, int most) {
    std::size_t size = 0;
    value = 0;
    while (size < rest_.size() && size < 4 && rest_[size] >= '0' && rest_[size] <= '9')
      value = value * 10 + (rest_[size++] - '0');
    rest_.remove_prefix(size);
    return size > 0 && value >= least && value <= most;
  }

  // [+-]h[:m[:s]]; a change may be up to a week off its day.
  bool time(seconds& value) {
    const bool negative = take('-');
    if (!negative) take('+');
    int hour = 0, minute = 0, second = 0;
    if (!number(hour, 0, 167)) return false;
    if (take(':') && !number(minute, 0, 59)) return false;
    if (take(':') && !number(second, 0, 59)) return false;
    value = seconds(hour * 3600 + minute * 60 + second);
    if (negative) value = -value;
    return true;
  }

  bool change(Change& found) {
    if (take('M')) {
      found.kind = Change::Kind::weekday;
      if (!number(found.month, 1, 12) || !take('.') || !number(found.week, 1, 5) || !take('.') ||
          !number(found.day, 0, 6))
        return false;
    } else if (take('J')) {
      found.kind = Change::Kind::day_without_leap;
      if (!number(found.day, 1, 365)) return false;
    } else {
      found.kind = Change::Kind::day;
      if (!number(found.day, 0, 365)) return false;
    }
    return !take('/') || time(found.at);
  }

  std::string_view rest_;
};

std::optional<PosixZone> PosixZone::parse(std::string_view text) {
  return Reader(text).read();
}

std::chrono::sys_seconds PosixZone::moment(const Change& change, std::chrono::year year, seconds offset) {
  using namespace std::chrono;
  sys_days date = sys_days(year / January / 1);
  if (change.kind == Change::Kind::weekday) {
    const month in(static_cast<unsigned>(change.month));
    const weekday on(static_cast<unsigned>(change.day));
    date = change.week == 5 ? sys_days(year / in / weekday_last(on))
                            : sys_days(year / in / weekday_indexed(on, static_cast<unsigned>(change.week)));
  } else if (change.kind == Change::Kind::day) {
    date += days(change.day);
  } else {
    date += days(change.day - 1 + (year.is_leap() && change.day > 59 ? 1 : 0));
  }
  return date + change.at - offset;
}

seconds PosixZone::offset_at(Time time) const {
  if (!changes_) return standard_;
  const auto local_day = std::chrono::floor<days>(time + standard_);
  const std::chrono::year year = std::chrono::year_month_day(local_day).year();
  const auto begin = moment(begins_, year, standard_);
  const auto end = moment(ends_, year, summer_);
  // South of the equator summer spans the turn of the year.
  const bool summer = begin < end ? time >= begin && time < end : time >= begin || time < end;
  return summer ? summer_ : standard_;
}

}  // namespace bridge
