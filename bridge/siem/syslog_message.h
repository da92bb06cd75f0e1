#pragma once

// Events as messages of RFC 5424, and as they go over a stream (RFC 6587, RFC 5425). Not thread-safe: numbers
// the messages. Never touches a socket.

#include <string>

#include "bridge/config/config.h"
#include "bridge/siem/siem_event.h"

namespace bridge {

class SyslogWriter {
 public:
  // `hostname`: who the messages say they come from.
  SyslogWriter(SiemConfig::Syslog config, const std::string& hostname);

  // One message of at most config.max_size bytes, unframed. What is longer is told in short; when that is too
  // long as well it is cut. Either way its structured data says how long the whole one was.
  std::string message(const SiemEvent& event);
  // The same as it goes over TCP or TLS.
  std::string frame(const SiemEvent& event);

 private:
  std::string compose(const SiemEvent& event, std::string_view body, std::size_t whole) const;

  const SiemConfig::Syslog config_;
  const std::string hostname_;
  const std::string process_;
  std::int64_t sequence_ = 0;  // of the messages, RFC 5424 7.3.1
};

}  // namespace bridge
