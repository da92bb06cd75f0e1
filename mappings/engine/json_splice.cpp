#include "mappings/engine/json_splice.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "mappings/engine/text.h"

namespace mappings {

namespace {

// Walks over the members of an object or the elements of an array. Every end_of_ gives std::string_view::npos
// where there is none.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}

  // Behind the closing quote of the string that begins at `at`.
  std::size_t end_of_string(std::size_t at) const {
    for (++at; (at = end_of_plain(text_, at)) < text_.size(); ++at) {
      if (text_[at] == '"') return at + 1;
      if (text_[at] == '\\' && ++at == text_.size()) break;  // what is escaped
    }
    return std::string_view::npos;
  }
  // Where the comma or the bracket behind the value stands that begins at `at`.
  std::size_t end_of_value(std::size_t at) const {
    int open = 0;
    for (; at < text_.size(); ++at) {
      at = text_.find_first_of("\"{[]},", at);
      if (at == std::string_view::npos) break;
      const char c = text_[at];
      if (c == '"') {
        at = end_of_string(at);
        if (at == std::string_view::npos) break;
        --at;
      } else if (c == '{' || c == '[') {
        ++open;
      } else if (open == 0) {
        return at;
      } else if (c != ',') {
        --open;
      }
    }
    return std::string_view::npos;
  }
  std::size_t behind_space(std::size_t at) const {
    return std::min(text_.find_first_not_of(" \t\r\n", at), text_.size());
  }
  bool is(char c, std::size_t at) const { return at < text_.size() && text_[at] == c; }

  struct Member {
    std::string_view name;  // in quotes
    std::size_t value = 0;
    std::size_t over = 0;  // where the comma or the bracket behind the value stands
  };
  // The member whose name begins at `at`; nothing when it is none, or its name has escapes.
  std::optional<Member> member(std::size_t at) const {
    if (!is('"', at)) return std::nullopt;
    const std::size_t end = end_of_string(at);
    if (end == std::string_view::npos) return std::nullopt;
    Member found;
    found.name = text_.substr(at, end - at);
    if (found.name.find('\\') != std::string_view::npos) return std::nullopt;
    const std::size_t colon = behind_space(end);
    if (!is(':', colon)) return std::nullopt;
    found.value = behind_space(colon + 1);
    found.over = end_of_value(found.value);
    if (found.over == std::string_view::npos || found.over == found.value || is(']', found.over))
      return std::nullopt;
    return found;
  }

 private:
  std::string_view text_;
};

}  // namespace

std::optional<std::string> with_members(std::string_view object, const Json& members) {
  std::vector<std::pair<std::string, std::string>> left;  // name in quotes, value
  members.each_member([&](std::string_view name, const Json& value) {
    std::string quoted;
    append_quoted(quoted, name);
    left.emplace_back(std::move(quoted), value.dump());
  });
  const Walk walk(object);
  std::string out;
  out.reserve(object.size() + 256);
  std::size_t at = walk.behind_space(0);
  if (!walk.is('{', at)) return std::nullopt;
  std::size_t written = 0;
  bool any = false;
  at = walk.behind_space(at + 1);
  while (!walk.is('}', at)) {
    const auto member = walk.member(at);
    if (!member) return std::nullopt;
    const auto found =
        std::find_if(left.begin(), left.end(), [&](const auto& one) { return one.first == member->name; });
    if (found != left.end()) {
      out.append(object, written, member->value - written).append(found->second);
      written = member->over;
      left.erase(found);
    }
    any = true;
    at = member->over;
    if (walk.is(',', at)) {
      at = walk.behind_space(at + 1);
      if (walk.is('}', at)) return std::nullopt;
    }
  }
  if (walk.behind_space(at + 1) != object.size()) return std::nullopt;
  out.append(object, written, at - written);
  for (const auto& [name, value] : left) {
    if (any) out.push_back(',');
    out.append(name).append(1, ':').append(value);
    any = true;
  }
  out.push_back('}');
  return out;
}

std::optional<std::string_view> member_text(std::string_view object, std::string_view name) {
  const Walk walk(object);
  std::size_t at = walk.behind_space(0);
  if (!walk.is('{', at)) return std::nullopt;
  do {
    const auto member = walk.member(walk.behind_space(at + 1));
    if (!member) return std::nullopt;
    if (member->name.substr(1, member->name.size() - 2) == name)
      return object.substr(member->value, member->over - member->value);
    at = member->over;
  } while (walk.is(',', at));
  return std::nullopt;
}

Json with_only(std::string_view object, const std::vector<std::string>& names) {
  Json found = Json::object();
  for (const std::string& name : names) {
    const auto text = member_text(object, name);
    if (!text) return Json::parse(object);
    found.add(name, Json::parse(*text));
  }
  return found;
}

bool each_element(std::string_view array, const std::function<bool(std::string_view element)>& each) {
  const Walk walk(array);
  std::size_t at = walk.behind_space(0);
  if (!walk.is('[', at)) return false;
  at = walk.behind_space(at + 1);
  if (walk.is(']', at)) return walk.behind_space(at + 1) == array.size();
  for (;;) {
    const std::size_t over = walk.end_of_value(at);
    if (over == std::string_view::npos || over == at || walk.is('}', over)) return false;
    if (!each(array.substr(at, over - at))) return true;
    at = walk.behind_space(over + 1);
    if (walk.is(']', over)) return at == array.size();
  }
}

}  // namespace mappings
