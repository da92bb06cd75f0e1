#include "bridge/queue/find_request.h"

#include "bridge/ops/error.h"

namespace bridge {

Record find_request(Store& store, const Config& config, const std::string& text, const std::string& queue) {
  std::vector<Record> found;
  if (auto ref = ref_from_key(text)) {
    if (auto record = store.find(*ref)) found.push_back(std::move(*record));
  } else {
    for (const QueueConfig& candidate : config.queues) {
      if (!queue.empty() && candidate.name != queue) continue;
      if (auto ref_here = ref_from_key(candidate.name + ':' + text))
        if (auto record = store.find(*ref_here)) found.push_back(std::move(*record));
    }
  }
  if (found.empty())
    throw Error(ErrorCode::not_found, "no request " + text + (queue.empty() ? "" : " in queue " + queue));
  if (found.size() > 1)
    throw Error(ErrorCode::invalid_request,
                "request " + text + " is in several queues: name one, as in " + found.front().ref.key());
  return found.front();
}

}  // namespace bridge
