#include "bridge/store/sqlite_inventory.h"

#include "bridge/store/folded.h"
#include "bridge/store/sql_inventory.h"
#include "bridge/store/sqlite_store.h"

namespace bridge {

namespace {
Computer read_computer(const Query& row) {
  return {row.number(0), row.text(1), row.text(2), row.text(3), row.text(4)};
}

// The id's text, or the name's, with what stands for it; `name` holds what the query points to.
struct Selected {
  Selected(SqliteSession& session, const std::string& queue, const Inventory::Which& which,
           std::string_view by_id, std::string_view by_name)
      : id(std::get_if<std::int64_t>(&which)),
        name(id ? std::string() : folded(std::get<std::string>(which))),
        row(id ? session.query(by_id, queue, *id) : session.query(by_name, queue, name)) {}

  const std::int64_t* id;
  const std::string name;
  Query row;
};
}  // namespace

Inventory::Put SqliteInventory::put(const NewComputer& computer) {
  return store_.write([&](SqliteSession& session) {
    const std::string name_key = folded(computer.name);
    std::optional<std::int64_t> known;
    {
      Query row = session.query(sql::computer_id_of_name, computer.queue, name_key);
      if (row.step()) known = row.number(0);
    }
    std::int64_t id = known.value_or(0);
    if (!known) {
      Query row = session.query(sql::next_computer_id, computer.queue);
      row.step();
      id = row.number(0);
      row.run();
    }
    Put put{!known,
            {id, computer.body(id), computer.software, computer.user_groups, computer.computer_groups}};
    session
        .query(known ? sql::replace_computer : sql::insert_computer, computer.queue, id, computer.name,
               name_key, std::int64_t{computer.server}, put.computer.body, computer.software,
               computer.user_groups, computer.computer_groups)
        .run();
    return put;
  });
}

std::optional<Computer> SqliteInventory::find(const std::string& queue, const Which& which) {
  return store_.read([&](SqliteSession& session) -> std::optional<Computer> {
    Selected selected(session, queue, which, sql::find_computer_by_id, sql::find_computer_by_name);
    if (!selected.row.step()) return std::nullopt;
    return read_computer(selected.row);
  });
}

std::vector<Computer> SqliteInventory::page(const std::string& queue, const InventoryQuery& query) {
  if (query.take <= 0) return {};
  return store_.read([&](SqliteSession& session) {
    Query row = session.query(sql::computer_page, queue, query.start_id, query.take,
                              std::int64_t{query.software}, std::int64_t{query.groups});
    std::vector<Computer> found;
    while (row.step()) found.push_back(read_computer(row));
    return found;
  });
}

bool SqliteInventory::remove(const std::string& queue, const Which& which) {
  return store_.write([&](SqliteSession& session) {
    Selected selected(session, queue, which, sql::remove_computer_by_id, sql::remove_computer_by_name);
    const bool removed = selected.row.step();
    if (removed) selected.row.run();
    return removed;
  });
}

Inventory::Counts SqliteInventory::counts(const std::string& queue) {
  return store_.read([&](SqliteSession& session) {
    Counts counts;
    Query row = session.query(sql::count_computers, queue);
    while (row.step()) (row.number(0) == 1 ? counts.servers : counts.workstations) = row.number(1);
    return counts;
  });
}

}  // namespace bridge
