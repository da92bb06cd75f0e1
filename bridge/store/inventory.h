#pragma once

// The computers of the hosted queues, one row for each name. Reached through Store, which owns it;
// thread-safe and durable as that.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace bridge {

struct NewComputer {
  std::string queue;
  std::string name;  // one computer of a queue has it, in any case
  bool server = false;
  // The API's object for the id, without what stands apart below; called on the store's thread, must be quick
  // and not throw.
  std::function<std::string(std::int64_t id)> body;
  // JSON texts: "null", or a list.
  std::string software = "null";
  std::string user_groups = "null";
  std::string computer_groups = "null";
};

struct Computer {
  std::int64_t id = 0;
  std::string body;
  // Empty unless asked for.
  std::string software;
  std::string user_groups;
  std::string computer_groups;
};

struct InventoryQuery {
  std::int64_t start_id = 0;  // inclusive, ascending
  int take = 50;
  bool software = false;
  bool groups = false;
};

class Inventory {
 public:
  virtual ~Inventory() = default;

  // Creates the computer, or replaces all of it but its id. `created` says which.
  struct Put {
    bool created = false;
    Computer computer;  // whole
  };
  virtual Put put(const NewComputer& computer) = 0;

  using Which = std::variant<std::int64_t, std::string>;  // by id, by name
  // Whole.
  virtual std::optional<Computer> find(const std::string& queue, const Which& which) = 0;
  virtual std::vector<Computer> page(const std::string& queue, const InventoryQuery& query) = 0;
  // False: there is none. Its id is never given again.
  virtual bool remove(const std::string& queue, const Which& which) = 0;

  struct Counts {
    std::int64_t workstations = 0;
    std::int64_t servers = 0;
  };
  virtual Counts counts(const std::string& queue) = 0;
};

}  // namespace bridge
