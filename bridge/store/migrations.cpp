#include "bridge/store/migrations.h"

#include "bridge/store/sqlite_session.h"

namespace bridge {

namespace {
// "CSGN": tells our files from other programs' databases.
constexpr int application_id = 0x4353474e;

const std::vector<Migration> steps = {
    {1,
     {
         // What changes often is small and apart from the body: a step of a lifecycle rewrites no body.
         "CREATE TABLE requests (num @SERIAL, queue TEXT NOT NULL, id BIGINT NOT NULL, "
         "status_code BIGINT NOT NULL, received BIGINT NOT NULL, changed BIGINT NOT NULL, "
         "state TEXT NOT NULL, version BIGINT NOT NULL, desk TEXT NOT NULL, ticket_id TEXT NOT NULL, "
         "ticket_number TEXT NOT NULL, ticket_link TEXT NOT NULL, outcome TEXT NOT NULL, "
         "park_reason TEXT NOT NULL, park_detail TEXT NOT NULL, since BIGINT NOT NULL, "
         "decided BIGINT, decided_by TEXT, decided_email TEXT, decided_reason TEXT, decided_at BIGINT, "
         "decided_from TEXT, decided_record TEXT, UNIQUE (queue, id)) @STRICT",
         "CREATE INDEX requests_status ON requests (queue, status_code, id)",
         "CREATE INDEX requests_state ON requests (state, queue, id)",
         "CREATE INDEX requests_since ON requests (desk, state, since)",
         "CREATE INDEX requests_ticket ON requests (desk, ticket_id) WHERE ticket_id <> ''",
         // NOLINTNEXTLINE(bugprone-suspicious-missing-comma): one statement in two pieces
         "CREATE TABLE bodies (num BIGINT PRIMARY KEY REFERENCES requests (num) ON DELETE CASCADE, "
         "body TEXT NOT NULL, scan_results TEXT NOT NULL) @STRICT",
         "CREATE TABLE queue_ids (queue TEXT PRIMARY KEY, last_id BIGINT NOT NULL) @STRICT",
         "CREATE TABLE idempotency (queue TEXT NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL, "
         "num BIGINT NOT NULL REFERENCES requests (num) ON DELETE CASCADE, PRIMARY KEY (queue, name)) "
         "@STRICT",
         "CREATE TABLE effects (id @SERIAL, num BIGINT NOT NULL REFERENCES requests (num) "
         "ON DELETE CASCADE, slot TEXT NOT NULL, kind TEXT NOT NULL, lane TEXT NOT NULL, "
         "priority BIGINT NOT NULL, not_before BIGINT NOT NULL, wanted_at BIGINT NOT NULL, "
         "behind BIGINT, lease_until BIGINT, "
         "attempts BIGINT NOT NULL DEFAULT 0, payload TEXT NOT NULL, UNIQUE (num, slot)) @STRICT",
         "CREATE INDEX effects_free ON effects (lane, priority, not_before, id) WHERE lease_until IS NULL",
         "CREATE INDEX effects_leased ON effects (lane, lease_until) WHERE lease_until IS NOT NULL",
         "CREATE TABLE audit (seq @SERIAL, num BIGINT NOT NULL REFERENCES requests (num) ON DELETE CASCADE, "
         "at BIGINT NOT NULL, what TEXT NOT NULL, text TEXT NOT NULL, actor TEXT NOT NULL, "
         "data TEXT NOT NULL) @STRICT",
         "CREATE INDEX audit_request ON audit (num, seq)",
         "CREATE TABLE counters (queue TEXT NOT NULL, desk TEXT NOT NULL, state TEXT NOT NULL, "
         "count BIGINT NOT NULL, PRIMARY KEY (queue, desk, state)) @STRICT",
         "CREATE TABLE named_values (name TEXT PRIMARY KEY, value TEXT NOT NULL, at BIGINT NOT NULL) @STRICT",
         "CREATE TABLE api_keys (id TEXT PRIMARY KEY, queue TEXT NOT NULL, hash TEXT NOT NULL, "
         "label TEXT NOT NULL, created BIGINT NOT NULL) @STRICT",
     }},
};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}
}  // namespace

std::span<const Migration> migrations() {
  return steps;
}

std::string to_sqlite(std::string_view statement) {
  std::string text(statement);
  // AUTOINCREMENT: the number of a deleted effect must never name another one.
  replace_all(text, "@SERIAL", "INTEGER PRIMARY KEY AUTOINCREMENT");
  replace_all(text, "BIGINT", "INTEGER");
  replace_all(text, "@STRICT", "STRICT");
  return text;
}

Inspection inspect(SqliteSession& session) {
  const int tables = session.number("SELECT count(*) FROM sqlite_master");
  const int application = session.number("PRAGMA application_id");
  const int version = session.number("PRAGMA user_version");
  return {tables == 0 && application == 0 && version == 0, application == application_id, version};
}

void migrate(SqliteSession& session, std::span<const Migration> migrations) {
  const int have = session.number("PRAGMA user_version");
  for (const Migration& step : migrations) {
    if (step.version <= have) continue;
    session.transaction([&] {
      for (const std::string_view statement : step.statements) session.execute(to_sqlite(statement));
      session.execute("PRAGMA application_id = " + std::to_string(application_id));
      session.execute("PRAGMA user_version = " + std::to_string(step.version));
    });
  }
}

}  // namespace bridge
