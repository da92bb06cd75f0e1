#include "bridge/store/trail_json.h"

#include "mappings/engine/json.h"

namespace bridge {

void append_json(std::string& out, const TrailRecord& record) {
  const TrailEntry& entry = record.entry;
  out.append("{\"sequence\":").append(std::to_string(record.sequence));
  out.append(",\"at\":\"").append(to_iso(entry.at));
  out.append("\",\"micros\":").append(std::to_string(to_micros(entry.at)));
  const auto member = [&](std::string_view name, const std::string& value) {
    out.append(",\"").append(name).append("\":");
    mappings::append_quoted(out, value);
  };
  member("actor", entry.actor.name);
  member("onBehalfOf", entry.actor.on_behalf_of);
  member("role", entry.actor.role);
  member("ip", entry.actor.ip);
  member("userAgent", entry.actor.user_agent);
  member("action", entry.action);
  member("queue", entry.queue);
  member("object", entry.object);
  member("oldValue", entry.old_value);
  member("newValue", entry.new_value);
  member("detail", entry.detail);
  member("previous", record.previous);
  member("hash", record.hash);
  out.push_back('}');
}

}  // namespace bridge
