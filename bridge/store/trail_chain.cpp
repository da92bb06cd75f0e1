#include "bridge/store/trail_chain.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "bridge/ops/sha256.h"
#include "mappings/engine/json.h"
#include "mappings/engine/text.h"

namespace bridge {

namespace {
constexpr std::string_view form_name = "countersign trail 1";
constexpr std::size_t longest_agent = 200;

// In the order of the form.
template <class Entry>
auto texts_of(Entry& entry) {
  auto& actor = entry.actor;
  return std::array{&actor.name,       &actor.on_behalf_of, &actor.role,  &actor.ip,
                    &actor.user_agent, &entry.action,       &entry.queue, &entry.object,
                    &entry.old_value,  &entry.new_value,    &entry.detail};
}

bool is_plain(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
}

void append_number(std::string& out, std::int64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_field(std::string& out, std::string_view field) {
  append_number(out, static_cast<std::int64_t>(field.size()));
  out.append(1, ':').append(field);
}

void append_field(std::string& out, std::int64_t number) {
  std::string text;
  append_number(text, number);
  append_field(out, text);
}

std::string missing(std::int64_t first, std::int64_t last) {
  if (first == last) return "row " + std::to_string(first) + " is missing";
  return "rows " + std::to_string(first) + " to " + std::to_string(last) + " are missing";
}
}  // namespace

bool must_be_fixed(const TrailEntry& entry) noexcept {
  const auto texts = texts_of(entry);
  return entry.actor.user_agent.size() > longest_agent ||
         !std::all_of(texts.begin(), texts.end(), [](const std::string* text) { return is_plain(*text); });
}

TrailEntry fixed(TrailEntry entry) {
  std::string& agent = entry.actor.user_agent;
  if (agent.size() > longest_agent) agent = mappings::cut_text(agent, longest_agent);
  for (std::string* text : texts_of(entry)) {
    if (is_plain(*text)) continue;
    std::replace(text->begin(), text->end(), '\0', ' ');
    *text = mappings::Json(*text).string_or("");  // what is no UTF-8 becomes U+FFFD
  }
  return entry;
}

std::string trail_form(std::int64_t sequence, const TrailEntry& entry, std::string_view previous) {
  std::string form;
  form.reserve(256 + entry.old_value.size() + entry.new_value.size() + entry.detail.size());
  append_field(form, form_name);
  append_field(form, previous);
  append_field(form, sequence);
  append_field(form, to_micros(entry.at));
  for (const std::string* field : texts_of(entry)) append_field(form, *field);
  return form;
}

std::string trail_hash(std::int64_t sequence, const TrailEntry& entry, std::string_view previous) {
  return sha256_hex(trail_form(sequence, entry, previous));
}

std::string_view to_string(TrailBreak::What what) noexcept {
  switch (what) {
    case TrailBreak::What::gap:
      return "gap";
    case TrailBreak::What::order:
      return "order";
    case TrailBreak::What::previous:
      return "previous";
    case TrailBreak::What::hash:
      return "hash";
  }
  return "";
}

std::optional<TrailBreak> TrailWalk::next(const TrailRecord& record) {
  using What = TrailBreak::What;
  const std::int64_t at = record.sequence;
  if (at > expected_) return TrailBreak{What::gap, at, missing(expected_, at - 1)};
  if (at < expected_)
    return TrailBreak{What::order, at, "it stands behind row " + std::to_string(expected_ - 1)};
  if (seen_before_ && record.previous != head_)
    return TrailBreak{What::previous, at,
                      at == 1 ? "it names a row before it, and is the first"
                              : "it does not follow the row that now stands before it"};
  if (record.hash != trail_hash(at, record.entry, record.previous))
    return TrailBreak{What::hash, at, "its content is not what its hash was made of"};
  seen_before_ = true;
  head_ = record.hash;
  ++expected_;
  ++rows_;
  return std::nullopt;
}

}  // namespace bridge
