#pragma once

// A server that does to a client exactly what a test says: each accepted connection runs the script on its
// own thread with raw bytes in and out, plain or TLS. Listens on 127.0.0.1 at a free port; the destructor
// cuts every connection and joins. Scripts may be called several at once.

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace tests {

struct SeenRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Case-insensitive; empty when absent.
  std::string header(std::string_view name) const;
};

struct ServerIdentity {
  std::string certificate_file;  // PEM, the chain
  std::string key_file;          // PEM
};

class Peer {
 public:
  Peer(int fd, int number) : fd_(fd), number_(number) {}
  virtual ~Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // 0 for the first connection that the server accepted.
  int number() const noexcept { return number_; }
  // Head and body by Content-Length; nothing when the client closed.
  std::optional<SeenRequest> read_request();
  // The head only: what follows stays unread.
  std::optional<SeenRequest> read_head();
  // What has come, at least a byte; empty when the client closed.
  std::string read_bytes();
  void send(std::string_view bytes);
  // A whole answer with Content-Length.
  void answer(int status, std::string_view body, std::string_view more_headers = "");
  // Ends the connection without a TLS goodbye, as a crashed peer does.
  void drop();
  // Says goodbye first where TLS does.
  virtual void close() { drop(); }
  // Ends it with a reset.
  void reset();
  // Blocks until the client (or the end of the server) closes the connection.
  void hold();

 protected:
  virtual int receive(char* buffer, int size);
  virtual int transmit(const char* bytes, int size);
  int fd_;

 private:
  bool fill();
  int number_;
  std::string pending_;
};

class ScriptedServer {
 public:
  using Script = std::function<void(Peer&)>;
  explicit ScriptedServer(Script script, std::optional<ServerIdentity> identity = std::nullopt);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  // "http://127.0.0.1:PORT" + path, or "https://localhost:PORT" + path.
  std::string url(std::string_view path = "/") const;
  int accepted() const noexcept { return accepted_; }
  // Connections whose script has ended.
  int finished() const noexcept { return finished_; }

 private:
  struct Connection {
    int fd = -1;
    std::thread thread;
  };
  struct Tls;
  void serve(int fd, int number);

  Script script_;
  std::unique_ptr<Tls> tls_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  std::atomic<int> finished_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::list<Connection> connections_;
  std::thread acceptor_;
};

// A port of 127.0.0.1 on which nobody listens.
std::uint16_t closed_port();

}  // namespace tests
