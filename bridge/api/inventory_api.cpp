#include "bridge/api/inventory_api.h"

#include <charconv>

#include "bridge/api/http_answer.h"
#include "bridge/api/parameters.h"
#include "bridge/ops/error.h"
#include "mappings/engine/inventory_shape.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::Json;

namespace {
constexpr int default_take = 50;
constexpr int largest_take = 10000;
constexpr std::size_t longest_name = 255;

std::optional<std::int64_t> as_id(const std::string& text) {
  std::int64_t id = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, id);
  if (problem != std::errc() || stopped != end || id <= 0) return std::nullopt;
  return id;
}

Error unknown(const std::string& which) {
  return {ErrorCode::not_found, "There is no computer " + which + " in the inventory"};
}

// The object with its id, which mappings::complete_inventory() puts first.
std::string with_id(const std::string& text, std::int64_t id) {
  constexpr std::string_view head = R"({"id":)", empty = "null";
  return std::string(head) + std::to_string(id) + text.substr(head.size() + empty.size());
}

std::string object_of(Computer computer, bool software, bool groups) {
  if (groups) mappings::put_groups(computer.body, computer.user_groups, computer.computer_groups);
  if (software) mappings::put_software(computer.body, computer.software);
  return std::move(computer.body);
}

std::string joined(const std::vector<std::string>& problems) {
  std::string text;
  for (const std::string& problem : problems) text += (text.empty() ? "" : "; ") + problem;
  return text;
}
}  // namespace

std::vector<Route> InventoryApi::routes() {
  const auto bound = [this](Reply (InventoryApi::*verb)(const Call&)) {
    return [this, verb](const Call& call) { return (this->*verb)(call); };
  };
  return {
      {"GET", "/inventory", Right::read, "Computers of the queue: startid, take, wantsoftware, wantgroups.",
       bound(&InventoryApi::list)},
      {"GET", "/inventory/{computer}", Right::read, "One computer, by id or name: wantsoftware, wantgroups.",
       bound(&InventoryApi::show)},
      {"PUT", "/inventory/{computer}", Right::submit,
       "Takes a computer in under its name, or replaces what is known of it.", bound(&InventoryApi::put),
       true},
      {"DELETE", "/inventory/{computer}", Right::submit, "Forgets a computer, by id or name.",
       bound(&InventoryApi::remove)},
      {"GET", "/inventory/{computer}/pin", Right::decide,
       "Always refused: PIN codes are made by the endpoints' vendor.", bound(&InventoryApi::pin)},
      {"GET", "/whoami", Right::read, "The tenant, its seats and how many are used.",
       bound(&InventoryApi::whoami)},
  };
}

Computer InventoryApi::found(const Call& call) {
  const std::string& which = call.parts.at(0);
  std::optional<Computer> computer;
  if (const auto id = as_id(which)) computer = store_.inventory().find(call.caller.queue, *id);
  if (!computer) computer = store_.inventory().find(call.caller.queue, which);
  if (!computer) throw unknown(which);
  return std::move(*computer);
}

Reply InventoryApi::list(const Call& call) {
  InventoryQuery query;
  query.start_id = number_of(call, "startid");
  query.take = count_of(call, "take", default_take, largest_take);
  query.software = flag_of(call, "wantsoftware");
  query.groups = flag_of(call, "wantgroups");
  std::string body = "[";
  for (Computer& computer : store_.inventory().page(call.caller.queue, query)) {
    if (body.size() > 1) body.push_back(',');
    body += object_of(std::move(computer), query.software, query.groups);
  }
  body.push_back(']');
  return json_reply(200, std::move(body));
}

Reply InventoryApi::show(const Call& call) {
  const bool software = flag_of(call, "wantsoftware");
  const bool groups = flag_of(call, "wantgroups");
  return json_reply(200, object_of(found(call), software, groups));
}

Reply InventoryApi::put(const Call& call) {
  if (remote_queues_.contains(call.caller.queue))
    throw Error(ErrorCode::conflict,
                "The inventory of this queue is a copy of its tenant's: only its endpoints add to it");
  NewComputer row;
  row.queue = call.caller.queue;
  row.name = call.parts.at(0);
  if (row.name.size() > longest_name)
    throw Error(ErrorCode::invalid_request,
                "The name of a computer has at most " + std::to_string(longest_name) + " bytes");
  Json given;
  try {
    given = Json::parse(call.request.body);
  } catch (const mappings::JsonError& problem) {
    throw Error(ErrorCode::invalid_request, std::string("The body is not JSON: ") + problem.what());
  }
  std::vector<std::string> problems;
  Json object = mappings::complete_inventory(given, problems);
  const Json name = object.get("name");
  if (name.is_string() && !mappings::equal_ignoring_case(name.string_or(""), row.name))
    problems.emplace_back("name must be that of the path, or left out");
  if (!problems.empty()) throw Error(ErrorCode::invalid_request, joined(problems));
  object.set("id", nullptr);
  object.set("name", row.name);
  if (object.get("inventoryDate").is_null()) object.set("inventoryDate", to_api_time(clock_.now()));
  // A platform is told of a computer that may not be described, too: it takes a seat.
  row.server = mappings::is_server(given.get("operatingSystem"));
  mappings::InventoryTexts texts = mappings::inventory_texts(std::move(object));
  row.software = std::move(texts.software);
  row.user_groups = std::move(texts.user_groups);
  row.computer_groups = std::move(texts.computer_groups);
  row.body = [text = std::move(texts.body)](std::int64_t id) { return with_id(text, id); };
  Inventory::Put put = store_.inventory().put(row);
  Reply reply = json_reply(put.created ? 201 : 200, std::string());
  reply.headers.emplace_back("Location", "/inventory/" + std::to_string(put.computer.id));
  reply.body = object_of(std::move(put.computer), true, true);
  return reply;
}

Reply InventoryApi::remove(const Call& call) {
  if (remote_queues_.contains(call.caller.queue))
    throw Error(
        ErrorCode::conflict,
        "The inventory of this queue is a copy of its tenant's: delete the computer there, with DELETE "
        "/inventory/{computer} of the tenant's own API or in its portal, and it is gone from here with "
        "the next day's reading");
  const std::string& which = call.parts.at(0);
  Inventory& inventory = store_.inventory();
  const auto id = as_id(which);
  if (!(id && inventory.remove(call.caller.queue, *id)) && !inventory.remove(call.caller.queue, which))
    throw unknown(which);
  return Reply{204, {}, {}};
}

Reply InventoryApi::pin(const Call& call) {
  found(call);
  return message_reply(501,
                       "PIN codes are made by a secret method of the endpoint software's vendor. Countersign "
                       "cannot make them: ask for this one in the vendor's own portal");
}

Reply InventoryApi::whoami(const Call& call) {
  const std::string& queue = call.caller.queue;
  const auto known = tenants_.find(queue);
  const Tenant tenant = known == tenants_.end() ? Tenant{queue} : known->second;
  const Inventory::Counts used = store_.inventory().counts(queue);
  return json_reply(200, Json::object({{"tenantName", tenant.name},
                                       {"apiUrl", url_},
                                       {"workstationSeats", tenant.workstation_seats},
                                       {"workstationUsage", used.workstations},
                                       {"workstationExpiryDate", nullptr},
                                       {"serverSeats", tenant.server_seats},
                                       {"serverUsage", used.servers},
                                       {"serverExpiryDate", nullptr}})
                             .dump());
}

}  // namespace bridge
