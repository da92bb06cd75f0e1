#include "bridge/store/migrations.h"

#include "bridge/store/sqlite_session.h"

namespace bridge {

namespace {
// "CSGN": tells our files from other programs' databases.
constexpr int application_id = 0x4353474e;

// Statements in pieces.
// NOLINTBEGIN(bugprone-suspicious-missing-comma)
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
    // The auditlog: when an API object last changed, what lists are asked for, and what was told of its use.
    {2,
     {
         "ALTER TABLE requests ADD COLUMN touched BIGINT NOT NULL DEFAULT 0",
         "ALTER TABLE requests ADD COLUMN requested BIGINT NOT NULL DEFAULT 0",
         "ALTER TABLE requests ADD COLUMN type_code BIGINT NOT NULL DEFAULT 0",
         "ALTER TABLE requests ADD COLUMN computer TEXT NOT NULL DEFAULT ''",
         "ALTER TABLE requests ADD COLUMN account TEXT NOT NULL DEFAULT ''",
         "ALTER TABLE requests ADD COLUMN login TEXT NOT NULL DEFAULT ''",
         "ALTER TABLE requests ADD COLUMN full_name TEXT NOT NULL DEFAULT ''",
         "UPDATE requests SET touched = CASE status_code WHEN 4 THEN received ELSE changed END / 100 * 100, "
         "requested = received, type_code = coalesce(json_extract(b.body, '$.typeCode'), 0), "
         "computer = folded(coalesce(json_extract(b.body, '$.computer.name'), '')), "
         "account = folded(coalesce(json_extract(b.body, '$.user.account'), '')), "
         "login = folded(without_domain(coalesce(json_extract(b.body, '$.user.account'), ''))), "
         "full_name = folded(coalesce(json_extract(b.body, '$.user.fullName'), '')) "
         "FROM bodies AS b WHERE b.num = requests.num",
         "CREATE INDEX requests_touched ON requests (queue, touched)",
         "CREATE INDEX requests_computer ON requests (queue, computer, id)",
         "CREATE INDEX requests_login ON requests (queue, login, id)",
         "CREATE INDEX requests_full_name ON requests (queue, full_name, id)",
         // Few are no Run As Admin.
         "CREATE INDEX requests_type ON requests (queue, type_code, id) WHERE type_code <> 0",
         // Which ids a day's requests have, so that a list of a period begins where the period does.
         "CREATE TABLE request_days (queue TEXT NOT NULL, day BIGINT NOT NULL, first_id BIGINT NOT NULL, "
         "last_id BIGINT NOT NULL, PRIMARY KEY (queue, day)) @STRICT",
         "INSERT INTO request_days SELECT queue, requested / 86400000000, min(id), max(id) FROM requests "
         "GROUP BY 1, 2",
         "CREATE TABLE uses (num BIGINT PRIMARY KEY REFERENCES requests (num) ON DELETE CASCADE, "
         "started BIGINT, started_utc BIGINT, ended BIGINT, ended_utc BIGINT, "
         "sso_validated BIGINT NOT NULL, installs TEXT NOT NULL, uninstalls TEXT NOT NULL, "
         "elevated_applications TEXT NOT NULL) @STRICT",
     }},
    // Events and inventory.
    {3,
     {
         "CREATE TABLE events (num @SERIAL, queue TEXT NOT NULL, id BIGINT NOT NULL, at BIGINT NOT NULL, "
         "code BIGINT NOT NULL, computer TEXT NOT NULL, account TEXT NOT NULL, "
         "login TEXT NOT NULL, user_name TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (queue, id)) @STRICT",
         "CREATE INDEX events_code ON events (queue, code, id)",
         "CREATE INDEX events_computer ON events (queue, computer, id) WHERE computer <> ''",
         "CREATE INDEX events_login ON events (queue, login, id) WHERE login <> ''",
         "CREATE INDEX events_user ON events (queue, user_name, id) WHERE user_name <> ''",
         "CREATE TABLE event_ids (queue TEXT PRIMARY KEY, last_id BIGINT NOT NULL) @STRICT",
         // Which ids a day's events have, so that a list of a period begins and ends where the period does.
         "CREATE TABLE event_days (queue TEXT NOT NULL, day BIGINT NOT NULL, first_id BIGINT NOT NULL, "
         "last_id BIGINT NOT NULL, PRIMARY KEY (queue, day)) @STRICT",
         "CREATE TABLE event_intakes (queue TEXT NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL, "
         "first_id BIGINT NOT NULL, count BIGINT NOT NULL, PRIMARY KEY (queue, name)) @STRICT",
         "CREATE TABLE computers (num @SERIAL, queue TEXT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL, "
         "name_key TEXT NOT NULL, server BIGINT NOT NULL, body TEXT NOT NULL, user_groups TEXT NOT NULL, "
         "computer_groups TEXT NOT NULL, software TEXT NOT NULL, UNIQUE (queue, id), "
         "UNIQUE (queue, name_key)) @STRICT",
         "CREATE INDEX computers_kind ON computers (queue, server)",
         "CREATE TABLE computer_ids (queue TEXT PRIMARY KEY, last_id BIGINT NOT NULL) @STRICT",
     }},
    // Webhooks that go out.
    {4,
     {
         "CREATE TABLE webhooks (id TEXT PRIMARY KEY, queue TEXT NOT NULL, settings TEXT NOT NULL, "
         "created BIGINT NOT NULL) @STRICT",
         "CREATE TABLE hook_messages (num BIGINT NOT NULL REFERENCES requests (num) ON DELETE CASCADE, "
         "lane TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (num, lane)) @STRICT",
         "CREATE INDEX effects_deliveries ON effects (lane, id) WHERE kind = 'deliver'",
     }},
    // Auditlog entries of tenants elsewhere; what lists look at stands before what is large.
    {5,
     {
         "CREATE TABLE mirrored_entries (num @SERIAL, queue TEXT NOT NULL, id BIGINT NOT NULL, "
         "status_code BIGINT NOT NULL, requested BIGINT NOT NULL, touched BIGINT NOT NULL, "
         "type_code BIGINT NOT NULL, computer TEXT NOT NULL, account TEXT NOT NULL, login TEXT NOT NULL, "
         "full_name TEXT NOT NULL, body TEXT NOT NULL, scan_results TEXT NOT NULL, UNIQUE (queue, id)) "
         "@STRICT",
         "CREATE INDEX mirrored_status ON mirrored_entries (queue, status_code, id)",
         "CREATE INDEX mirrored_touched ON mirrored_entries (queue, touched)",
         "CREATE INDEX mirrored_computer ON mirrored_entries (queue, computer, id)",
         "CREATE INDEX mirrored_login ON mirrored_entries (queue, login, id)",
         "CREATE INDEX mirrored_full_name ON mirrored_entries (queue, full_name, id)",
         "CREATE INDEX mirrored_type ON mirrored_entries (queue, type_code, id) WHERE type_code <> 0",
         "CREATE TABLE mirrored_days (queue TEXT NOT NULL, day BIGINT NOT NULL, first_id BIGINT NOT NULL, "
         "last_id BIGINT NOT NULL, PRIMARY KEY (queue, day)) @STRICT",
     }},
    // The audit log.
    {6,
     {
         "CREATE TABLE trail (sequence BIGINT PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, "
         "on_behalf_of TEXT NOT NULL, role TEXT NOT NULL, ip TEXT NOT NULL, user_agent TEXT NOT NULL, "
         "action TEXT NOT NULL, queue TEXT NOT NULL, object TEXT NOT NULL, old_value TEXT NOT NULL, "
         "new_value TEXT NOT NULL, detail TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL) "
         "@STRICT",
         "CREATE INDEX trail_at ON trail (at)",
         "CREATE INDEX trail_queue ON trail (queue, sequence) WHERE queue <> ''",
         "CREATE INDEX trail_object ON trail (object, sequence) WHERE object <> ''",
         "CREATE INDEX trail_action ON trail (action, sequence) "
         "WHERE action < 'request.' OR action >= 'request/'",
         "@REFUSE CHANGES trail",
         "@REFUSE REMOVALS trail",
         "@REFUSE GAPS trail",
     }},
    // Credentials of every kind, in place of API keys alone.
    {7,
     {
         "CREATE TABLE credentials (id TEXT PRIMARY KEY, kind TEXT NOT NULL, queue TEXT NOT NULL, "
         "more_queues TEXT NOT NULL, key_group TEXT NOT NULL, label TEXT NOT NULL, "
         "on_behalf_of TEXT NOT NULL, role TEXT NOT NULL, scopes TEXT NOT NULL, networks TEXT NOT NULL, "
         "active BIGINT NOT NULL, created BIGINT NOT NULL, not_before BIGINT, expires BIGINT, "
         "hash TEXT NOT NULL, previous_hash TEXT NOT NULL, previous_until BIGINT, last_four TEXT NOT NULL, "
         "generation BIGINT NOT NULL, revision BIGINT NOT NULL) @STRICT",
         // Written while the bridge runs, and no change of the credential.
         "CREATE TABLE credential_uses (id TEXT PRIMARY KEY REFERENCES credentials (id) ON DELETE CASCADE, "
         "last_used BIGINT NOT NULL, ip TEXT NOT NULL, uses BIGINT NOT NULL) @STRICT",
         "CREATE TABLE credential_version (version BIGINT NOT NULL) @STRICT",
         "INSERT INTO credential_version VALUES (1)",
         "CREATE TABLE key_groups (queue TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, "
         "created BIGINT NOT NULL, PRIMARY KEY (queue, name)) @STRICT",
         "CREATE TABLE roles (id TEXT PRIMARY KEY, queue TEXT NOT NULL, name TEXT NOT NULL, "
         "name_key TEXT NOT NULL, description TEXT NOT NULL, scopes TEXT NOT NULL, "
         "permissions TEXT NOT NULL, several_tenants BIGINT NOT NULL, created BIGINT NOT NULL, "
         "UNIQUE (queue, name_key)) @STRICT",
         "INSERT INTO credentials SELECT id, 'api_key', queue, '', '', label, '', '', 'read decide submit', "
         "'', 1, created, NULL, NULL, hash, '', NULL, '', 0, 1 FROM api_keys",
         "DROP TABLE api_keys",
     }},
    // The people and groups of each tenant.
    {8,
     {
         "CREATE TABLE directory_users (num @SERIAL, queue TEXT NOT NULL, id TEXT NOT NULL, "
         "user_name TEXT NOT NULL, name_key TEXT NOT NULL, external_id TEXT NOT NULL, "
         "active BIGINT NOT NULL, body TEXT NOT NULL, version BIGINT NOT NULL, created BIGINT NOT NULL, "
         "changed BIGINT NOT NULL, UNIQUE (queue, id), UNIQUE (queue, name_key)) @STRICT",
         "CREATE INDEX directory_users_age ON directory_users (queue, num)",
         "CREATE INDEX directory_users_external ON directory_users (queue, external_id, num) "
         "WHERE external_id <> ''",
         "CREATE TABLE directory_groups (num @SERIAL, queue TEXT NOT NULL, id TEXT NOT NULL, "
         "name TEXT NOT NULL, name_key TEXT NOT NULL, external_id TEXT NOT NULL, body TEXT NOT NULL, "
         "version BIGINT NOT NULL, created BIGINT NOT NULL, changed BIGINT NOT NULL, UNIQUE (queue, id), "
         "UNIQUE (queue, name_key)) @STRICT",
         "CREATE INDEX directory_groups_age ON directory_groups (queue, num)",
         "CREATE INDEX directory_groups_external ON directory_groups (queue, external_id, num) "
         "WHERE external_id <> ''",
         "CREATE TABLE directory_members (queue TEXT NOT NULL, group_id TEXT NOT NULL, "
         "user_id TEXT NOT NULL, PRIMARY KEY (queue, group_id, user_id)) @STRICT",
         "CREATE INDEX directory_members_user ON directory_members (queue, user_id, group_id)",
         "CREATE TABLE directory_revisions (queue TEXT PRIMARY KEY, revision BIGINT NOT NULL) @STRICT",
     }},
    // What guessing has locked, so that a restart ends no lock and a person can.
    {9,
     {
         "CREATE TABLE login_locks (object TEXT PRIMARY KEY, ends BIGINT NOT NULL, "
         "in_a_row BIGINT NOT NULL) @STRICT",
     }},
    // Between which times 512 rows of the audit log lie, in place of an index entry for each.
    {10,
     {
         "CREATE TABLE trail_spans (last BIGINT PRIMARY KEY, earliest BIGINT NOT NULL, "
         "latest BIGINT NOT NULL) @STRICT",
         "INSERT INTO trail_spans SELECT (sequence + 511) / 512 * 512, min(at), max(at) FROM trail "
         "GROUP BY (sequence + 511) / 512 HAVING count(*) = 512",
         "DROP INDEX trail_at",
     }},
    // What was sent with an Idempotency-Key stood there whole.
    {11,
     {
         "UPDATE idempotency SET hash = sha256_hex(hash)",
         "UPDATE event_intakes SET hash = sha256_hex(hash)",
     }},
};
// NOLINTEND(bugprone-suspicious-missing-comma)

// What nobody may do to a table whose rows are numbered from 1 by `sequence`.
struct Refusal {
  std::string_view word;
  std::string_view name;
  std::string_view when;
  std::string_view say;
};
constexpr Refusal refusals[] = {
    {"@REFUSE CHANGES ", "keep_rows", "BEFORE UPDATE ON @T", "rows of @T are never changed"},
    {"@REFUSE REMOVALS ", "keep_all", "BEFORE DELETE ON @T", "rows of @T are never removed"},
    // It also stands in the way of INSERT OR REPLACE, which runs no trigger for what it removes.
    {"@REFUSE GAPS ", "keep_order",
     "BEFORE INSERT ON @T WHEN NEW.sequence <> 1 + coalesce((SELECT max(sequence) FROM @T), 0)",
     "rows of @T are only appended"},
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
  for (const Refusal& refusal : refusals)
    if (statement.starts_with(refusal.word)) {
      std::string trigger = "CREATE TRIGGER @T_" + std::string(refusal.name) + ' ' +
                            std::string(refusal.when) + " BEGIN SELECT RAISE(ABORT, '" +
                            std::string(refusal.say) + "'); END";
      replace_all(trigger, "@T", statement.substr(refusal.word.size()));
      return trigger;
    }
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
