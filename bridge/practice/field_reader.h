#pragma once

// Reads fields of rows as the Table API does: through dots across references, as stored values or as labels,
// and as the JSON of the answer's shape. Holds the store and the schema by reference. Thread-safe.

#include <optional>
#include <string>
#include <string_view>

#include "bridge/practice/table_schema.h"
#include "bridge/practice/table_store.h"

namespace bridge {

class FieldReader {
 public:
  enum class Shown { value, label, both };  // sysparm_display_value=false|true|all
  struct Shape {
    Shown shown = Shown::value;
    bool links = true;  // not sysparm_exclude_reference_link
    std::string base;   // "http://127.0.0.1:8081", for links
  };

  FieldReader(const TableStore& store, const TableSchema& schema) : store_(store), schema_(schema) {}

  // The field at the end of a path ("state", "approver.email"); null when a step does not exist.
  const FieldInfo* field(std::string_view table, std::string_view path) const;
  std::string value(std::string_view table, const TableRow& row, std::string_view path) const;
  // What a person sees: the label of a choice, the name of what a reference points at.
  std::string label(std::string_view table, const TableRow& row, std::string_view path) const;
  // Appends the field's JSON. `path` must name a field.
  void append(std::string& out, std::string_view table, const TableRow& row, std::string_view path,
              const Shape& shape) const;

 private:
  struct End {
    RowPtr held;  // keeps `row` alive when a reference was followed
    const TableRow* row = nullptr;
    const FieldInfo* info = nullptr;
  };
  End walk(std::string_view table, const TableRow& row, std::string_view path) const;
  std::string shown(const End& end) const;
  std::string journal_text(std::string_view element_id, std::string_view element) const;

  const TableStore& store_;
  const TableSchema& schema_;
};

}  // namespace bridge
