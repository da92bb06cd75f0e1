#include "tests/bench/load.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "bridge/store/records.h"
#include "bridge/store/sqlite_session.h"
#include "tests/bench/site.h"
#include "tests/bench/workload.h"

namespace bench {

using bridge::Query;
using bridge::RequestRef;
using bridge::SqliteSession;
using workflows::State;
using Steady = std::chrono::steady_clock;

namespace {

constexpr int submitters = 16, deciders = 4;
constexpr int watched_share = 10;  // every tenth decision is timed
constexpr std::chrono::milliseconds between_looks{2};
constexpr int looks_a_list = 5;  // a list of tickets costs the machine more than a look at one request
constexpr int lists_a_count = 10, near_the_end = 500;  // what is left to settle is counted more often then
constexpr std::chrono::milliseconds until_idle{20};    // for the ticket to be told of the decision before
constexpr std::chrono::seconds longest_standstill{30};

double milliseconds_since(Steady::time_point then) {
  return std::chrono::duration<double, std::milli>(Steady::now() - then).count();
}

struct Ticket {
  RequestRef ref;
  std::string id;
};

// Both stores, looked at beside the processes that own them. Only the columns that are needed: the bridge
// that is measured runs on the same cores, and the reference is not looked at.
class Looks {
 public:
  explicit Looks(const Scene& scene)
      : bridge_(scene.bridge_store(), SqliteSession::Access::read),
        queue_(scene.queue_store(), SqliteSession::Access::read) {}

  // Tickets that wait for a decision, in the order of their requests, each told once.
  std::vector<Ticket> new_tickets() {
    std::vector<Ticket> fresh;
    {
      Query row = bridge_.query(
          "SELECT id, ticket_id FROM requests WHERE state = ?1 AND queue = ?2 AND id > ?3 ORDER BY id "
          "LIMIT 100",
          workflows::to_string(State::waiting), queue_name, before_);
      while (row.step())
        if (given_.insert(row.number(0)).second) fresh.push_back({ref_of(row.number(0)), row.text(1)});
    }
    while (!given_.empty() && *given_.begin() == before_ + 1) {
      ++before_;
      given_.erase(given_.begin());
    }
    return fresh;
  }
  int settled() {
    Query row = bridge_.query("SELECT sum(count) FROM counters WHERE state = ?1",
                              workflows::to_string(State::settled));
    row.step();
    return static_cast<int>(row.number(0));
  }
  // What the queue says of this one; nothing while it is pending there.
  std::optional<bool> approved(std::int64_t id) {
    Query row = queue_.query("SELECT status_code FROM requests WHERE queue = ?1 AND id = ?2", queue_name, id);
    if (!row.step() || row.number(0) == 4) return std::nullopt;
    return row.number(0) == 0;
  }
  // Asks for several in one read: `ask` calls approved().
  template <class Ask>
  void at_once(const Ask& ask) {
    queue_.query("BEGIN").run();
    ask();
    queue_.query("COMMIT").run();
  }

 private:
  static constexpr std::string_view queue_name = Scene::queue_name;
  static RequestRef ref_of(std::int64_t id) { return {Scene::queue_name, id}; }

  SqliteSession bridge_, queue_;
  std::set<std::int64_t> given_;
  std::int64_t before_ = 0;  // all up to this id are given
};

// Threads whose first failure is kept.
class Crew {
 public:
  ~Crew() { join(); }
  void add(std::function<void()> work) {
    threads_.emplace_back([this, work = std::move(work)] {
      try {
        work();
      } catch (const std::exception& e) {
        std::lock_guard lock(mutex_);
        if (trouble_.empty()) trouble_ = e.what();
      }
    });
  }
  void check() {
    std::lock_guard lock(mutex_);
    if (!trouble_.empty()) throw std::runtime_error(trouble_);
  }
  void join() {
    for (std::thread& thread : threads_)
      if (thread.joinable()) thread.join();
  }

 private:
  std::mutex mutex_;
  std::string trouble_;
  std::vector<std::thread> threads_;
};

class Decisions {
 public:
  struct Timed {
    RequestRef ref;
    Steady::time_point at;
  };
  void give(std::vector<Ticket> tickets) {
    std::lock_guard lock(mutex_);
    for (Ticket& ticket : tickets) waiting_.push_back(std::move(ticket));
    changed_.notify_all();
  }
  void end() {
    std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  bool take(Ticket& ticket) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
    if (waiting_.empty() || ended_) return false;
    ticket = std::move(waiting_.front());
    waiting_.pop_front();
    if (ticket.ref.id % watched_share == 0) watched_.push_back({ticket.ref, Steady::now()});
    return true;
  }
  // Drops those that have come back, and notes how long they took.
  void look(Looks& looks, std::vector<double>& took) {
    std::vector<Timed> open;
    {
      std::lock_guard lock(mutex_);
      open.swap(watched_);
    }
    if (open.empty()) return;
    looks.at_once([&] {
      std::erase_if(open, [&](const Timed& timed) {
        const auto approved = looks.approved(timed.ref.id);
        if (!approved) return false;
        if (*approved != approves(timed.ref.id))
          throw std::runtime_error("a wrong decision: " + timed.ref.key());
        took.push_back(milliseconds_since(timed.at));
        return true;
      });
    });
    std::lock_guard lock(mutex_);
    watched_.insert(watched_.end(), open.begin(), open.end());
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::deque<Ticket> waiting_;
  std::vector<Timed> watched_;
};

void decide(const Site& desk, const Ticket& ticket) {
  desk.call("PATCH", "/table/incident/" + ticket.id, decision_text(approves(ticket.ref.id)));
}

Site approver_at(connectors::HttpClient& http, const Scene& scene) {
  return {http, scene.desk_url() + "/api/now", {{"Authorization", as_approver}}};
}

// Nothing may be left undone, and nothing decided wrongly.
void check_all(Looks& looks, int requests) {
  for (int id = 1; id <= requests; ++id) {
    const RequestRef ref{Scene::queue_name, id};
    if (looks.approved(id) != approves(id))
      throw std::runtime_error("not decided as in the desk: " + ref.key());
  }
}

}  // namespace

Figures run_load(Scene& scene, bool remote, int requests, const Progress& progress) {
  connectors::HttpClient http;
  const Site queue(http, scene.queue_url(), {{"apikey", scene.key()}});
  const Site desk = approver_at(http, scene);
  std::vector<std::string> bodies;
  for (int n = 0; n < requests; ++n) bodies.push_back(request_text(n));

  Looks looks(scene);
  Decisions decisions;
  std::atomic<int> next{0};
  Figures figures;
  figures.requests = requests;
  const double cpu_before = usage_of(scene.bridge()).cpu_seconds;
  const auto start = Steady::now();
  Crew crew;
  for (int i = 0; i < submitters; ++i)
    crew.add([&] {
      for (int n = next++; n < requests; n = next++)
        queue.call("POST", "/requests", bodies[static_cast<std::size_t>(n)]);
    });
  for (int i = 0; i < deciders; ++i)
    crew.add([&] {
      Ticket ticket;
      while (decisions.take(ticket)) decide(desk, ticket);
    });
  // Whatever throws below must not leave the deciders waiting.
  struct Ending {
    Decisions& decisions;
    std::atomic<int>& next;
    int requests;
    ~Ending() {
      next = requests;
      decisions.end();
    }
  } ending{decisions, next, requests};

  int settled = 0;
  auto last_moved = start;
  for (int look = 0; settled < requests; ++look) {
    std::this_thread::sleep_for(between_looks);
    decisions.look(looks, figures.written_ms);
    if (look % looks_a_list != 0) continue;
    decisions.give(looks.new_tickets());
    if (requests - settled > near_the_end && look % (looks_a_list * lists_a_count) != 0) continue;
    if (const int now = looks.settled(); now != settled) {
      settled = now;
      last_moved = Steady::now();
      progress(remote ? "remote" : "hosted", settled, requests);
    }
    crew.check();
    scene.check();
    if (Steady::now() - last_moved > longest_standstill)
      throw std::runtime_error("nothing moves: " + std::to_string(settled) + " of " +
                               std::to_string(requests));
  }
  figures.seconds = milliseconds_since(start) / 1000;
  const Usage usage = usage_of(scene.bridge());
  figures.cpu_seconds = usage.cpu_seconds - cpu_before;
  figures.peak_mib = usage.peak_mib;
  check_all(looks, requests);
  return figures;
}

std::vector<double> run_idle(Scene& scene, bool remote, int decisions, const Progress& progress) {
  connectors::HttpClient http;
  const Site queue(http, scene.queue_url(), {{"apikey", scene.key()}});
  const Site desk = approver_at(http, scene);
  Looks looks(scene);
  for (int n = 0; n < decisions; ++n) queue.call("POST", "/requests", request_text(n));
  std::vector<Ticket> tickets;
  const auto submitted = Steady::now();
  while (static_cast<int>(tickets.size()) < decisions) {
    std::this_thread::sleep_for(between_looks);
    for (Ticket& ticket : looks.new_tickets()) tickets.push_back(std::move(ticket));
    if (Steady::now() - submitted > longest_standstill) throw std::runtime_error("no ticket came");
  }
  std::vector<double> took;
  for (const Ticket& ticket : tickets) {
    std::this_thread::sleep_for(until_idle);
    const auto decided = Steady::now();
    decide(desk, ticket);
    while (!looks.approved(ticket.ref.id)) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      if (Steady::now() - decided > longest_standstill)
        throw std::runtime_error("a decision did not come back");
    }
    took.push_back(milliseconds_since(decided));
    progress(remote ? "idle, remote" : "idle, hosted", static_cast<int>(took.size()), decisions);
  }
  return took;
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

}  // namespace bench
