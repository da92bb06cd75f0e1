#pragma once

// One receiver, as the stream that feeds it sees it: events go out in order, and some time later the receiver
// is known to have them. Nothing here remembers events: what is not confirmed is read and sent again. Used by
// one thread, but for stop().

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "bridge/config/config.h"
#include "bridge/siem/siem_event.h"
#include "connectors/engine/outcome.h"

namespace bridge {

class SiemSink {
 public:
  virtual ~SiemSink() = default;

  // done: they are on their way, and confirm() tells when they have arrived. Else they count as not sent, and
  // all that was sent before and not confirmed does too: forget() comes next.
  struct Sent {
    connectors::Outcome outcome;
    bool too_much = false;  // fewer events at a time may do
    bool alone = false;     // the receiver refused these: what was sent before is still on its way
  };
  virtual Sent send(const std::vector<SiemEvent>& events, Time now) = 0;

  // How many of the sends that are under way have arrived, the oldest first. Not done: as above.
  struct Arrived {
    std::size_t sends = 0;
    connectors::Outcome outcome;
  };
  virtual Arrived confirm(Time now) = 0;

  // What is under way counts as not sent: it will be sent again.
  virtual void forget() = 0;

  // Sends that may be under way.
  virtual std::size_t window() const = 0;
  // When confirm() is worth the next call.
  virtual std::chrono::milliseconds pause() const = 0;
  // What a person should know of how well deliveries are known to have arrived; empty: nothing.
  virtual std::string remark() const { return {}; }
  // What one test event came to, for a person.
  virtual std::string told() const = 0;
  // Ends what is under way, from any thread; nothing is sent after it.
  virtual void stop() = 0;
};

// `ca_file`: trusted when the sink names none of its own.
std::unique_ptr<SiemSink> make_sink(const SiemConfig& config, const std::string& ca_file);

// "https://splunk.acme.test:8088", "tls://logs.acme.test:6514", "/var/log/audit.ndjson"
std::string sink_target(const SiemConfig& config);

connectors::Outcome siem_failure(connectors::Verdict verdict, std::string reason, std::string detail);

}  // namespace bridge
