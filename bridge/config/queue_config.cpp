#include "bridge/config/queue_config.h"

#include <algorithm>

#include "bridge/config/section_reader.h"

namespace bridge {

using mappings::Diagnostics;
using mappings::YamlNode;

namespace {

void read_mirror(const YamlNode& node, const SectionReader& reader, MirrorConfig& mirror) {
  SectionReader::read_flag(node, "auditlog", mirror.auditlog);
  SectionReader::read_flag(node, "events", mirror.events);
  SectionReader::read_flag(node, "inventory", mirror.inventory);
  SectionReader::read_flag(node, "software", mirror.software);
  SectionReader::read_flag(node, "groups", mirror.groups);
  reader.read_duration(node, "every", mirror.every);
  if (const auto history = reader.duration(node, "history"))
    mirror.history_days = static_cast<int>(std::chrono::ceil<std::chrono::days>(*history).count());
}

void read_quota(const YamlNode& node, QuotaConfig& quota, Diagnostics& diagnostics) {
  if (node.text("calls_a_day") == "off")
    quota.calls_a_day = 0;
  else
    SectionReader::read_number(node, "calls_a_day", quota.calls_a_day);
  if (const YamlNode* zone = node.find("time_zone")) {
    if (auto found = TimeZone::load(zone->scalar))
      quota.time_zone = std::move(*found);
    else
      diagnostics.error(zone->where, "unknown-time-zone", "there is no time zone " + zone->scalar,
                        "write a name such as Europe/Berlin; /usr/share/zoneinfo (package tzdata) has them");
  }
  if (!node.find("business_days")) return;
  quota.business_days.clear();
  SectionReader::each(node, "business_days", [&quota](const YamlNode& day) {
    static const std::vector<std::string> names = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    const auto at = std::find(names.begin(), names.end(), day.scalar) - names.begin();
    quota.business_days.emplace_back(static_cast<unsigned>(at));
  });
}

}  // namespace

QueueConfig read_queue(const YamlNode& row, const std::filesystem::path& directory,
                       Diagnostics& diagnostics) {
  const SectionReader reader(directory, diagnostics);
  QueueConfig queue;
  queue.where = row.where;
  queue.name = row.text("name");
  queue.remote = row.text("kind") == "remote";
  queue.url = SectionReader::url(row, "url");
  reader.read_secret(row, "key", queue.key);
  reader.read_secret(row, "webhook_secret", queue.webhook_secret);
  reader.read_duration(row, "poll", queue.poll);
  reader.read_duration(row, "poll_quick", queue.poll_quick);
  reader.read_duration(row, "reconcile", queue.reconcile);
  SectionReader::read_number(row, "calls_a_day", queue.calls_a_day);
  SectionReader::read_number(row, "decision_reserve", queue.decision_reserve);
  if (const std::string at = row.text("day_starts"); at.size() == 5)
    queue.day_starts = std::chrono::hours(std::stoi(at)) + std::chrono::minutes(std::stoi(at.substr(3)));
  if (const YamlNode* mirror = row.find("mirror")) read_mirror(*mirror, reader, queue.mirror);
  queue.networks = reader.networks(row, "networks");
  queue.approver_email = row.text("approver_email");
  if (const YamlNode* approvers = row.find("approvers")) {
    queue.approvers_of_directory = !approvers->is_sequence();
    queue.approver_group = approvers->text("group");
    for (const YamlNode& mail : approvers->items) queue.approvers.push_back(mail.scalar);
  }
  if (const YamlNode* people = row.find("directory"))
    queue.directory_file = reader.path(people->text("file"));
  queue.tenant = row.text("tenant");
  SectionReader::read_number(row, "workstation_seats", queue.workstation_seats);
  SectionReader::read_number(row, "server_seats", queue.server_seats);
  if (queue.remote) queue.quota.calls_a_day = 0;
  if (const YamlNode* quota = row.find("quota")) read_quota(*quota, queue.quota, diagnostics);
  return queue;
}

}  // namespace bridge
