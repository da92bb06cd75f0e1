#pragma once

// What the bridge is measured against: a program that makes the same HTTP calls over 16 kept-alive
// connections, one round trip after the other on each, and keeps nothing, checks nothing, logs nothing. Run
// as a child process.

#include <cstdint>
#include <string>

namespace bench {

struct Calls {
  std::string desk_url, queue_url, key;
  bool remote = false;
  int requests = 0;
};
// Makes the round trips and prints {seconds, cpuSeconds, peakMiB}. The exit code.
int run_reference(const Calls& calls);

// A server that answers a POST with what it was sent, and keeps it in memory. Until SIGTERM.
int run_echo(std::uint16_t port);

}  // namespace bench
