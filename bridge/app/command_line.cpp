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

  auto* keys_verb = app.add_subcommand("keys", "the keys that let programs use the API");
  keys_verb->require_subcommand(1);
  std::string label;
  auto* create_verb = with_config(keys_verb->add_subcommand("create", "make a key; it is shown once"));
  create_verb->add_option("--queue", queue, "the queue that the key opens")->required();
  create_verb->add_option("--label", label, "what it is for");
  create_verb->footer("Example:\n  countersign keys create --queue acme --label \"intake script\"");
  create_verb->callback([&] { verb = [&] { return keys_create(common, queue, label); }; });
  auto* keys_list_verb = with_config(keys_verb->add_subcommand("list", "the keys, without their secrets"));
  keys_list_verb->callback([&] { verb = [&] { return keys_list(common); }; });

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
