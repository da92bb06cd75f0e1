#include "bridge/hooks/signature.h"

#include <sys/random.h>

#include "bridge/ops/error.h"
#include "connectors/engine/webhook_signature.h"
#include "mappings/engine/text.h"

namespace bridge {

namespace {
std::string random_hex(std::size_t bytes) {
  std::string random(bytes, '\0');
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(bytes))
    throw Error(ErrorCode::internal, "the system gives no random numbers");
  return mappings::hex(random);
}
}  // namespace

std::string delivery_timestamp(Time at) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count());
}

std::string delivery_signature(const std::vector<Secret>& secrets, Time at, std::string_view body) {
  if (secrets.empty()) return {};
  const std::string timestamp = delivery_timestamp(at);
  const std::string content = timestamp + '.' + std::string(body);
  std::string text = "t=" + timestamp;
  for (const Secret& secret : secrets)
    text += ",v1=" + mappings::hex(connectors::hmac_sha256(secret.reveal(), content));
  return text;
}

Secret generate_hook_secret() {
  return Secret("whsec_" + random_hex(32));
}

std::string generate_hook_id() {
  return "wh_" + random_hex(6);
}

}  // namespace bridge
