#pragma once

// Whom we trust over TLS, and the handshake that checks it: TLS 1.2 or later, the chain to the system's
// authorities or those of `ca_file`, the host name. Never prompts, never lowers a check. Thread-safe.

#include <memory>
#include <mutex>
#include <string>

#include "connectors/engine/http_exchange.h"
#include "connectors/engine/http_wait.h"

namespace Poco::Net {
class StreamSocket;
}

namespace connectors {

class TlsTrust {
 public:
  explicit TlsTrust(TlsSettings settings);
  ~TlsTrust();

  // Reads the CA files at the first call, so that a bridge without https never does. False when that fails.
  bool prepare(Fault& fault);
  // Puts a TLS socket over the connected, non-blocking `socket`.
  bool shake_hands(Poco::Net::StreamSocket& socket, const std::string& host, const Until& until,
                   Fault& fault);

 private:
  struct Context;
  TlsSettings settings_;
  std::mutex mutex_;
  std::unique_ptr<Context> context_;
};

}  // namespace connectors
