#pragma once

// The people of one tenant, as the rules of workflows ask for them: who they are, which groups they are in,
// who is away. Immutable after construction; may be shared between threads.

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mappings/engine/diagnostics.h"

namespace workflows {

struct Decider;

using Moment = std::chrono::sys_time<std::chrono::microseconds>;

// "2026-12-24", "2026-12-24T10:00" or "2026-12-24T10:00:00Z", in UTC. A day alone is its begin, or the begin
// of the next one when it is the `last` of a time. Nothing when it is none of these.
std::optional<Moment> moment_from(std::string_view text, bool last = false);

struct Absence {
  std::optional<Moment> from;   // inclusive; nothing: always was
  std::optional<Moment> until;  // exclusive; nothing: no end is known
  std::string shown_until;      // as it was written; empty: no end is known
  bool operator==(const Absence&) const = default;
};

struct Person {
  std::string login;  // what the desk shows: "bob.admin", or a mail
  std::string name;   // for people
  std::vector<std::string> mails;
  std::vector<std::string> groups;
  bool active = true;
  std::vector<Absence> away;

  // Null: not away then.
  const Absence* away_at(Moment now) const noexcept;
  bool is_in(std::string_view group) const;
  bool operator==(const Person&) const = default;
};

class Directory {
 public:
  explicit Directory(std::vector<Person> people);

  // A file of people (schemas/directory.schema.json). Null when the diagnostics have an error.
  static std::shared_ptr<const Directory> load(const std::filesystem::path& file,
                                               mappings::Diagnostics& diagnostics);

  // Exactly this decider, for rules that let in: by mail, or by a login that is no mail. Null: nobody.
  const Person* find(const Decider& decider) const;
  // Whoever it may be, for rules that shut out: also by an account without its domain, by a login that is a
  // mail, and by full name where the desk shows nothing else.
  std::vector<const Person*> may_be(const Decider& decider) const;

  const std::vector<Person>& people() const noexcept { return people_; }

 private:
  using Index = std::unordered_multimap<std::string, std::size_t>;
  void collect(const Index& index, const std::string& key, std::vector<const Person*>& found) const;

  std::vector<Person> people_;
  Index by_mail_, by_login_, by_account_, by_name_;  // folded
};

}  // namespace workflows
