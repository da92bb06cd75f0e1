#pragma once

// Columns of text for a terminal: widths by code points, two spaces between, the last column free.

#include <iosfwd>
#include <string>
#include <vector>

namespace bridge {

class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const noexcept { return rows_.size() < 2; }
  // Control characters of a cell become spaces: a reason must not move the cursor.
  void print(std::ostream& out) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// "41 s", "3 min 12 s", "2 h 5 min", "4 d 3 h"
std::string human_duration(std::int64_t seconds);
// "1,204"
std::string human_count(std::int64_t count);

}  // namespace bridge
