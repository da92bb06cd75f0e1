#include "connectors/engine/outcome.h"

namespace connectors {

std::string_view to_string(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::done:
      return "done";
    case Verdict::retry:
      return "retry";
    case Verdict::rejected:
      return "rejected";
    case Verdict::unknown:
      break;
  }
  return "unknown";
}

const std::vector<std::pair<std::string_view, std::string_view>>& reasons() {
  static const std::vector<std::pair<std::string_view, std::string_view>> table = {
      {"ok", "the call did what it should"},
      {"refused_connection", "nobody listens at the address: certainly not delivered"},
      {"unresolved", "the host name has no address: certainly not delivered"},
      {"forbidden_address", "the address is not one that webhooks may go to: nothing was sent"},
      {"tls", "the TLS handshake failed: certainly not delivered"},
      {"timeout", "no whole answer before the deadline"},
      {"connection_lost", "the connection ended before the whole answer was there"},
      {"too_large", "the answer is larger than we read"},
      {"not_an_answer", "an answer came that is not the API's: a login page, a sleeping instance, a proxy"},
      {"auth", "the desk does not accept our credentials"},
      {"forbidden", "the desk refuses this to our account"},
      {"not_found", "the record is not there, or not visible to our account"},
      {"rate_limited", "the desk asks us to slow down"},
      {"server", "the desk reports a fault of its own"},
      {"conflict", "the record changed under us"},
      {"invalid", "the desk refuses what we sent"},
      {"not_verified", "the desk said yes, but the record does not show it"},
      {"wrong_match", "a search answered a record with another correlation key"},
      {"mapping", "the mapping could not make the ticket"},
      {"no_route", "no route of the configuration takes this request"},
      {"ticket_gone", "the ticket was deleted, or is no longer visible to our account"},
      {"quota", "the day's calls to the remote queue are used up, but for what is kept for decisions"},
      {"wrong_tenant", "the key of the remote queue belongs to another tenant"},
      {"stopped", "the bridge was stopped during the call"},
      {"internal", "a fault of the bridge itself"},
  };
  return table;
}

}  // namespace connectors
