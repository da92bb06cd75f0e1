#include "workflows/engine/workflow.h"

#include <algorithm>

#include "mappings/engine/duration.h"
#include "mappings/engine/schema.h"
#include "mappings/engine/yaml_tree.h"
#include "workflows/engine/people.h"

namespace workflows {

using mappings::Diagnostics;
using mappings::YamlNode;
using std::chrono::milliseconds;

namespace {
class FileWorkflow final : public Workflow {
 public:
  const std::string& name() const noexcept override { return name_; }
  std::optional<milliseconds> remind_after() const noexcept override { return remind_after_; }
  std::optional<milliseconds> escalate_after() const noexcept override { return escalate_after_; }
  std::optional<milliseconds> deadline() const noexcept override { return deadline_; }
  const std::string& deadline_reason() const noexcept override { return deadline_reason_; }

  Ruling may_decide(const mappings::Json& request, const std::string& by, const std::string& by_email,
                    const Directory* people, Moment now) const override {
    const Decider decider(by, by_email);
    const std::string& shown = by.empty() ? by_email : by;
    // Without a name no rule can be held, except the one that there is no rule.
    if (!decider.known() && !(anyone_ && own_request_ && except_.empty() && except_groups_.empty()))
      return {false, "not_a_decider", "The ticket does not say who decided"};
    if (!own_request_ && may_be_requester(decider, request))
      return {false, "own_request", shown + " made this request, and so cannot decide it"};
    for (const std::string& entry : except_)
      if (may_be_entry(decider, entry)) return not_a_decider(shown);
    if (people != nullptr)
      if (Ruling ruling = shut_out(decider, shown, *people, now); !ruling.allowed) return ruling;
    if (anyone_) return {};
    for (const std::string& entry : by_)
      if (is_entry(decider, entry)) return {};
    const Person* person = people == nullptr ? nullptr : people->find(decider);
    if (person != nullptr && (known_people_ || is_in(*person, groups_))) return {};
    return not_a_decider(shown);
  }

  void read(const YamlNode& tree, const std::string& stem, Diagnostics& diagnostics) {
    name_ = tree.text("workflow");
    if (name_ != stem)
      diagnostics.error(tree.find("workflow")->where, "name-mismatch",
                        "the workflow " + name_ + " lies in a file with another name",
                        "write workflow: " + stem + ", or rename the file");
    if (const YamlNode* decide = tree.find("decide")) read_decide(*decide);
    remind_after_ = read_duration(tree, "remind_after", diagnostics);
    escalate_after_ = read_duration(tree, "escalate_after", diagnostics);
    if (const YamlNode* deadline = tree.find("deadline")) {
      deadline_ = read_duration(*deadline, "after", diagnostics);
      deadline_reason_ = deadline->text("reason");
    }
    check_order(tree, diagnostics);
  }

 private:
  static Ruling not_a_decider(const std::string& shown) {
    return {false, "not_a_decider", shown + " is not one of those who decide requests of this kind"};
  }

  static bool is_in(const Person& person, const std::vector<std::string>& groups) {
    return std::any_of(groups.begin(), groups.end(),
                       [&](const std::string& group) { return person.is_in(group); });
  }

  // What the directory says against this decider, whoever may be meant.
  Ruling shut_out(const Decider& decider, const std::string& shown, const Directory& people,
                  Moment now) const {
    for (const Person* person : people.may_be(decider)) {
      if (!person->active)
        return {false, "inactive", shown + " is not active in the directory, and so cannot decide"};
      if (const Absence* away = person->away_at(now))
        return {false, "away",
                shown + " is away" + (away->shown_until.empty() ? "" : " until " + away->shown_until) +
                    ", and so cannot decide"};
      if (is_in(*person, except_groups_)) return not_a_decider(shown);
    }
    return {};
  }

  void read_decide(const YamlNode& decide) {
    if (const YamlNode* by = decide.find("by")) {
      anyone_ = by->is_scalar() && by->scalar == "anyone";
      known_people_ = by->is_scalar() && by->scalar == "directory";
      read_entries(*by, by_, groups_);
    }
    if (const YamlNode* except = decide.find("except")) read_entries(*except, except_, except_groups_);
    if (const YamlNode* own = decide.find("own_request"))
      own_request_ = own->to_json().as_bool().value_or(false);
  }

  static void read_entries(const YamlNode& list, std::vector<std::string>& names,
                           std::vector<std::string>& groups) {
    for (const YamlNode& entry : list.items)
      if (entry.is_mapping())
        groups.push_back(entry.text("group"));
      else
        names.push_back(entry.scalar);
  }

  static std::optional<milliseconds> read_duration(const YamlNode& from, const char* key,
                                                   Diagnostics& diagnostics) {
    const YamlNode* node = from.find(key);
    if (node == nullptr) return std::nullopt;
    const auto value = mappings::parse_duration(node->scalar);
    if (value && value->count() > 0) return value;
    diagnostics.error(node->where, "bad-duration",
                      std::string(key) + " is no duration above zero, of 36500d at most",
                      "write 30m, 8h or 3d");
    return std::nullopt;
  }

  // A reminder after the escalation, or anything after the deadline, would never be written.
  void check_order(const YamlNode& tree, Diagnostics& diagnostics) const {
    auto never = [&](const char* key, const std::optional<milliseconds>& time, const char* before,
                     const std::optional<milliseconds>& limit) {
      if (time && limit && *time >= *limit)
        diagnostics.warning(tree.find(key)->where, "never-due",
                            std::string(key) + " comes too late: " + before + " is after " +
                                mappings::format_duration(*limit),
                            "make it shorter, or leave it out");
    };
    never("remind_after", remind_after_, "the escalation", escalate_after_);
    never("remind_after", remind_after_, "the deadline", deadline_);
    never("escalate_after", escalate_after_, "the deadline", deadline_);
  }

  std::string name_;
  bool anyone_ = true;
  bool known_people_ = false;  // everybody in the directory
  bool own_request_ = false;
  std::vector<std::string> by_;
  std::vector<std::string> groups_;
  std::vector<std::string> except_;
  std::vector<std::string> except_groups_;
  std::optional<milliseconds> remind_after_;
  std::optional<milliseconds> escalate_after_;
  std::optional<milliseconds> deadline_;
  std::string deadline_reason_;
};
}  // namespace

std::shared_ptr<const Workflow> Workflow::load(const std::filesystem::path& file, Diagnostics& diagnostics) {
  Diagnostics found;
  auto workflow = std::make_shared<FileWorkflow>();
  const auto tree = mappings::read_yaml_file(file, found);
  if (tree && mappings::check_schema("workflow", *tree, found))
    workflow->read(*tree, file.stem().string(), found);
  diagnostics.add(found);
  if (found.has_errors()) return nullptr;
  return workflow;
}

}  // namespace workflows
