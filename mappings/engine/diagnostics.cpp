#include "mappings/engine/diagnostics.h"

#include <algorithm>
#include <fstream>
#include <numeric>

namespace mappings {

namespace {

std::string line_of(const SourceMark& where) {
  if (where.file.empty() || where.line <= 0) return {};
  std::ifstream in(where.file);
  std::string line;
  for (int i = 0; i < where.line; ++i)
    if (!std::getline(in, line)) return {};
  return line;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string SourceMark::to_string() const {
  std::string text = file;
  if (line > 0) text += ':' + std::to_string(line);
  if (line > 0 && column > 0) text += ':' + std::to_string(column);
  return text;
}

void Diagnostics::error(SourceMark where, std::string code, std::string message, std::string hint) {
  all_.push_back({Severity::error, std::move(where), std::move(code), std::move(message), std::move(hint)});
  ++errors_;
}

void Diagnostics::warning(SourceMark where, std::string code, std::string message, std::string hint) {
  all_.push_back({Severity::warning, std::move(where), std::move(code), std::move(message), std::move(hint)});
}

void Diagnostics::add(const Diagnostics& others) {
  all_.insert(all_.end(), others.all_.begin(), others.all_.end());
  errors_ += others.errors_;
}

void Diagnostics::add(Diagnostic one) {
  errors_ += one.severity == Severity::error ? 1 : 0;
  all_.push_back(std::move(one));
}

std::string Diagnostics::to_text() const {
  std::string text;
  for (const Diagnostic& d : all_) {
    std::string place = d.where.to_string();
    if (!place.empty()) text += place + ": ";
    text += d.severity == Severity::error ? "error: " : "warning: ";
    text += d.message + " [" + d.code + "]\n";
    std::string line = d.show_line ? line_of(d.where) : std::string();
    if (!line.empty()) {
      std::string number = std::to_string(d.where.line);
      std::string gutter(number.size() < 4 ? 4 - number.size() : 0, ' ');
      text += gutter + number + " | " + line + '\n';
      if (d.where.column > 0 || !d.hint.empty()) {
        text += std::string(std::max<std::size_t>(4, number.size()), ' ') + " | ";
        if (d.where.column > 0) text += std::string(static_cast<std::size_t>(d.where.column - 1), ' ') + "^ ";
        text += d.hint + '\n';
      }
    } else if (!d.hint.empty()) {
      text += "     " + d.hint + '\n';
    }
  }
  return text;
}

Json Diagnostics::to_json() const {
  Json list = Json::array();
  for (const Diagnostic& d : all_)
    list.push_back(Json::object({{"severity", d.severity == Severity::error ? "error" : "warning"},
                                 {"file", d.where.file},
                                 {"line", d.where.line},
                                 {"column", d.where.column},
                                 {"code", d.code},
                                 {"message", d.message},
                                 {"hint", d.hint}}));
  return list;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    std::size_t d = distance(word, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = &candidate;
    }
  }
  return best ? *best : std::string();
}

}  // namespace mappings
