// The part of DeskRules that is about approvals: rows, what they add up to, and who is told.

#include <algorithm>

#include "bridge/practice/desk_rules.h"

namespace bridge {

namespace {
bool is_decision(std::string_view value) {
  return value == "approved" || value == "rejected";
}
}  // namespace

void DeskRules::open_approvals(std::string_view ticket) {
  for (const auto& name : settings_.approvers) {
    const auto users = store_.equal("sys_user", "user_name", name);
    if (users.empty()) continue;
    TableRow row;
    row.set("state", "requested");
    row.set("approver", users.front()->id());
    row.set("sysapproval", ticket);
    row.set("document_id", ticket);
    row.set("source_table", schema_.task_table());
    insert("sysapproval_approver", std::move(row), "system");
  }
  TableRow asked = *store_.find(schema_.task_table(), ticket);
  asked.set("approval", "requested");
  save(schema_.task_table(), std::move(asked), "system");
}

void DeskRules::moot_open_approvals(std::string_view ticket, std::string_view actor) {
  for (const auto& row : store_.equal("sysapproval_approver", "sysapproval", ticket)) {
    if (row->get("state") != "requested" && row->get("state") != "not requested") continue;
    TableRow moot = *row;
    moot.set("state", "not_required");
    save("sysapproval_approver", std::move(moot), actor);
  }
}

RowPtr DeskRules::save_ticket(const TableRow& before, Draft draft, std::string_view actor) {
  finish_ticket(draft.row, &before, actor);
  const std::string table = schema_.task_table(), id(before.id());
  const std::string approval(draft.row.get("approval"));
  const bool decided = approval != before.get("approval") && is_decision(approval);
  const bool moved = draft.row.get("state") != before.get("state");
  if (decided) {
    draft.row.set("_decided_by", actor);
    draft.row.set("_decided_on", now());
    draft.row.set("_reason", draft.journals.empty() ? std::string_view()
                                                    : std::string_view(draft.journals.front().second));
  }
  write_journals(table, id, draft.journals, actor);
  const RowPtr saved = save(table, std::move(draft.row), actor);
  if (decided || (moved && (saved->get("active") == "false" || saved->get("state") == "6")))
    moot_open_approvals(id, actor);
  if ((decided || moved) && actor != settings_.integration_user && decided_) decided_(*saved);
  return saved;
}

RowPtr DeskRules::save_approver(const TableRow& before, Draft draft, std::string_view actor) {
  const std::string ticket(before.get("sysapproval"));
  const std::string state(draft.row.get("state"));
  const bool moved = state != before.get("state");
  if (moved || draft.row.get("approver") != before.get("approver") ||
      draft.row.get("sysapproval") != ticket) {
    const RowPtr approver = store_.find("sys_user", before.get("approver"));
    if (!approver || approver->get("user_name") != actor)
      throw TableRefusal(403, "Operation Failed", "ACL Exception Update Failed due to security constraints");
  }
  if (moved && (before.get("state") != "requested" || !is_decision(state)))
    throw TableRefusal(403, "Operation Failed",
                       "Operation against file 'sysapproval_approver' was aborted by Business Rule "
                       "'Approvals are decided once^" +
                           std::string(before.id()) + "'");
  write_journals("sysapproval_approver", before.id(), draft.journals, actor);
  const RowPtr saved = save("sysapproval_approver", std::move(draft.row), actor);
  if (moved)
    roll_up(ticket, actor,
            draft.journals.empty() ? std::string_view() : std::string_view(draft.journals.front().second));
  return saved;
}

// One rejection rejects; as many approvals as are needed approve; the rest is no longer required.
void DeskRules::roll_up(std::string_view ticket, std::string_view actor, std::string_view reason) {
  const RowPtr parent = store_.find(schema_.task_table(), ticket);
  if (!parent) return;
  std::size_t approved = 0, rejected = 0, counted = 0;
  for (const auto& row : store_.equal("sysapproval_approver", "sysapproval", ticket)) {
    const std::string_view state = row->get("state");
    if (state == "not_required" || state == "cancelled" || state == "duplicate") continue;
    ++counted;
    approved += state == "approved" ? 1 : 0;
    rejected += state == "rejected" ? 1 : 0;
  }
  const auto asked = static_cast<std::size_t>(std::max(settings_.approvals_needed, 0));
  const std::size_t needed = asked == 0 ? counted : std::min(asked, counted);
  if (rejected > 0) {
    settle(*parent, "rejected", actor, reason);
  } else if (approved > 0 && approved >= needed) {
    settle(*parent, "approved", actor, reason);
  }
}

RowPtr DeskRules::settle(const TableRow& ticket, std::string_view approval, std::string_view actor,
                         std::string_view reason) {
  Draft draft{ticket, {}, true};
  draft.row.set("approval", approval);
  if (!reason.empty()) draft.journals.emplace_back("comments", reason);
  return save_ticket(ticket, std::move(draft), actor);
}

RowPtr DeskRules::decide(std::string_view ticket, bool approve, std::string_view by,
                         std::string_view reason) {
  std::lock_guard lock(writing_);
  const std::string& table = schema_.task_table();
  const RowPtr task = store_.find(table, ticket);
  if (!task) throw TableRefusal(404, "there is no such ticket");
  const std::string number(task->get("number"));
  if (is_decision(task->get("approval")))
    throw TableRefusal(409, number + " is already " + std::string(task->get("approval")));
  if (task->get("active") == "false" || !task->get("resolved_at").empty())
    throw TableRefusal(409, number + " is already closed");
  const auto users = store_.equal("sys_user", "user_name", by);
  if (users.empty()) throw TableRefusal(400, "there is no user \"" + std::string(by) + "\"");
  FieldValues fields{{"state", approve ? "approved" : "rejected"}};
  if (!reason.empty()) fields.emplace_back("comments", reason);
  const auto rows = store_.equal("sysapproval_approver", "sysapproval", ticket);
  for (const auto& row : rows) {
    if (row->get("approver") != users.front()->id() || row->get("state") != "requested") continue;
    change("sysapproval_approver", row, fields, by, false);
    return store_.find(table, ticket);
  }
  if (!rows.empty()) throw TableRefusal(403, number + " does not wait for " + std::string(by));
  return settle(*task, approve ? "approved" : "rejected", by, reason);
}

}  // namespace bridge
