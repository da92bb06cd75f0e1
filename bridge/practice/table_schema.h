#pragma once

// What the practice desk knows of its tables: which fields exist, of which kind, and the labels of their
// choices. A name that is not here does not exist: a query drops it, a write ignores it. Custom fields
// (u_...) of the task table are declared by the settings, or come into being when they are first written.
// Thread-safe.

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridge {

enum class FieldKind { text, integer, boolean, time, journal, reference, choice };

struct FieldInfo {
  using Choice = std::pair<std::string_view, std::string_view>;  // stored value, label
  std::string name;
  FieldKind kind = FieldKind::text;
  std::string target;                            // reference only: its table
  const std::vector<Choice>* choices = nullptr;  // choice only
  std::size_t max_length = 0;                    // in characters; 0: no limit
  bool read_only = false;                        // kept by the desk itself

  bool is_number() const noexcept;
  // The label of a stored value; the value itself when it has none.
  std::string_view label(std::string_view value) const noexcept;
  // The stored value of a label; the label itself when it is none.
  std::string_view from_label(std::string_view label) const noexcept;
};

class TableSchema {
 public:
  TableSchema(std::string task_table, const std::vector<std::string>& custom_fields);

  const std::string& task_table() const noexcept { return task_table_; }
  // "INC" for incident, "CHG" for change_request ...; "TASK" for what is not known.
  std::string_view number_prefix() const noexcept;
  bool has_table(std::string_view table) const noexcept;
  // Null when there is no such field. Stays valid.
  const FieldInfo* field(std::string_view table, std::string_view name) const;
  // In the order in which answers show them.
  std::vector<const FieldInfo*> fields(std::string_view table) const;
  // True when `name` may become a custom field of the task table; then it is one from now on.
  bool add_custom(std::string_view name);

 private:
  using Table = std::vector<std::unique_ptr<FieldInfo>>;
  std::string task_table_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, Table, std::less<>> tables_;
};

}  // namespace bridge
