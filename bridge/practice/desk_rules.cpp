#include "bridge/practice/desk_rules.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "mappings/engine/json.h"

namespace bridge {

namespace {

// Cut at a whole character, as the database column would.
std::string_view cut(std::string_view text, std::size_t characters) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && ++count > characters)
      return text.substr(0, i);
  return text;
}

bool is_one_of(std::string_view value, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

DeskRules::DeskRules(TableStore& store, TableSchema& schema, const Clock& clock, Settings settings,
                     Decided decided)
    : store_(store),
      schema_(schema),
      clock_(clock),
      settings_(std::move(settings)),
      decided_(std::move(decided)),
      id_state_((std::uint64_t{std::random_device()()} << 32) | std::random_device()()) {}

std::string DeskRules::now() const {
  std::string text = to_api_time(clock_.now());
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

std::string DeskRules::new_id() {
  const auto next = [this] {  // splitmix64: no two alike in 2^64 draws
    std::uint64_t z = id_state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  };
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(next()),
                static_cast<unsigned long long>(next()));
  return text;
}

// By sys_id or by what people write; a mail address or a group that is not known yet is added, so that a
// mapping can be tried without filling in users first.
std::string DeskRules::reference(const FieldInfo& field, const std::string& text, std::string_view actor) {
  if (text.empty() || store_.find(field.target, text)) return text;
  for (const char* key : {"user_name", "email", "name", "number"}) {
    if (!store_.indexed(field.target, key)) continue;
    const auto found = store_.equal(field.target, key, text);
    if (!found.empty()) return std::string(found.front()->id());
  }
  TableRow row;
  if (field.target == "sys_user" && text.find('@') != std::string::npos) {
    row.set("user_name", text);
    row.set("email", text);
  } else if (field.target != "sys_user_group") {
    return {};
  }
  row.set("name", text);
  row.set("active", "true");
  return std::string(insert(field.target, std::move(row), actor)->id());
}

DeskRules::Draft DeskRules::apply(std::string_view table, TableRow row, const FieldValues& fields,
                                  std::string_view actor, bool labels) {
  Draft draft{std::move(row), {}, false};
  for (const auto& [name, given] : fields) {
    const FieldInfo* field = schema_.field(table, name);
    if (!field && table == schema_.task_table() && schema_.add_custom(name))
      field = schema_.field(table, name);
    if (!field) {
      note_ignored("the field " + name + " of a write to " + std::string(table));
      continue;
    }
    if (field->read_only) continue;
    if (field->kind == FieldKind::journal) {
      if (!given.empty()) draft.journals.emplace_back(name, given);
      continue;
    }
    std::string value = given;
    if (field->kind == FieldKind::reference) value = reference(*field, given, actor);
    if (field->kind == FieldKind::choice && labels) value = field->from_label(given);
    if (field->max_length > 0) value = cut(value, field->max_length);
    if (draft.row.get(name) == value) continue;
    draft.row.set(name, value);
    draft.changed = true;
  }
  return draft;
}

RowPtr DeskRules::insert(std::string_view table, TableRow row, std::string_view actor) {
  const std::string time = now();
  row.set("sys_id", new_id());
  row.set("sys_created_on", time);
  row.set("sys_updated_on", time);
  row.set("sys_created_by", actor);
  row.set("sys_updated_by", actor);
  row.set("sys_mod_count", "0");
  return store_.insert(table, std::move(row));
}

RowPtr DeskRules::save(std::string_view table, TableRow row, std::string_view actor) {
  const RowPtr before = store_.find(table, row.id());
  if (before && (table == schema_.task_table() || table == "sysapproval_approver"))
    audit(table, *before, row, actor);
  row.set("sys_updated_on", now());
  row.set("sys_updated_by", actor);
  row.set("sys_mod_count", std::to_string(std::atol(std::string(row.get("sys_mod_count")).c_str()) + 1));
  return store_.replace(table, std::move(row));
}

// Who changed what: it stays when the row's sys_updated_by is somebody else by now.
void DeskRules::audit(std::string_view table, const TableRow& before, const TableRow& after,
                      std::string_view actor) {
  for (const FieldInfo* field : schema_.fields(table)) {
    const std::string_view was = before.get(field->name), is = after.get(field->name);
    if (was == is) continue;
    TableRow row;
    row.set("documentkey", after.id());
    row.set("tablename", table);
    row.set("fieldname", field->name);
    row.set("oldvalue", was);
    row.set("newvalue", is);
    row.set("user", actor);
    insert("sys_audit", std::move(row), actor);
  }
}

void DeskRules::write_journals(std::string_view table, std::string_view sys_id, const FieldValues& journals,
                               std::string_view actor) {
  for (const auto& [element, text] : journals) {
    TableRow row;
    row.set("element_id", sys_id);
    row.set("element", element);
    row.set("name", table);
    row.set("value", text);
    insert("sys_journal_field", std::move(row), actor);
  }
}

// What follows from the fields of a ticket, and what must be there before it may be closed.
void DeskRules::finish_ticket(TableRow& row, const TableRow* before, std::string_view actor) {
  const std::string state(row.get("state"));
  const bool incident_like = schema_.field(schema_.task_table(), "incident_state") != nullptr;
  if (incident_like) {
    if (is_one_of(state, {"6", "7"}) && (row.get("close_code").empty() || row.get("close_notes").empty()))
      throw TableRefusal(
          403, "Operation Failed",
          "Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes");
    row.set("incident_state", state);
  }
  const bool over = incident_like ? is_one_of(state, {"7", "8"}) : is_one_of(state, {"3", "4", "7"});
  row.set("active", over ? "false" : "true");
  const int impact = std::atoi(std::string(row.get("impact")).c_str());
  const int urgency = std::atoi(std::string(row.get("urgency")).c_str());
  if (impact >= 1 && impact <= 3 && urgency >= 1 && urgency <= 3)
    row.set("priority", std::to_string(impact + urgency - 1));
  if (before && before->get("state") == state) return;
  const auto users = store_.equal("sys_user", "user_name", actor);
  const std::string_view user = users.empty() ? std::string_view() : users.front()->id();
  if (incident_like && state == "6") {
    row.set("resolved_at", now());
    row.set("resolved_by", user);
  } else if (over) {
    row.set("closed_at", now());
    row.set("closed_by", user);
  }
}

RowPtr DeskRules::create(std::string_view table, const FieldValues& fields, std::string_view actor,
                         bool labels) {
  std::lock_guard lock(writing_);
  if (table == "sys_journal_field" || table == "sys_audit")
    throw TableRefusal(403, "Operation Failed", "ACL Exception Insert Failed due to security constraints");
  TableRow row;
  const bool ticket = table == schema_.task_table();
  if (ticket) {
    const auto openers = store_.equal("sys_user", "user_name", actor);
    for (const auto& [name, value] :
         FieldValues{{"state", schema_.number_prefix() == "CHG" ? "-5" : "1"},
                     {"approval", "not requested"},
                     {"impact", "3"},
                     {"urgency", "3"},
                     {"opened_at", now()},
                     {"opened_by", openers.empty() ? "" : std::string(openers.front()->id())},
                     {"upon_approval", "proceed"},
                     {"upon_reject", "cancel"},
                     {"sys_class_name", schema_.task_table()}})
      row.set(name, value);
  } else if (table == "sysapproval_approver") {
    row.set("state", "requested");
  } else {
    row.set("active", "true");
  }
  Draft draft = apply(table, std::move(row), fields, actor, labels);
  if (ticket) {
    finish_ticket(draft.row, nullptr, actor);
    if (draft.row.get("number").empty()) {
      char digits[24];
      std::snprintf(digits, sizeof digits, "%07llu", static_cast<unsigned long long>(next_number_++));
      draft.row.set("number", std::string(schema_.number_prefix()) + digits);
    }
  } else if (table == "sysapproval_approver" && is_one_of(draft.row.get("state"), {"approved", "rejected"})) {
    throw TableRefusal(403, "Operation Failed", "ACL Exception Insert Failed due to security constraints");
  }
  RowPtr made = insert(table, std::move(draft.row), actor);
  write_journals(table, made->id(), draft.journals, actor);
  if (ticket && settings_.approver_rows) open_approvals(made->id());
  if (table == "sysapproval_approver" && made->get("state") == "requested") {
    const RowPtr parent = store_.find(schema_.task_table(), made->get("sysapproval"));
    if (parent && parent->get("approval") == "not requested") {
      TableRow asked = *parent;
      asked.set("approval", "requested");
      save(schema_.task_table(), std::move(asked), actor);
    }
  }
  return store_.find(table, made->id());
}

RowPtr DeskRules::update(std::string_view table, std::string_view sys_id, const FieldValues& fields,
                         std::string_view actor, bool labels) {
  std::lock_guard lock(writing_);
  const RowPtr before = store_.find(table, sys_id);
  if (!before)
    throw TableRefusal(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval");
  return change(table, before, fields, actor, labels);
}

RowPtr DeskRules::change(std::string_view table, const RowPtr& before, const FieldValues& fields,
                         std::string_view actor, bool labels) {
  if (table == "sys_journal_field" || table == "sys_audit")
    throw TableRefusal(403, "Operation Failed", "ACL Exception Update Failed due to security constraints");
  Draft draft = apply(table, *before, fields, actor, labels);
  if (!draft.changed && draft.journals.empty()) return before;  // a write of nothing new leaves no trace
  if (table == schema_.task_table()) return save_ticket(*before, std::move(draft), actor);
  if (table == "sysapproval_approver") return save_approver(*before, std::move(draft), actor);
  return save(table, std::move(draft.row), actor);
}

void DeskRules::remove(std::string_view table, std::string_view sys_id) {
  std::lock_guard lock(writing_);
  if (table != schema_.task_table() && table != "sysapproval_approver")
    throw TableRefusal(403, "Operation Failed", "ACL Exception Delete Failed due to security constraints");
  if (!store_.remove(table, sys_id))
    throw TableRefusal(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval");
  if (table == schema_.task_table())
    for (const auto& row : store_.equal("sysapproval_approver", "sysapproval", sys_id))
      store_.remove("sysapproval_approver", row->id());
}

void DeskRules::add_user(std::string_view user_name, std::string_view name, std::string_view email) {
  std::lock_guard lock(writing_);
  if (!store_.equal("sys_user", "user_name", user_name).empty()) return;
  TableRow row;
  row.set("user_name", user_name);
  row.set("name", name);
  row.set("email", email);
  row.set("time_zone", "GMT");
  row.set("active", "true");
  insert("sys_user", std::move(row), "system");
}

void DeskRules::clear() {
  std::lock_guard lock(writing_);
  store_.clear();
  next_number_ = 10001;
  std::lock_guard notes(noting_);
  ignored_.clear();
}

std::vector<std::string> DeskRules::ignored() const {
  std::lock_guard lock(noting_);
  return ignored_;
}

void DeskRules::note_ignored(const std::string& what) {
  std::string text =
      mappings::is_valid_utf8(what) ? std::string(cut(what, 200)) : "something that is not UTF-8";
  std::lock_guard lock(noting_);
  if (std::find(ignored_.begin(), ignored_.end(), text) != ignored_.end()) return;
  if (ignored_.size() >= 20) ignored_.erase(ignored_.begin());
  ignored_.push_back(std::move(text));
}

}  // namespace bridge
