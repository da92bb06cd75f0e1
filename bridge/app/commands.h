#pragma once

// The verbs of the command line. Each returns the exit code (command_line.h) and writes to standard output
// what was asked for, to standard error what went wrong.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bridge/config/config.h"

namespace bridge {

enum ExitCode { exit_ok = 0, exit_no = 1, exit_usage = 2, exit_unavailable = 3 };

struct CommonOptions {
  std::string config = "countersign.yaml";
  bool json = false;
};

int serve(const CommonOptions& common);

struct CheckOptions {
  std::vector<std::string> files;  // empty: all that the configuration uses
  bool online = false;             // also log in to every desk
  bool deny_warnings = false;
};
int check(const CommonOptions& common, const CheckOptions& options);

struct TestOptions {
  std::vector<std::string> files;  // mapping, workflow or connector files; empty: all
};
int test(const CommonOptions& common, const TestOptions& options);

struct ExplainOptions {
  std::string request;  // an id of the store ("615670", "acme:615670"), or a JSON file
  std::string queue;
  std::string desk;
  std::string outcome;  // empty: the new ticket; else approved, denied, withdrawn, expired
};
int explain(const CommonOptions& common, const ExplainOptions& options);

struct RequestsOptions {
  std::string queue, desk, state;  // state: a lifecycle state, or "parked"
  int limit = 50;
};
int requests_list(const CommonOptions& common, const RequestsOptions& options);
int requests_show(const CommonOptions& common, const std::string& request, const std::string& queue);
int requests_resume(const CommonOptions& common, const std::vector<std::string>& requests,
                    const std::string& queue);

int status(const CommonOptions& common);

struct AuditOptions {
  std::string database;  // a store's file, or a copy of one; empty: the configuration's store
  std::int64_t first = 1;
  std::string expected_head;  // a hash that was the newest once
  std::string queue, actor, action, object, from, before;
  int limit = 50;
};
int audit_verify(const CommonOptions& common, const AuditOptions& options);
int audit_head(const CommonOptions& common, const AuditOptions& options);
int audit_list(const CommonOptions& common, const AuditOptions& options);
int audit_export(const CommonOptions& common, const AuditOptions& options);

struct KeyOptions {
  std::string queue;
  std::string kind;  // api_key, rest_key, client; empty: rest_key with a group, else api_key
  std::string group, label, on_behalf_of, role, scopes;
  std::vector<std::string> networks;
  std::vector<std::string> companies;  // of a reseller's client: its other queues; "*": all
  std::string not_before, expires;     // a time, or how far away
};
int keys_create(const CommonOptions& common, const KeyOptions& options);
int keys_list(const CommonOptions& common, const std::string& queue);
int keys_show(const CommonOptions& common, const std::string& key);
int keys_revoke(const CommonOptions& common, const std::string& key);
int keys_rotate(const CommonOptions& common, const std::string& key, const std::string& overlap);
int keys_activate(const CommonOptions& common, const std::string& key, bool active);
int keys_locks(const CommonOptions& common);
int keys_unlock(const CommonOptions& common, const std::string& what);

int directory_list(const CommonOptions& common, const std::string& queue);
int directory_show(const CommonOptions& common, const std::string& queue, const std::string& who);
int directory_import(const CommonOptions& common, const std::string& queue, const std::string& file);

int hooks_list(const CommonOptions& common);
int hooks_test(const CommonOptions& common, const std::string& name);
int hooks_resume(const CommonOptions& common, const std::string& name);

int siem_list(const CommonOptions& common);
int siem_test(const CommonOptions& common, const std::string& name);
int siem_backfill(const CommonOptions& common, const std::string& name, const std::string& from);

struct PracticeOptions {
  std::string listen = "127.0.0.1:8081";
  std::string table = "incident";
  bool approvers = false;
  std::string webhook_url;
};
int practice_desk(const PracticeOptions& options);

int states(const std::string& form, bool json);

struct DemoOptions {
  bool stay = false;    // `make run`: start everything and wait for Ctrl-C
  bool remote = false;  // a second bridge is the remote queue
  int requests = 20;
  std::string directory = "var/demo";
  bool json = false;
};
int demo(const DemoOptions& options);

// Shared by verbs.

// The configuration, or nothing after its problems were printed.
std::optional<Config> read_config(const CommonOptions& common);
// Runs `verb` in a child process with a CPU and memory limit, because an expression cannot be interrupted.
int run_limited(const std::function<int()>& verb, std::chrono::seconds cpu = std::chrono::seconds(20));

}  // namespace bridge
