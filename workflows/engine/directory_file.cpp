// Reads a file of people.

#include <map>

#include "mappings/engine/schema.h"
#include "mappings/engine/yaml_tree.h"
#include "workflows/engine/directory.h"
#include "workflows/engine/people.h"

namespace workflows {

using mappings::Diagnostics;
using mappings::YamlNode;

namespace {
class Reader {
 public:
  explicit Reader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  std::vector<Person> read(const YamlNode& tree) {
    for (const YamlNode& row : tree.find("people")->items) people_.push_back(person(row));
    return std::move(people_);
  }

 private:
  Person person(const YamlNode& row) {
    Person person;
    person.login = row.text("login");
    person.name = row.text("name");
    if (const YamlNode* mail = row.find("mail")) {
      if (mail->is_scalar()) person.mails.push_back(mail->scalar);
      for (const YamlNode& one : mail->items) person.mails.push_back(one.scalar);
    }
    if (const YamlNode* groups = row.find("groups"))
      for (const YamlNode& group : groups->items) person.groups.push_back(group.scalar);
    if (const YamlNode* active = row.find("active"))
      person.active = active->to_json().as_bool().value_or(true);
    if (const YamlNode* away = row.find("away")) {
      if (away->is_mapping()) person.away.push_back(absence(*away));
      for (const YamlNode& one : away->items) person.away.push_back(absence(one));
    }
    if (person.login.empty() && person.mails.empty())
      diagnostics_.error(row.where, "person-without-identity",
                         "nobody can tell who this is: there is neither a login nor a mail",
                         "add mail: bob@acme.test, or login: as the desk shows it");
    if (!person.login.empty()) once(person.login, row.find("login")->where);
    if (const YamlNode* mail = row.find("mail")) {
      if (mail->is_scalar()) once(mail->scalar, mail->where);
      for (const YamlNode& one : mail->items) once(one.scalar, one.where);
    }
    ++number_;
    return person;
  }

  // One mail or login of two people would say nothing of either.
  void once(const std::string& identity, const mappings::SourceMark& where) {
    const auto [known, fresh] = known_.emplace(folded(identity), std::pair(number_, where));
    if (!fresh && known->second.first != number_)
      diagnostics_.error(where, "duplicate-person", identity + " is somebody else already",
                         "the other is in line " + std::to_string(known->second.second.line));
  }

  Absence absence(const YamlNode& node) {
    Absence away;
    away.from = moment(node, "from", false);
    away.until = moment(node, "until", true);
    away.shown_until = node.text("until");
    if (away.from && away.until && *away.until <= *away.from)
      diagnostics_.error(node.where, "bad-absence", "the end is not after the begin",
                         "a day alone counts whole: from: 2026-12-24, until: 2026-12-24 is one day");
    return away;
  }

  std::optional<Moment> moment(const YamlNode& node, const char* key, bool last) {
    const YamlNode* value = node.find(key);
    if (value == nullptr) return std::nullopt;
    const auto found = moment_from(value->scalar, last);
    if (!found)
      diagnostics_.error(value->where, "bad-absence", std::string(key) + " is no day and no time in UTC",
                         "write 2026-12-24, or 2026-12-24T10:00:00Z");
    return found;
  }

  Diagnostics& diagnostics_;
  std::vector<Person> people_;
  std::size_t number_ = 0;
  std::map<std::string, std::pair<std::size_t, mappings::SourceMark>> known_;
};
}  // namespace

std::shared_ptr<const Directory> Directory::load(const std::filesystem::path& file,
                                                 Diagnostics& diagnostics) {
  Diagnostics found;
  std::vector<Person> people;
  const auto tree = mappings::read_yaml_file(file, found);
  if (tree && mappings::check_schema("directory", *tree, found)) people = Reader(found).read(*tree);
  diagnostics.add(found);
  if (found.has_errors()) return nullptr;
  return std::make_shared<const Directory>(std::move(people));
}

}  // namespace workflows
