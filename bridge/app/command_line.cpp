#include "bridge/app/command_line.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "bridge/app/commands.h"
#include "bridge/ops/error.h"
#include "bridge/ops/log.h"

namespace bridge {

namespace {

int guarded(const std::function<int()>& verb, bool json) {
  auto fail = [&](std::string_view code, const std::string& message, std::string_view advice, int exit) {
    if (json) {
      std::cout << mappings::Json::object(
                       {{"error", mappings::Json::object({{"code", code}, {"message", message}})}})
                       .dump()
                << '\n';
    } else {
      std::cerr << "error: " << message << '\n';
      if (!advice.empty()) std::cerr << "       " << advice << '\n';
    }
    return exit;
  };
  try {
    return verb();
  } catch (const Error& e) {
    const int exit = e.code() == ErrorCode::store_unavailable                              ? exit_unavailable
                     : e.code() == ErrorCode::not_found || e.code() == ErrorCode::conflict ? exit_no
                                                                                           : exit_usage;
    return fail(info(e.code()).name, e.what(), "", exit);
  } catch (const std::exception& e) {
    return fail("internal", e.what(), "", exit_unavailable);
  }
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app{
      "Countersign: the bridge between a queue of privilege-elevation requests and a ticket system."};
  app.name("countersign");
  app.set_version_flag("--version", std::string("countersign ") + COUNTERSIGN_VERSION);
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "help for every verb");

  CommonOptions common;
  std::function<int()> verb;
  auto with_config = [&](CLI::App* sub) {
    sub->add_option("-c,--config", common.config, "the configuration file")
        ->capture_default_str()
        ->envname("COUNTERSIGN_CONFIG");
    sub->add_flag("--json", common.json, "answer in JSON");
    return sub;
  };

  auto* serve_verb =
      with_config(app.add_subcommand("serve", "run the bridge until SIGTERM or Ctrl-C; SIGHUP reloads"));
  serve_verb->footer("Example:\n  countersign serve -c /etc/countersign/countersign.yaml");
  serve_verb->callback([&] { verb = [&] { return serve(common); }; });

  CheckOptions check_options;
  auto* check_verb = with_config(
      app.add_subcommand("check", "look for mistakes in the configuration and the files it uses"));
  check_verb->add_option("files", check_options.files, "only these files (mapping, workflow, connector)");
  check_verb->add_flag("--online", check_options.online,
                       "also log in to every desk and remote queue and see that it works");
  check_verb->add_flag("--deny-warnings", check_options.deny_warnings, "exit 1 on warnings too");
  check_verb->footer(
      "Examples:\n  countersign check\n  countersign check mappings/servicenow/elevation.yaml\n  countersign "
      "check --online");
  check_verb->callback(
      [&] { verb = [&] { return run_limited([&] { return check(common, check_options); }); }; });

  TestOptions test_options;
  auto* test_verb =
      with_config(app.add_subcommand("test", "run the tests beside mappings, workflows and connectors"));
  test_verb->add_option("files", test_options.files, "only those of these files");
  test_verb->footer("Examples:\n  countersign test\n  countersign test mappings/servicenow/elevation.yaml");
  test_verb->callback(
      [&] { verb = [&] { return run_limited([&] { return test(common, test_options); }); }; });

  ExplainOptions explain_options;
  auto* explain_verb = with_config(app.add_subcommand(
      "explain", "show the ticket that a request becomes, and where each field comes from"));
  explain_verb->add_option("request", explain_options.request, "an id (615670, acme:615670) or a JSON file")
      ->required();
  explain_verb->add_option("--queue", explain_options.queue, "the queue of the request");
  explain_verb->add_option("--desk", explain_options.desk,
                           "the desk; by default the one that the routes choose");
  explain_verb->add_option("--outcome", explain_options.outcome,
                           "what the ticket is told instead: approved, denied, withdrawn, expired");
  explain_verb->footer(
      "Examples:\n  countersign explain 615670 --desk snow\n  countersign explain "
      "mappings/requests/run-as-admin.json --outcome denied");
  explain_verb->callback(
      [&] { verb = [&] { return run_limited([&] { return explain(common, explain_options); }); }; });

  auto* requests_verb = app.add_subcommand("requests", "the requests and where they stand");
  requests_verb->require_subcommand(1);
  RequestsOptions list_options;
  auto* list_verb = with_config(requests_verb->add_subcommand("list", "the newest requests"));
  list_verb->add_option("--queue", list_options.queue, "only of this queue");
  list_verb->add_option("--desk", list_options.desk, "only of this desk");
  list_verb->add_option("--state", list_options.state,
                        "only in this state; parked and open stand for several");
  list_verb->add_option("--limit", list_options.limit, "how many")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  list_verb->footer("Example:\n  countersign requests list --state parked");
  list_verb->callback([&] { verb = [&] { return requests_list(common, list_options); }; });

  std::vector<std::string> wanted;
  std::string queue;
  auto* show_verb = with_config(requests_verb->add_subcommand(
      "show", "one request with its timeline: every step, call, retry and decision"));
  show_verb->add_option("request", wanted, "an id (615670, acme:615670)")->required()->expected(1);
  show_verb->add_option("--queue", queue, "the queue of the request");
  show_verb->footer("Example:\n  countersign requests show 615670");
  show_verb->callback([&] { verb = [&] { return requests_show(common, wanted.front(), queue); }; });

  auto* resume_verb =
      with_config(requests_verb->add_subcommand("resume", "let parked requests go on where they stopped"));
  resume_verb->add_option("requests", wanted, "ids, or all")->required();
  resume_verb->add_option("--queue", queue, "the queue of the requests");
  resume_verb->footer("Examples:\n  countersign requests resume 615670\n  countersign requests resume all");
  resume_verb->callback([&] { verb = [&] { return requests_resume(common, wanted, queue); }; });

  auto* status_verb =
      with_config(app.add_subcommand("status", "see in one look whether both sides are in step"));
  status_verb->footer("Example:\n  countersign status --json\nExit code 1 when the bridge is not running.");
  status_verb->callback([&] { verb = [&] { return status(common); }; });

  AuditOptions audit_options;
  auto* audit_verb = app.add_subcommand("audit", "the audit log: who did what, in a chain of hashes");
  audit_verb->require_subcommand(1);
  const auto audited = [&](CLI::App* sub, int (*act)(const CommonOptions&, const AuditOptions&)) {
    with_config(sub)->add_option("database", audit_options.database,
                                 "a store's file or a copy of one; by default the configuration's store");
    sub->callback([&, act] { verb = [&, act] { return act(common, audit_options); }; });
    return sub;
  };
  const auto first_row = [&](CLI::App* sub, const char* name) {
    sub->add_option(name, audit_options.first, "the first row to look at")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
  };
  const auto filters = [&](CLI::App* sub) {
    sub->add_option("--queue", audit_options.queue, "only of this queue");
    sub->add_option("--actor", audit_options.actor, "only by whom: a part of the name, in any case");
    sub->add_option("--action", audit_options.action, "only this action, or all that begin so: credential.");
    sub->add_option("--object", audit_options.object, "only about this: \"request acme:615670\"");
    sub->add_option("--from", audit_options.from, "not before this day or time in UTC, or so long ago: 30d");
    sub->add_option("--before", audit_options.before, "before this day or time in UTC, or so long ago");
  };
  auto* audit_verify_verb =
      audited(audit_verb->add_subcommand("verify", "walk the chain and name the first row that does not fit"),
              audit_verify);
  first_row(audit_verify_verb, "--first,--from");
  audit_verify_verb
      ->add_option("--expect-head", audit_options.expected_head,
                   "a hash that was the newest once, from the log or from audit head: the chain must hold it")
      ->check(CLI::Validator(
          [](std::string& text) {
            const bool hash =
                text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
            return hash ? std::string() : std::string("a hash has 64 digits, 0 to 9 and a to f");
          },
          "HASH"));
  audit_verify_verb->footer(
      "Examples:\n  countersign audit verify\n  countersign audit verify /backup/countersign.db --json\n"
      "  countersign audit verify --expect-head $(cat head-of-yesterday)\n"
      "Exit code 0: whole, 1: broken or without the expected head. A chain that somebody cut off at its end, "
      "or\n"
      "wrote anew as a whole, is whole in itself: only a head that was kept elsewhere shows it.");
  auto* audit_head_verb =
      audited(audit_verb->add_subcommand("head", "number and hash of the newest row, to be kept elsewhere"),
              audit_head);
  audit_head_verb->footer("Example:\n  countersign audit head | ssh vault 'cat >> countersign.heads'");
  auto* audit_list_verb = audited(audit_verb->add_subcommand("list", "the newest rows"), audit_list);
  filters(audit_list_verb);
  audit_list_verb->add_option("--limit", audit_options.limit, "how many")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  audit_list_verb->footer(
      "Examples:\n  countersign audit list --action login.refused --from 2026-01-31\n"
      "  countersign audit list --object \"request acme:615670\"");
  auto* audit_export_verb =
      audited(audit_verb->add_subcommand("export", "all rows as lines of JSON, oldest first"), audit_export);
  filters(audit_export_verb);
  first_row(audit_export_verb, "--first");
  audit_export_verb->footer("Example:\n  countersign audit export --first 100001 > audit-from-100001.ndjson");

  auto* keys_verb = app.add_subcommand("keys", "the keys and clients that let programs use the API");
  keys_verb->require_subcommand(1);
  KeyOptions key_options;
  auto* create_verb =
      with_config(keys_verb->add_subcommand("create", "make a key or a client; its secret is shown once"));
  create_verb->add_option("--queue", key_options.queue, "the queue that it opens")->required();
  create_verb
      ->add_option("--kind", key_options.kind,
                   "api_key (header apikey), rest_key (rest_api_key=...), client (bearer tokens)")
      ->check(CLI::IsMember({"api_key", "rest_key", "client"}));
  create_verb->add_option("--group", key_options.group, "the key group of a rest key; made when it is new");
  create_verb->add_option("--label", key_options.label, "what it is for; a client's name");
  create_verb->add_option("--on-behalf-of", key_options.on_behalf_of,
                          "the user whom its deeds are recorded of, as a mail");
  create_verb->add_option("--role", key_options.role,
                          "reader, approver, submitter, administrator, reseller, or one of your own");
  create_verb->add_option("--scopes", key_options.scopes,
                          "some of read, submit, decide, manage; default: \"read submit decide\"");
  create_verb->add_option("--allow", key_options.networks,
                          "an address, range or network that it may be used from; may be repeated");
  create_verb->add_option("--company", key_options.companies,
                          "another queue of a reseller's client, or * for all; may be repeated");
  create_verb->add_option("--not-before", key_options.not_before, "refused before: 2026-12-31, or 2h");
  create_verb->add_option("--expires", key_options.expires, "refused from then on: 2026-12-31, or 90d");
  create_verb->footer(
      "Examples:\n"
      "  countersign keys create --queue acme --label \"intake script\" --scopes \"read submit\"\n"
      "  countersign keys create --queue acme --group siem --role reader --allow 192.0.2.0/24 --expires 90d\n"
      "  countersign keys create --queue acme --group desk --on-behalf-of ann@acme.test --scopes \"read "
      "decide\"\n"
      "  countersign keys create --queue acme --kind client --label \"phish triage\" --json\n"
      "  countersign keys create --queue acme --kind client --role reseller --company contoso");
  create_verb->callback([&] { verb = [&] { return keys_create(common, key_options); }; });
  auto* keys_list_verb = with_config(keys_verb->add_subcommand("list", "the keys, without their secrets"));
  keys_list_verb->add_option("--queue", queue, "only of this queue");
  keys_list_verb->footer("Example:\n  countersign keys list --queue acme");
  keys_list_verb->callback([&] { verb = [&] { return keys_list(common, queue); }; });
  std::string key, overlap = "0s";
  const auto key_verb = [&](const char* name, const char* about, const char* example,
                            std::function<int()> run) {
    auto* sub = with_config(keys_verb->add_subcommand(name, about));
    sub->add_option("key", key, "its id: 3fa97f2c, or cs_live_3fa97f2c")->required();
    sub->footer(std::string("Example:\n  countersign keys ") + example);
    sub->callback([&verb, run = std::move(run)] { verb = run; });
    return sub;
  };
  key_verb("show", "one key: what it may do, and when it was last used", "show 3fa97f2c",
           [&] { return keys_show(common, key); });
  key_verb("revoke", "end a key for good", "revoke 3fa97f2c", [&] { return keys_revoke(common, key); });
  key_verb("rotate", "a new secret under the same id; it is shown once", "rotate 3fa97f2c --overlap 24h",
           [&] { return keys_rotate(common, key, overlap); })
      ->add_option("--overlap", overlap, "how long the old secret stays good; a client's tokens end at once")
      ->capture_default_str();
  key_verb("activate", "let a key work again", "activate 3fa97f2c",
           [&] { return keys_activate(common, key, true); });
  key_verb("deactivate", "stop a key at once; a client's tokens end for good", "deactivate 3fa97f2c",
           [&] { return keys_activate(common, key, false); });
  auto* locks_verb =
      with_config(keys_verb->add_subcommand("locks", "ids and addresses that guessing locked"));
  locks_verb->footer("Example:\n  countersign keys locks --json");
  locks_verb->callback([&] { verb = [&] { return keys_locks(common); }; });
  auto* unlock_verb = with_config(keys_verb->add_subcommand("unlock", "let an id or an address try again"));
  unlock_verb->add_option("what", key, "an id, or an address: 3fa97f2c, 192.0.2.1")->required();
  unlock_verb->footer("Example:\n  countersign keys unlock 192.0.2.1");
  unlock_verb->callback([&] { verb = [&] { return keys_unlock(common, key); }; });

  auto* directory_verb = app.add_subcommand("directory", "the people who may be asked to decide");
  directory_verb->require_subcommand(1);
  std::string person, people_file;
  const auto of_queue = [&](CLI::App* sub) {
    sub->add_option("--queue", queue, "whose directory it is")->required();
    return with_config(sub);
  };
  auto* people_verb =
      of_queue(directory_verb->add_subcommand("list", "everybody, with groups and who is inactive or away"));
  people_verb->footer("Example:\n  countersign directory list --queue acme");
  people_verb->callback([&] { verb = [&] { return directory_list(common, queue); }; });
  auto* person_verb = of_queue(directory_verb->add_subcommand("show", "one of them"));
  person_verb->add_option("who", person, "a mail or a login")->required();
  person_verb->footer("Example:\n  countersign directory show bob@acme.test --queue acme");
  person_verb->callback([&] { verb = [&] { return directory_show(common, queue, person); }; });
  auto* import_verb = of_queue(directory_verb->add_subcommand(
      "import", "add and change people from a file, as an identity provider would; nobody is removed"));
  import_verb->add_option("file", people_file, "a file of people")->required();
  import_verb->footer("Example:\n  countersign directory import people.yaml --queue acme");
  import_verb->callback([&] { verb = [&] { return directory_import(common, queue, people_file); }; });

  auto* hooks_verb = app.add_subcommand("hooks", "the webhooks that go out");
  hooks_verb->require_subcommand(1);
  std::string hook;
  auto* hooks_list_verb =
      with_config(hooks_verb->add_subcommand("list", "each subscription and how it does"));
  hooks_list_verb->callback([&] { verb = [&] { return hooks_list(common); }; });
  auto* hooks_test_verb =
      with_config(hooks_verb->add_subcommand("test", "send one delivery now, past what is pending"));
  hooks_test_verb->add_option("name", hook, "the subscription")->required();
  hooks_test_verb->footer("Example:\n  countersign hooks test siem");
  hooks_test_verb->callback([&] { verb = [&] { return hooks_test(common, hook); }; });
  auto* hooks_resume_verb = with_config(
      hooks_verb->add_subcommand("resume", "let a paused subscription go on with what is pending"));
  hooks_resume_verb->add_option("name", hook, "the subscription")->required();
  hooks_resume_verb->footer("Example:\n  countersign hooks resume siem");
  hooks_resume_verb->callback([&] { verb = [&] { return hooks_resume(common, hook); }; });

  auto* siem_verb = app.add_subcommand("siem", "where the audit log and the auditlog are sent");
  siem_verb->require_subcommand(1);
  std::string sink;
  auto* siem_list_verb =
      with_config(siem_verb->add_subcommand("list", "each sink, how far it has come and how it does"));
  siem_list_verb->footer("Example:\n  countersign siem list --json");
  siem_list_verb->callback([&] { verb = [&] { return siem_list(common); }; });
  auto* siem_test_verb =
      with_config(siem_verb->add_subcommand("test", "send one marked event now, and say what came of it"));
  siem_test_verb->add_option("name", sink, "the sink")->required();
  siem_test_verb->footer(
      "Examples:\n  countersign siem test splunk\n  countersign siem test soc --json\nExit code 1 when the "
      "sink did not take it. Over UDP nobody can say: look for siem.test at the\nreceiver.");
  siem_test_verb->callback([&] { verb = [&] { return siem_test(common, sink); }; });
  auto* siem_backfill_verb = with_config(
      siem_verb->add_subcommand("backfill", "send the history once more, from a moment on, then go on"));
  std::string backfill_from;
  siem_backfill_verb->add_option("name", sink, "the sink")->required();
  siem_backfill_verb->add_option("--from", backfill_from, "all, a day or time in UTC, or how long ago: 30d")
      ->required();
  siem_backfill_verb->footer(
      "Examples:\n  countersign siem backfill splunk --from all\n  countersign siem backfill soc --from 30d\n"
      "Also what has arrived before is sent again; sequence tells. A running bridge begins within two "
      "seconds.");
  siem_backfill_verb->callback([&] { verb = [&] { return siem_backfill(common, sink, backfill_from); }; });

  PracticeOptions practice_options;
  auto* practice_verb =
      app.add_subcommand("practice-desk", "a small ServiceNow look-alike in memory, to try and to test with");
  practice_verb->add_option("--listen", practice_options.listen, "address:port")->capture_default_str();
  practice_verb->add_option("--table", practice_options.table, "the task table")->capture_default_str();
  practice_verb->add_flag("--approvers", practice_options.approvers,
                          "make an approval row for each new ticket");
  practice_verb->add_option(
      "--webhook", practice_options.webhook_url,
      "tell this address of decisions; the secret is taken from PRACTICE_WEBHOOK_SECRET");
  practice_verb->footer(
      "Example:\n  countersign practice-desk --listen 127.0.0.1:8081\nThe accounts are bridge and approver; "
      "their passwords come from PRACTICE_BRIDGE_PASSWORD and\nPRACTICE_APPROVER_PASSWORD (default: "
      "practice).");
  practice_verb->callback([&] { verb = [&] { return practice_desk(practice_options); }; });

  std::string form = "table";
  auto* states_verb = app.add_subcommand("states", "the lifecycle of a request as a table or a diagram");
  states_verb->add_option("--as", form, "table, mermaid or dot")
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "mermaid", "dot"}));
  states_verb->add_flag("--json", common.json, "every accepted step in JSON");
  states_verb->footer("Example:\n  countersign states --as dot | dot -Tsvg > lifecycle.svg");
  states_verb->callback([&] { verb = [&] { return states(form, common.json); }; });

  DemoOptions demo_options;
  auto* demo_verb = app.add_subcommand(
      "demo", "bridge and practice desk together: sample requests, decisions, a table of outcomes");
  demo_verb->add_flag("--stay", demo_options.stay, "submit three and leave everything running for a person");
  demo_verb->add_flag("--remote", demo_options.remote, "a second bridge is the remote queue");
  demo_verb->add_option("--requests", demo_options.requests, "how many")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  demo_verb->add_option("--directory", demo_options.directory, "where its configuration and stores go")
      ->capture_default_str();
  demo_verb->add_flag("--json", demo_options.json, "the table in JSON");
  demo_verb->footer("Example:\n  countersign demo --remote");
  demo_verb->callback([&] { verb = [&] { return demo(demo_options); }; });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return code == 0 ? exit_ok : exit_usage;
  }
  return guarded(verb, common.json || demo_options.json);
}

}  // namespace bridge
