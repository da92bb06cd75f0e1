// The lifecycle as a table and as diagrams, read off advance(): there is no second description to keep.

#include <algorithm>

#include "workflows/lifecycle.h"

namespace workflows {

namespace {
struct Edge {
  State from;
  State to;
  std::vector<Event> events;
  std::vector<Effect> effects;
};

template <class E>
std::string names(const std::vector<E>& values) {
  std::string text;
  for (E value : values) {
    if (!text.empty()) text += ", ";
    text += to_string(value);
  }
  return text;
}

// Everything that is accepted; events that do the same from the same state share an edge.
std::vector<Edge> edges() {
  std::vector<Edge> all;
  for (State state : all_states())
    for (Event event : all_events()) {
      const Step step = advance(state, event);
      if (!step.accepted) continue;
      auto same = std::find_if(all.begin(), all.end(), [&](const Edge& edge) {
        return edge.from == state && edge.to == step.next && edge.effects == step.effects;
      });
      if (same == all.end())
        all.push_back({state, step.next, {event}, step.effects});
      else
        same->events.push_back(event);
    }
  return all;
}

bool same_but_for_source(const Edge& a, const Edge& b) {
  return a.to == b.to && a.events == b.events && a.effects == b.effects;
}

std::string label(const Edge& edge) {
  return names(edge.events) + (edge.effects.empty() ? "" : " / " + names(edge.effects));
}

// What one drawing needs: edges that all awaiting states have alike are drawn once, from the group.
struct Drawing {
  std::vector<Edge> edges;
  std::vector<Edge> of_awaiting;
};

Drawing drawing() {
  Drawing result;
  const auto all = edges();
  const auto awaiting = std::count_if(all_states().begin(), all_states().end(), is_awaiting);
  for (const Edge& edge : all) {
    if (edge.from == edge.to) continue;  // nothing to draw; the table has it
    const auto alike = std::count_if(all.begin(), all.end(), [&](const Edge& other) {
      return is_awaiting(other.from) && same_but_for_source(edge, other);
    });
    if (!is_awaiting(edge.from) || alike != awaiting)
      result.edges.push_back(edge);
    else if (std::none_of(result.of_awaiting.begin(), result.of_awaiting.end(),
                          [&](const Edge& other) { return same_but_for_source(edge, other); }))
      result.of_awaiting.push_back(edge);
  }
  return result;
}

std::string members(bool (*group)(State) noexcept, const char* indent, const char* end) {
  std::string text;
  for (State state : all_states())
    if (group(state)) text += std::string(indent) + std::string(to_string(state)) + end;
  return text;
}
}  // namespace

std::string lifecycle_table() {
  std::string text = "| state | event | next | effects |\n|---|---|---|---|\n";
  for (const Edge& edge : edges())
    text += "| " + std::string(to_string(edge.from)) + " | " + names(edge.events) + " | " +
            (edge.from == edge.to ? "stays" : std::string(to_string(edge.to))) + " | " + names(edge.effects) +
            " |\n";
  return text;
}

std::string lifecycle_mermaid() {
  const Drawing drawn = drawing();
  std::string text = "stateDiagram-v2\n";
  text += "  [*] --> " + std::string(to_string(begin().next)) + " : " + names(begin().effects) + '\n';
  text += "  state awaiting {\n" + members(is_awaiting, "    ", "\n") + "  }\n";
  text += "  state parked {\n" + members(is_parked, "    ", "\n") + "  }\n";
  for (const Edge& edge : drawn.edges)
    text += "  " + std::string(to_string(edge.from)) + " --> " + std::string(to_string(edge.to)) + " : " +
            label(edge) + '\n';
  for (const Edge& edge : drawn.of_awaiting)
    text += "  awaiting --> " + std::string(to_string(edge.to)) + " : " + label(edge) + '\n';
  for (State state : all_states())
    if (is_final(state)) text += "  " + std::string(to_string(state)) + " --> [*]\n";
  return text;
}

std::string lifecycle_dot() {
  const Drawing drawn = drawing();
  std::string text =
      "digraph lifecycle {\n  compound=true;\n  node [shape=box, style=rounded];\n  begin [shape=point];\n";
  text +=
      "  subgraph cluster_awaiting {\n    label=awaiting;\n" + members(is_awaiting, "    ", ";\n") + "  }\n";
  text += "  subgraph cluster_parked {\n    label=parked;\n" + members(is_parked, "    ", ";\n") + "  }\n";
  text +=
      "  begin -> " + std::string(to_string(begin().next)) + " [label=\"" + names(begin().effects) + "\"];\n";
  for (const Edge& edge : drawn.edges)
    text += "  " + std::string(to_string(edge.from)) + " -> " + std::string(to_string(edge.to)) +
            " [label=\"" + label(edge) + "\"];\n";
  // An edge of the whole group starts at its first member and is cut at the group's border.
  for (const Edge& edge : drawn.of_awaiting)
    text += "  " + std::string(to_string(edge.from)) + " -> " + std::string(to_string(edge.to)) +
            " [ltail=cluster_awaiting, label=\"" + label(edge) + "\"];\n";
  for (State state : all_states())
    if (is_final(state)) text += "  " + std::string(to_string(state)) + " [peripheries=2];\n";
  return text + "}\n";
}

}  // namespace workflows
