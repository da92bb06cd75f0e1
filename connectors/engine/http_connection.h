#pragma once

// One connection to an origin, plain or TLS: every wait ends at the exchange's deadline or when the client is
// stopped. Owned by one exchange at a time (or by the pool, idle); not thread-safe. Never throws. Also
// carries what is not HTTP: of the URL it takes host, port and TLS alone.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "connectors/engine/http_exchange.h"
#include "connectors/engine/http_resolver.h"
#include "connectors/engine/http_tls.h"
#include "connectors/engine/http_url.h"
#include "connectors/engine/http_wait.h"

namespace connectors {

class HttpConnection {
 public:
  // Null when it could not be made: nothing of a request was sent then.
  static std::unique_ptr<HttpConnection> open(const HttpUrl& url, TlsTrust& trust, HttpResolver& resolver,
                                              const AddressVeto& veto, const Until& until, Fault& fault);
  ~HttpConnection();

  enum class Sent { all, early_answer, failed };
  // `sent`: bytes that may have left. early_answer: the peer answers before it has read everything.
  Sent send(std::string_view bytes, std::size_t& sent, const Until& until, Fault& fault);
  // Bytes received; 0: the peer ended the stream in good order; -1: `fault`.
  int receive(char* buffer, int size, const Until& until, Fault& fault);
  // Nothing has come since the last answer: a peer that closed, or that speaks unasked, is seen here.
  bool is_quiet() const noexcept;
  // Bytes on the wire or before it that the peer's system has not confirmed; -1: that is not known.
  int unconfirmed() const noexcept;

 private:
  struct State;
  explicit HttpConnection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace connectors
