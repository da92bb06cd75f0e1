#include "bridge/practice/field_reader.h"

#include "mappings/engine/json.h"

namespace bridge {

namespace {
// What stands for a row where a reference to it is shown.
std::string_view display_field(std::string_view table) {
  if (table == "sys_user" || table == "sys_user_group") return "name";
  if (table == "sysapproval_approver") return "state";
  return "number";
}
}  // namespace

const FieldInfo* FieldReader::field(std::string_view table, std::string_view path) const {
  for (std::size_t dot = 0; (dot = path.find('.')) != std::string_view::npos; path.remove_prefix(dot + 1)) {
    const FieldInfo* step = schema_.field(table, path.substr(0, dot));
    if (!step || step->kind != FieldKind::reference) return nullptr;
    table = step->target;
  }
  return schema_.field(table, path);
}

FieldReader::End FieldReader::walk(std::string_view table, const TableRow& start,
                                   std::string_view path) const {
  End end;
  end.row = &start;
  for (std::size_t dot = 0; (dot = path.find('.')) != std::string_view::npos; path.remove_prefix(dot + 1)) {
    const FieldInfo* step = schema_.field(table, path.substr(0, dot));
    if (!step || step->kind != FieldKind::reference) return {};
    table = step->target;
    if (!end.row) continue;
    RowPtr next = store_.find(table, end.row->get(step->name));
    end.held = std::move(next);
    end.row = end.held.get();
  }
  end.info = schema_.field(table, path);
  return end;
}

std::string FieldReader::value(std::string_view table, const TableRow& row, std::string_view path) const {
  if (path.find('.') == std::string_view::npos) {
    const FieldInfo* info = schema_.field(table, path);
    return !info || info->kind == FieldKind::journal ? std::string() : std::string(row.get(path));
  }
  const End end = walk(table, row, path);
  if (!end.info || !end.row || end.info->kind == FieldKind::journal) return {};
  return std::string(end.row->get(end.info->name));
}

std::string FieldReader::shown(const End& end) const {
  if (!end.info || !end.row) return {};
  const std::string_view stored = end.row->get(end.info->name);
  switch (end.info->kind) {
    case FieldKind::choice:
      return std::string(end.info->label(stored));
    case FieldKind::journal:
      return journal_text(end.row->id(), end.info->name);
    case FieldKind::reference: {
      const RowPtr target = store_.find(end.info->target, stored);
      return target ? std::string(target->get(display_field(end.info->target))) : std::string();
    }
    default:
      return std::string(stored);
  }
}

std::string FieldReader::label(std::string_view table, const TableRow& row, std::string_view path) const {
  return shown(walk(table, row, path));
}

// Newest first, as the desk's own form shows them.
std::string FieldReader::journal_text(std::string_view element_id, std::string_view element) const {
  const auto entries = store_.equal("sys_journal_field", "element_id", element_id);
  std::string text;
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if ((*entry)->get("element") != element) continue;
    const auto authors = store_.equal("sys_user", "user_name", (*entry)->get("sys_created_by"));
    text += (*entry)->get("sys_created_on");
    text += " - ";
    text += authors.empty() ? (*entry)->get("sys_created_by") : authors.front()->get("name");
    text += element == "work_notes" ? " (Work notes)\n" : " (Additional comments)\n";
    text += (*entry)->get("value");
    text += "\n\n";
  }
  return text;
}

void FieldReader::append(std::string& out, std::string_view table, const TableRow& row, std::string_view path,
                         const Shape& shape) const {
  const End end = walk(table, row, path);
  const bool readable = end.info && end.row && end.info->kind != FieldKind::journal;
  const std::string_view stored = readable ? end.row->get(end.info->name) : std::string_view();
  const bool reference = end.info && end.info->kind == FieldKind::reference;
  const auto add_link = [&] {
    out += "\"link\":";
    mappings::append_quoted(out,
                            shape.base + "/api/now/table/" + end.info->target + "/" + std::string(stored));
  };
  if (shape.shown == Shown::both) {
    out += "{\"display_value\":";
    mappings::append_quoted(out, shown(end));
    out += ",\"value\":";
    mappings::append_quoted(out, stored);
    if (reference && shape.links && !stored.empty()) {
      out.push_back(',');
      add_link();
    }
    out.push_back('}');
  } else if (reference && shape.links && !stored.empty()) {
    out.push_back('{');
    if (shape.shown == Shown::label) {
      out += "\"display_value\":";
      mappings::append_quoted(out, shown(end));
      out.push_back(',');
      add_link();
    } else {
      add_link();
      out += ",\"value\":";
      mappings::append_quoted(out, stored);
    }
    out.push_back('}');
  } else if (shape.shown == Shown::label) {
    mappings::append_quoted(out, shown(end));
  } else {
    mappings::append_quoted(out, stored);
  }
}

}  // namespace bridge
