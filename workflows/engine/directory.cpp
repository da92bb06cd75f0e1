#include "workflows/engine/directory.h"

#include <algorithm>
#include <charconv>

#include "workflows/engine/people.h"

namespace workflows {

namespace {
// The digits at the front, `size` of them, taken off; -1 when there are not so many.
int take_number(std::string_view& text, std::size_t size) {
  int number = -1;
  if (text.size() < size) return -1;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + size, number);
  if (failed != std::errc() || end != text.data() + size || number < 0) return -1;
  text.remove_prefix(size);
  return number;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// "10:00", "10:00:00" or "10:00:00.123", with or without Z.
std::optional<std::chrono::seconds> time_of_day(std::string_view text) {
  const int hour = take_number(text, 2);
  const int minute = take(text, ':') ? take_number(text, 2) : -1;
  int second = 0;
  if (take(text, ':')) second = take_number(text, 2);
  if (take(text, '.')) {
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    if (end == 0) return std::nullopt;
    text.remove_prefix(end);
  }
  take(text, 'Z');
  if (!text.empty() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    return std::nullopt;
  return std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}
}  // namespace

std::optional<Moment> moment_from(std::string_view text, bool last) {
  const int year = take_number(text, 4);
  const int month = take(text, '-') ? take_number(text, 2) : -1;
  const int day = take(text, '-') ? take_number(text, 2) : -1;
  if (year < 0 || month < 0 || day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const Moment begin = std::chrono::sys_days(date);
  if (text.empty()) return last ? begin + std::chrono::days(1) : begin;
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  const auto time = time_of_day(text);
  if (!time) return std::nullopt;
  return begin + *time;
}

const Absence* Person::away_at(Moment now) const noexcept {
  for (const Absence& absence : away)
    if ((!absence.from || *absence.from <= now) && (!absence.until || now < *absence.until)) return &absence;
  return nullptr;
}

bool Person::is_in(std::string_view group) const {
  const std::string wanted = folded(group);
  return std::any_of(groups.begin(), groups.end(),
                     [&](const std::string& one) { return folded(one) == wanted; });
}

Directory::Directory(std::vector<Person> people) : people_(std::move(people)) {
  for (std::size_t i = 0; i < people_.size(); ++i) {
    const Person& person = people_[i];
    const std::string login = folded(person.login);
    for (const std::string& mail : person.mails) by_mail_.emplace(folded(mail), i);
    if (is_mail(login))
      by_mail_.emplace(login, i);
    else if (!login.empty())
      by_login_.emplace(login, i);
    if (!login.empty()) by_account_.emplace(std::string(without_domain(login)), i);
    if (!person.name.empty()) by_name_.emplace(folded(person.name), i);
  }
}

const Person* Directory::find(const Decider& decider) const {
  const auto only = [this](const Index& index, const std::string& key) -> const Person* {
    const auto [begin, end] = index.equal_range(key);
    // A key that two people have says nothing of who it is; one who left does not count beside one who is
    // here.
    const Person* found = nullptr;
    bool several = false;
    for (auto at = begin; at != end; ++at) {
      const Person* one = &people_[at->second];
      if (found == nullptr || (one->active && !found->active)) {
        found = one;
        several = false;
      } else if (one != found && one->active == found->active) {
        several = true;
      }
    }
    return several ? nullptr : found;
  };
  if (!decider.mail.empty())
    if (const Person* person = only(by_mail_, decider.mail)) return person;
  return decider.name.empty() ? nullptr : only(by_login_, decider.name);
}

std::vector<const Person*> Directory::may_be(const Decider& decider) const {
  std::vector<const Person*> found;
  for (const std::string* shown : {&decider.mail, &decider.name}) {
    if (shown->empty()) continue;
    collect(by_mail_, *shown, found);
    collect(by_login_, *shown, found);
  }
  if (found.empty()) collect(by_account_, std::string(without_domain(decider.name)), found);
  // A name is nobody's own: it counts only where nothing better is known.
  if (found.empty() && decider.mail.empty()) collect(by_name_, decider.name, found);
  return found;
}

void Directory::collect(const Index& index, const std::string& key, std::vector<const Person*>& found) const {
  const auto [begin, end] = index.equal_range(key);
  for (auto at = begin; at != end; ++at) {
    const Person* person = &people_[at->second];
    if (std::find(found.begin(), found.end(), person) == found.end()) found.push_back(person);
  }
}

}  // namespace workflows
