#include <iostream>

#include "bridge/app/commands.h"
#include "mappings/engine/json.h"
#include "workflows/lifecycle.h"

namespace bridge {

int states(const std::string& form, bool json) {
  if (json) {
    using mappings::Json;
    Json rows = Json::array();
    for (auto state : workflows::all_states())
      for (auto event : workflows::all_events()) {
        const auto step = workflows::advance(state, event);
        if (!step.accepted) continue;
        Json effects = Json::array();
        for (auto effect : step.effects) effects.push_back(workflows::to_string(effect));
        rows.push_back(Json::object({{"state", workflows::to_string(state)},
                                     {"event", workflows::to_string(event)},
                                     {"next", workflows::to_string(step.next)},
                                     {"effects", effects}}));
      }
    std::cout << rows.dump(true) << '\n';
    return exit_ok;
  }
  std::cout << (form == "mermaid" ? workflows::lifecycle_mermaid()
                : form == "dot"   ? workflows::lifecycle_dot()
                                  : workflows::lifecycle_table());
  return exit_ok;
}

}  // namespace bridge
