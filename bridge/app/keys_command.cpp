// `countersign keys create | list`.

#include <iostream>

#include "bridge/api/keys.h"
#include "bridge/app/commands.h"
#include "bridge/app/table.h"
#include "bridge/ops/error.h"
#include "bridge/store/store.h"

namespace bridge {

using mappings::Json;

int keys_create(const CommonOptions& common, const std::string& queue, const std::string& label) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  const QueueConfig* found = config->queue(queue);
  if (found == nullptr) {
    std::vector<std::string> names;
    for (const QueueConfig& candidate : config->queues) names.push_back(candidate.name);
    const std::string near = mappings::nearest(queue, names);
    throw Error(ErrorCode::config_invalid,
                "no queue is called " + queue + (near.empty() ? "" : "; did you mean " + near + "?"));
  }
  auto store = open_store(config->store, OpenMode::beside);
  const NewKey made = generate_key(queue, label, SystemClock().now());
  store->add_key(made.row);
  if (common.json) {
    std::cout
        << Json::object({{"id", made.row.id}, {"queue", queue}, {"label", label}, {"key", made.key}}).dump()
        << '\n';
  } else {
    std::cerr << "Key " << made.row.id << " for queue " << queue
              << ". It is shown this once; only a hash is stored.\n";
    std::cout << made.key << '\n';
  }
  return exit_ok;
}

int keys_list(const CommonOptions& common) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  auto store = open_store(config->store, OpenMode::look);
  const auto keys = store->keys();
  if (common.json) {
    Json rows = Json::array();
    for (const KeyRow& key : keys)
      rows.push_back(Json::object(
          {{"id", key.id}, {"queue", key.queue}, {"label", key.label}, {"created", to_iso(key.created)}}));
    std::cout << rows.dump(true) << '\n';
    return exit_ok;
  }
  Table table({"KEY", "QUEUE", "CREATED", "LABEL"});
  for (const KeyRow& key : keys)
    table.add({"cs_live_" + key.id + "_…", key.queue, to_iso(key.created), key.label});
  if (table.empty())
    std::cout << "no keys yet: countersign keys create --queue NAME\n";
  else
    table.print(std::cout);
  return exit_ok;
}

}  // namespace bridge
