#pragma once

// The inventory object of the Admin By Request public API: one computer. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "mappings/engine/object_shape.h"

namespace mappings {

// A computer as it is kept: what a list leaves out unless asked stands apart, as JSON texts.
struct InventoryTexts {
  std::string body;  // software and both groups are null
  std::string software = "null";
  std::string user_groups = "null";
  std::string computer_groups = "null";
};

// Every key in the service's order, unknown keys left out; inventoryAvailable is true unless it is given as
// false, and then the parts that describe the computer are null, whatever was given. `problems` as
// complete_object() has them.
Json complete_inventory(const Json& given, std::vector<std::string>& problems);

// By an object's operatingSystem.
bool is_server(const Json& operating_system);

// Takes a completed object apart.
InventoryTexts inventory_texts(Json object);

// These put back, into a body as inventory_texts() made it.
void put_groups(std::string& body, std::string_view user_groups, std::string_view computer_groups);
void put_software(std::string& body, std::string_view software);

}  // namespace mappings
