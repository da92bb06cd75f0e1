#include "bridge/siem/cef.h"

#include <arpa/inet.h>

#include "mappings/engine/json.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::cut_text;
using mappings::Json;

namespace {

// What ArcSight's dictionary allows the keys.
constexpr std::size_t custom_text = 4000, other_text = 1023;

// In the header | and \ are escaped, in the extension = and \; a line end cannot stand in a header.
std::string header_text(std::string_view text) {
  std::string out;
  for (const char c : cut_text(text, other_text)) {
    if (c == '|' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return out;
}

std::string value_text(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : cut_text(text, most)) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      if (c == '=' || c == '\\') out += '\\';
      out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
  }
  return out;
}

class Extension {
 public:
  void add(std::string_view key, std::string_view text, std::size_t most = other_text) {
    if (text.empty()) return;
    if (!out_.empty()) out_ += ' ';
    out_.append(key).append("=").append(value_text(text, most));
  }
  void add(std::string_view key, std::string_view label, std::string_view text) {
    if (text.empty()) return;
    add(std::string(key) + "Label", label);
    add(key, text, custom_text);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// "request.approved": "Request approved"
std::string name_of(std::string_view action) {
  std::string name(action);
  for (char& c : name)
    if (c == '.' || c == '_') c = ' ';
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

void add_address(Extension& extension, const std::string& ip) {
  in6_addr address{};
  if (::inet_pton(AF_INET6, ip.c_str(), &address) == 1)
    extension.add("c6a2", "Source IPv6 Address", ip);
  else
    extension.add("src", ip);
}

// Whose request it is, and what for.
void add_entry(Extension& extension, const std::string& text, bool brief) {
  Json entry;
  try {
    entry = Json::parse(text);
  } catch (const mappings::JsonError&) {
    return;  // the row itself is sent all the same
  }
  const auto field = [&](const char* object, const char* key) {
    return entry.get(object).get(key).string_or("");
  };
  extension.add("suser", field("user", "account"));
  extension.add("shost", field("computer", "name"));
  extension.add("fname", field("application", "name"));
  extension.add("fileHash", field("application", "sha256"));
  extension.add("outcome", entry.get("status").string_or(""));
  for (const char* who : {"approvedByEmail", "approvedBy", "deniedByEmail", "deniedBy"})
    if (const std::string name = entry.get(who).string_or(""); !name.empty()) {
      extension.add("duser", name);
      break;
    }
  extension.add("cs4", "Type", entry.get("type").string_or(""));
  if (!brief) extension.add("reason", entry.get("reason").string_or(""));
}

}  // namespace

std::string event_cef(const SiemEvent& event, bool brief) {
  std::string out = "CEF:0|Countersign|" + header_text(event.source) + "|" COUNTERSIGN_VERSION "|" +
                    header_text(event.row.entry.action) + '|' + header_text(name_of(event.row.entry.action)) +
                    '|' + std::to_string(severity_of(event)) + '|';
  Extension extension;
  extension.add("eventId", std::to_string(event.row.sequence));
  extension.add("rt", std::to_string(to_micros(event.row.entry.at) / 1000));
  extension.add("cat", event.source);
  add_address(extension, event.row.entry.actor.ip);
  if (event.entry.empty())
    extension.add("suser", event.row.entry.actor.name);
  else
    add_entry(extension, event.entry, brief);
  extension.add("cs1", "EntityName", event.row.entry.object);
  if (!brief) {
    extension.add("cs2", "Old Value", event.row.entry.old_value);
    extension.add("cs3", "New Value", event.row.entry.new_value);
    extension.add("requestClientApplication", event.row.entry.actor.user_agent);
    extension.add("msg", event.row.entry.detail);
  }
  if (event.entry.empty()) extension.add("cs4", "Role", event.row.entry.actor.role);
  extension.add("cs5", "On Behalf Of", event.row.entry.actor.on_behalf_of);
  extension.add("cs6", "Queue", event.row.entry.queue);
  extension.add("flexString1", "Hash", event.row.hash);
  return out + extension.take();
}

}  // namespace bridge
