#pragma once

// Everything that must survive: requests, their lifecycles, the outbox of effects, the timeline, watermarks
// and credentials. An interface of domain verbs, so that SQLite and PostgreSQL can stand behind it; one
// contract suite (tests/bridge/store_contract.h) holds both. A verb that writes returns after its commit is
// durable. Thread-safe. Throws Error(store_unavailable) when the database fails; nothing was written then.

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/store/credentials.h"
#include "bridge/store/directory.h"
#include "bridge/store/event_log.h"
#include "bridge/store/hook_store.h"
#include "bridge/store/inventory.h"
#include "bridge/store/mirror.h"
#include "bridge/store/records.h"
#include "bridge/store/trail.h"

namespace bridge {

// A request to be stored with its first lifecycle row, effects and timeline, in one transaction.
struct NewRequest {
  std::string queue;
  std::optional<std::int64_t> id;  // nothing: the store gives the next one, in the order of commits
  // The API's object (scanResults []) for the id; called on the store's thread, must be quick and not throw.
  std::function<std::string(std::int64_t id)> body;
  std::string scan_results = "[]";
  int status_code = 4;
  Time received{};
  Listed listed;
  Lifecycle lifecycle;
  std::vector<NewEffect> effects;
  std::vector<AuditRow> audit;
  std::vector<TrailEntry> trail;  // one without an object is about the request
  std::string idempotency_key;    // empty: none
  std::string idempotency_hash;   // sha256_hex() of what was sent
};

struct Submitted {
  enum class What { created, repeated, mismatch } what = What::created;  // mismatch: same key, other content
  Record record;                                                         // of the first one
  std::int64_t leased = 0;  // the effect that was to be leased; 0: it was not
};

// One step of a lifecycle, all or nothing, guarded by the row's version.
struct Change {
  RequestRef ref;
  std::int64_t from_version = 0;
  Lifecycle lifecycle;              // as it is to be; its version is from_version + 1
  std::optional<std::string> body;  // when the API's object changed
  std::optional<int> status_code;
  Time at{};
  std::optional<std::int64_t> finished;  // this effect is done
  bool drop_timers = false;              // slots remind, escalate, deadline
  bool drop_main = false;                // slot main, when no new main effect replaces it
  std::vector<NewEffect> effects;
  std::vector<AuditRow> audit;
  std::vector<TrailEntry> trail;  // one without an object is about the request
};
enum class Applied { yes, stale };  // stale: the version was another one; nothing was written
struct Step {
  Applied applied = Applied::stale;
  std::int64_t leased = 0;  // the effect that was to be leased; 0: it was not
};

struct PageQuery {
  std::vector<int> status_codes;  // empty: all
  std::int64_t start_id = 0;      // inclusive, ascending
  int take = 50;
  int last = 0;               // > 0: the latest so many, descending; start_id and take are then ignored
  bool scan_results = false;  // put them into the object
};

struct AuditlogQuery {
  std::vector<int> status_codes;  // empty: all
  enum class Type { any, app, session } type = Type::any;
  std::int64_t start_id = 0;  // inclusive, ascending
  int take = 50;
  int last = 0;               // > 0: the latest so many, descending; start_id and take are then ignored
  std::optional<Time> from;   // requested then or later
  std::optional<Time> until;  // requested before
  std::string computer;       // in any case; empty: all
  std::string user;           // account with or without domain, or full name, in any case; empty: all
  std::optional<Time> changed_after;  // all that changed later, ascending, uncut; the rest is then ignored
  // > 0, with changed_after: about so many, in the order of their changes; those of one moment all together.
  int oldest_changes = 0;
};

// What an endpoint reports of an approved request's use, as often as it likes. What is not given stays.
struct UseReport {
  RequestRef ref;
  Time at{};
  std::optional<int> status_code;  // 1 running, 2 finished; never back
  std::optional<Time> started;     // when running is reported and no time is known: `at`
  std::optional<Time> started_utc;
  std::optional<Time> ended;  // when finished is reported and no time is known: `at`
  std::optional<Time> ended_utc;
  std::optional<bool> sso_validated;
  std::optional<std::string> installs, uninstalls, elevated_applications;
  // The API's object with another status; called on the store's thread, must be quick and not throw.
  std::function<std::string(const std::string& body, int status_code)> with_status;
  AuditRow audit;  // written when something changed
  // The effects that tell of it, for the entry as it is then and whether its status changed; called on the
  // store's thread, must be quick and not throw. Empty: none.
  std::function<std::vector<NewEffect>(const AuditlogRecord& entry, Time touched, bool status)> effects;
};
enum class Reported { changed, unchanged, not_approved, unknown };  // all but the first: nothing was written

struct LifecycleQuery {
  std::string queue;                     // empty: all
  std::string desk;                      // empty: all
  std::vector<workflows::State> states;  // empty: all
  RequestRef after;                      // keyset: rows behind this one
  int limit = 200;
  bool newest_first = false;
};

class Store {
 public:
  virtual ~Store() = default;

  // Requests
  virtual Submitted submit(const NewRequest& request) = 0;
  // The same for many with ids given (a remote queue's page): those already known are left as they are and
  // not returned. One commit.
  virtual std::vector<Record> submit_unknown(const std::vector<NewRequest>& requests) = 0;
  // The same for many of hosted queues, in their order. One commit.
  virtual std::vector<Submitted> submit_all(const std::vector<NewRequest>& requests) = 0;
  virtual std::optional<Record> find(const RequestRef& ref) = 0;
  virtual std::vector<Record> list(const LifecycleQuery& query) = 0;
  // The API's objects of one queue, as the text of a JSON array.
  virtual std::string page(const std::string& queue, const PageQuery& query) = 0;
  // Of one desk, by the desk's ticket id.
  virtual std::optional<Record> find_by_ticket(const std::string& desk, const std::string& ticket_id) = 0;

  // The auditlog (sqlite_auditlog.cpp). Every change of an API object or of its use has a time of its own in
  // its queue, a multiple of 100 us, later than all before in the order of commits.
  // `each` gets one record after the other and must not call the store.
  virtual void auditlog(const std::string& queue, const AuditlogQuery& query,
                        const std::function<void(const AuditlogRecord&)>& each) = 0;
  // The time of the queue's last change; nothing: it has no requests.
  virtual std::optional<Time> last_change(const std::string& queue) = 0;
  virtual Reported report_use(const UseReport& report) = 0;

  // Lifecycle and outbox. An entry of the audit log that names no object is about the request.
  virtual std::vector<Applied> apply(std::span<const Change> changes) = 0;
  // The same for one step, without waiting. `then` is told once the commit is durable, or with what apply()
  // would throw; perhaps on the store's thread: it must be quick, must not throw and must not call the store.
  // A claim that is asked for behind it sees the step.
  using Then = std::function<void(const Change& change, Step step, const std::exception_ptr& trouble)>;
  virtual void apply_later(Change change, Then then) = 0;
  // Up to `limit` due effects of one lane, by priority then age, leased until `lease_until`; attempts counts
  // up.
  virtual std::vector<DueEffect> claim(const std::string& lane, Time now, Time lease_until, int limit) = 0;
  // The effect failed for now: due again at `not_before`, its lease ended.
  virtual void postpone(std::int64_t effect, Time not_before, const RequestRef& ref, const AuditRow& audit,
                        const std::vector<TrailEntry>& trail = {}) = 0;
  // A timer or note that needs nothing more.
  virtual void finish(std::int64_t effect, const RequestRef& ref, const std::vector<AuditRow>& audit) = 0;
  // Adds effects (notes) and timeline rows without a step.
  virtual void append(const RequestRef& ref, const std::vector<NewEffect>& effects,
                      const std::vector<AuditRow>& audit, const std::vector<TrailEntry>& trail = {}) = 0;
  // When the lane's next effect becomes due (leases count); nothing: there is none.
  virtual std::optional<Time> next_due(const std::string& lane) = 0;
  // Ends all leases: at start, when no other process serves this store.
  virtual void release_leases() = 0;

  // Timeline, oldest first.
  virtual std::vector<AuditRow> timeline(const RequestRef& ref) = 0;

  // Small durable values: a desk's watermark ("watermark:desk:snow"), a status line of the running bridge.
  virtual std::optional<std::string> value(const std::string& name) = 0;
  virtual void set_value(const std::string& name, const std::string& value, Time at,
                         const std::vector<TrailEntry>& trail = {}) = 0;
  virtual std::map<std::string, std::string> values(const std::string& prefix) = 0;

  // How many requests stand where: (queue, desk, state) -> count, from counters, not by scanning.
  struct Count {
    std::string queue;
    std::string desk;
    workflows::State state;
    std::int64_t count = 0;
  };
  virtual std::vector<Count> counts() = 0;
  // Since when the request stands that is longest in one of these states, for lag; nothing: there is none.
  // An empty desk: all.
  virtual std::optional<Time> oldest(const std::string& desk,
                                     const std::vector<workflows::State>& states) = 0;

  // Who may call the API.
  virtual Credentials& credentials() = 0;

  // What the hosted queues hold beside requests.
  virtual EventLog& events() = 0;
  virtual Inventory& inventory() = 0;

  // What the tenants of remote queues hold, as far as it is mirrored.
  virtual Mirror& mirror() = 0;

  // Subscriptions, deliveries and chat messages of webhooks that go out.
  virtual HookStore& hooks() = 0;

  // The audit log of everything.
  virtual Trail& trail() = 0;

  // Who may be asked to decide.
  virtual Directory& directory() = 0;

  virtual int schema_version() = 0;

  // How many writing verbs were taken, and with how many commits: for metrics.
  struct Writes {
    std::int64_t verbs = 0;
    std::int64_t commits = 0;
  };
  virtual Writes writes() const { return {}; }
};

enum class OpenMode {
  serve,   // everything; one process at a time, a second one is refused; creates and migrates
  look,    // reading only, beside a running bridge; fails when there is no database yet
  beside,  // for the command line: small writes beside a running bridge, or before its first start
};

// `where`: "sqlite:PATH". Throws Error: config_invalid for another kind of store, else store_unavailable.
std::unique_ptr<Store> open_store(const std::string& where, OpenMode mode = OpenMode::serve);

}  // namespace bridge
