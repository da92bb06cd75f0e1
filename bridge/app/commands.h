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

int keys_create(const CommonOptions& common, const std::string& queue, const std::string& label);
int keys_list(const CommonOptions& common);

int hooks_list(const CommonOptions& common);
int hooks_test(const CommonOptions& common, const std::string& name);
int hooks_resume(const CommonOptions& common, const std::string& name);

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
