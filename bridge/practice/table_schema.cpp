#include "bridge/practice/table_schema.h"

#include <algorithm>

namespace bridge {

namespace {

using Choices = std::vector<FieldInfo::Choice>;

const Choices incident_states = {{"1", "New"},      {"2", "In Progress"}, {"3", "On Hold"},
                                 {"6", "Resolved"}, {"7", "Closed"},      {"8", "Canceled"}};
const Choices change_states = {{"-5", "New"},       {"-4", "Assess"},    {"-3", "Authorize"},
                               {"-2", "Scheduled"}, {"-1", "Implement"}, {"0", "Review"},
                               {"3", "Closed"},     {"4", "Canceled"}};
const Choices request_states = {{"-5", "Pending"},          {"1", "Open"},
                                {"2", "Work in Progress"},  {"3", "Closed Complete"},
                                {"4", "Closed Incomplete"}, {"7", "Closed Skipped"}};
const Choices levels = {{"1", "1 - High"}, {"2", "2 - Medium"}, {"3", "3 - Low"}};
const Choices priorities = {
    {"1", "1 - Critical"}, {"2", "2 - High"}, {"3", "3 - Moderate"}, {"4", "4 - Low"}, {"5", "5 - Planning"}};
const Choices approvals = {{"not requested", "Not Yet Requested"},
                           {"requested", "Requested"},
                           {"approved", "Approved"},
                           {"rejected", "Rejected"},
                           {"not_required", "No Longer Required"},
                           {"cancelled", "Cancelled"},
                           {"duplicate", "Duplicate"}};

const Choices& states_of(std::string_view table) {
  if (table == "change_request") return change_states;
  if (table.substr(0, 3) == "sc_") return request_states;
  return incident_states;
}

class Fields {
 public:
  explicit Fields(std::vector<std::unique_ptr<FieldInfo>>& out) : out_(out) {}
  Fields& add(FieldKind kind, std::initializer_list<const char*> names, std::size_t max_length = 0) {
    for (const char* name : names) make(name, kind).max_length = max_length;
    return *this;
  }
  Fields& reference(std::string_view target, std::initializer_list<const char*> names) {
    for (const char* name : names) make(name, FieldKind::reference).target = target;
    return *this;
  }
  Fields& choice(const char* name, const Choices& choices) {
    make(name, FieldKind::choice).choices = &choices;
    return *this;
  }
  Fields& kept(FieldKind kind, std::initializer_list<const char*> names) {
    for (const char* name : names) make(name, kind).read_only = true;
    return *this;
  }
  void bookkeeping() {
    kept(FieldKind::text, {"sys_id", "sys_created_by", "sys_updated_by"});
    kept(FieldKind::time, {"sys_created_on", "sys_updated_on"});
    kept(FieldKind::integer, {"sys_mod_count"});
  }

 private:
  FieldInfo& make(const char* name, FieldKind kind) {
    out_.push_back(std::make_unique<FieldInfo>());
    out_.back()->name = name;
    out_.back()->kind = kind;
    return *out_.back();
  }
  std::vector<std::unique_ptr<FieldInfo>>& out_;
};

bool is_custom_name(std::string_view name) {
  return name.size() > 2 && name.size() <= 80 && name.substr(0, 2) == "u_" &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace

bool FieldInfo::is_number() const noexcept {
  return kind == FieldKind::integer ||
         (kind == FieldKind::choice && choices != &approvals);  // every other choice is kept as a number
}

std::string_view FieldInfo::label(std::string_view value) const noexcept {
  if (choices)
    for (const auto& [stored, label] : *choices)
      if (stored == value) return label;
  return value;
}

std::string_view FieldInfo::from_label(std::string_view text) const noexcept {
  if (choices)
    for (const auto& [stored, label] : *choices)
      if (label == text) return stored;
  return text;
}

TableSchema::TableSchema(std::string task_table, const std::vector<std::string>& custom_fields)
    : task_table_(std::move(task_table)) {
  Fields task(tables_[task_table_]);
  task.add(FieldKind::text, {"number"}, 40)
      .add(FieldKind::text, {"short_description"}, 160)
      .add(FieldKind::text, {"description"}, 4000)
      .choice("state", states_of(task_table_))
      .choice("approval", approvals)
      .add(FieldKind::text, {"correlation_id", "correlation_display"}, 100)
      .reference("sys_user",
                 {"caller_id", "opened_by", "assigned_to", "resolved_by", "closed_by", "requested_for"})
      .reference("sys_user_group", {"assignment_group"})
      .add(FieldKind::boolean, {"active"})
      .choice("impact", levels)
      .choice("urgency", levels)
      .choice("priority", priorities)
      .add(FieldKind::text,
           {"category", "subcategory", "contact_type", "cmdb_ci", "business_service", "location", "company",
            "close_code", "hold_reason", "upon_approval", "upon_reject", "work_notes_list"})
      .add(FieldKind::text, {"close_notes"}, 4000)
      .add(FieldKind::time, {"opened_at", "resolved_at", "closed_at", "due_date"})
      .add(FieldKind::journal, {"comments", "work_notes"});
  if (&states_of(task_table_) == &incident_states) task.choice("incident_state", incident_states);
  task.kept(FieldKind::text, {"sys_class_name"}).bookkeeping();

  Fields approver(tables_["sysapproval_approver"]);
  approver.choice("state", approvals)
      .reference("sys_user", {"approver"})
      .reference(task_table_, {"sysapproval"})
      .add(FieldKind::text, {"document_id", "source_table", "group", "approval_source"})
      .add(FieldKind::time, {"due_date"})
      .add(FieldKind::journal, {"comments"});
  approver.bookkeeping();

  Fields journal(tables_["sys_journal_field"]);
  journal.kept(FieldKind::text, {"element_id", "element", "name", "value"}).bookkeeping();

  Fields user(tables_["sys_user"]);
  user.add(FieldKind::text,
           {"user_name", "name", "first_name", "last_name", "email", "title", "phone", "department",
            "time_zone"},
           100)
      .add(FieldKind::boolean, {"active"});
  user.bookkeeping();

  Fields audit(tables_["sys_audit"]);
  audit.kept(FieldKind::text, {"documentkey", "tablename", "fieldname", "oldvalue", "newvalue", "user"})
      .bookkeeping();

  Fields group(tables_["sys_user_group"]);
  group.add(FieldKind::text, {"name", "description", "email"}, 100).add(FieldKind::boolean, {"active"});
  group.bookkeeping();

  for (const auto& name : custom_fields) add_custom(name);
}

std::string_view TableSchema::number_prefix() const noexcept {
  static constexpr std::pair<std::string_view, std::string_view> known[] = {
      {"incident", "INC"},     {"change_request", "CHG"}, {"sc_request", "REQ"},
      {"sc_req_item", "RITM"}, {"sc_task", "SCTASK"},     {"problem", "PRB"}};
  for (const auto& [table, prefix] : known)
    if (table == task_table_) return prefix;
  return "TASK";
}

bool TableSchema::has_table(std::string_view table) const noexcept {
  return tables_.find(table) != tables_.end();  // tables never change after the constructor
}

const FieldInfo* TableSchema::field(std::string_view table, std::string_view name) const {
  std::shared_lock lock(mutex_);
  const auto found = tables_.find(table);
  if (found == tables_.end()) return nullptr;
  for (const auto& info : found->second)
    if (info->name == name) return info.get();
  return nullptr;
}

std::vector<const FieldInfo*> TableSchema::fields(std::string_view table) const {
  std::shared_lock lock(mutex_);
  std::vector<const FieldInfo*> list;
  if (const auto found = tables_.find(table); found != tables_.end())
    for (const auto& info : found->second) list.push_back(info.get());
  return list;
}

bool TableSchema::add_custom(std::string_view name) {
  if (!is_custom_name(name)) return false;
  std::unique_lock lock(mutex_);
  Table& table = tables_[task_table_];
  for (const auto& info : table)
    if (info->name == name) return true;
  if (table.size() >= 300) return false;
  auto info = std::make_unique<FieldInfo>();
  info->name = name;
  info->max_length = 4000;
  table.push_back(std::move(info));
  return true;
}

}  // namespace bridge
