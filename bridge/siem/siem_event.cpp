#include "bridge/siem/siem_event.h"

#include <array>
#include <cstdio>
#include <unistd.h>

#include "bridge/store/trail_json.h"
#include "mappings/engine/json.h"
#include "mappings/engine/text.h"

namespace bridge {

namespace {

bool begins_with_any(std::string_view text, std::initializer_list<std::string_view> beginnings) {
  for (const std::string_view one : beginnings)
    if (text.starts_with(one)) return true;
  return false;
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> endings) {
  for (const std::string_view one : endings)
    if (text.ends_with(one)) return true;
  return false;
}

// The letter at `at` of valid UTF-8, and where the next one begins.
std::uint32_t letter(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  const int more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  std::uint32_t code = more == 0 ? first : first & (0x3fu >> more);
  for (int i = 1; i <= more; ++i) code = code << 6 | (byte(at + static_cast<std::size_t>(i)) & 0x3fu);
  at += static_cast<std::size_t>(more) + 1;
  return code;
}

void append_escape(std::string& out, std::uint32_t unit) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", unit);
  out.append(text.data());
}

}  // namespace

SiemEvent audit_event(const TrailRecord& record) {
  return {"audit", record, ""};
}

SiemEvent auditlog_event(const std::string& queue, std::int64_t id, std::string_view status, Time changed,
                         std::string entry) {
  SiemEvent event;
  event.source = "auditlog";
  event.row.sequence = to_micros(changed);
  event.row.entry.at = changed;
  const std::string word = mappings::lower_case(status);
  event.row.entry.action = "auditlog." + word.substr(0, word.find(' '));
  event.row.entry.queue = queue;
  event.row.entry.object = "request " + queue + ':' + std::to_string(id);
  event.entry = std::move(entry);
  return event;
}

SiemEvent test_event(const std::string& sink, Time now) {
  SiemEvent event;
  event.source = "test";
  event.row.entry.at = now;
  event.row.entry.action = "siem.test";
  event.row.entry.object = "siem " + sink;
  event.row.entry.actor.name = "countersign siem test";
  event.row.entry.detail = "A test of this sink; nothing happened";
  return event;
}

int severity_of(const SiemEvent& event) {
  if (event.source != "audit") return 2;
  const std::string_view action = event.row.entry.action;
  if (action.ends_with("refused")) return 7;
  if (begins_with_any(action,
                      {"credential.", "role.", "key_group.", "login.", "directory.", "configuration."}))
    return 5;
  if (ends_with_any(action, {".parked", ".retried", "_lost"})) return 5;
  return 3;
}

std::string event_json(const SiemEvent& event, bool brief) {
  std::string out = "{\"source\":\"" + event.source + "\",";
  if (!event.entry.empty()) {
    const TrailEntry& row = event.row.entry;
    out.append("\"sequence\":").append(std::to_string(event.row.sequence));
    out.append(",\"at\":\"").append(to_iso(row.at)).append("\"");
    for (const auto& [key, text] : {std::pair<const char*, const std::string&>{"action", row.action},
                                    {"queue", row.queue},
                                    {"object", row.object}})
      mappings::append_quoted(out.append(",\"").append(key).append("\":"), text);
    return out.append(brief ? ",\"cut\":true" : ",\"entry\":" + event.entry).append("}");
  }
  TrailRecord row = event.row;
  if (brief) {
    for (std::string* text :
         {&row.entry.old_value, &row.entry.new_value, &row.entry.detail, &row.entry.actor.user_agent})
      text->clear();
    out += "\"cut\":true,";
  }
  std::string text;
  append_json(text, row);
  return out.append(text, 1);
}

std::string to_ascii_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    if (static_cast<unsigned char>(json[at]) < 0x80) {
      out += json[at++];
      continue;
    }
    const std::uint32_t code = letter(json, at);
    if (code < 0x10000) {
      append_escape(out, code);
    } else {
      append_escape(out, 0xd800 + ((code - 0x10000) >> 10));
      append_escape(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
    }
  }
  return out;
}

std::string own_hostname() {
  char name[256] = "";
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

}  // namespace bridge
