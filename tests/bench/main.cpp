// `make bench`: drains requests through a bridge and the practice desk, beside a reference program that makes
// the same HTTP calls and keeps nothing; and reads pages of requests, beside nginx. docs/benchmarks.md says
// what the figures mean. Exit 0: every bar is met; 1: not.

#include <CLI/CLI.hpp>
#include <iostream>
#include <unistd.h>

#include "mappings/engine/json.h"
#include "tests/bench/reference.h"
#include "tests/bench/report.h"

namespace bench {

namespace {

struct Options {
  int requests = 6000, many = 10000, runs = 3, idle = 200;
  std::string queue = "both", part = "all";
  ReadingOptions reading;
  bool quick = false, json = false;
};

void show(const std::string& what, int settled, int of) {
  if (isatty(STDERR_FILENO) == 0) return;
  std::cerr << "\r\x1b[K" << what << ": " << settled << " of " << of << std::flush;
}
void clear_line() {
  if (isatty(STDERR_FILENO) != 0) std::cerr << "\r\x1b[K" << std::flush;
}

Figures measure_reference(bool remote, int requests) {
  show(remote ? "reference, remote" : "reference, hosted", 0, requests);
  Scene scene({.remote = remote, .with_bridge = false, .desk_poll = ""});
  std::vector<std::string> command{
      "/proc/self/exe", "--reference",    "--requests",  std::to_string(requests),
      "--desk-url",     scene.desk_url(), "--queue-url", scene.queue_url()};
  if (remote) command.insert(command.end(), {"--remote", "--key", scene.key()});
  const auto done = tests::run({command, {}, {}, {}, {}}, std::chrono::minutes(10));
  if (done.code != 0) throw std::runtime_error("the reference: " + done.err);
  const auto said = mappings::Json::parse(done.out);
  Figures figures;
  figures.requests = requests;
  figures.seconds = said.get("seconds").as_number().value_or(0);
  figures.cpu_seconds = said.get("cpuSeconds").as_number().value_or(0);
  figures.peak_mib = said.get("peakMiB").as_number().value_or(0);
  return figures;
}

Measured measure(bool remote, const Options& options) {
  Measured measured;
  measured.queue = remote ? "remote" : "hosted";
  for (int run = 0; run < options.runs; ++run) {
    {
      Scene scene({.remote = remote, .with_bridge = true, .desk_poll = ""});
      measured.runs.push_back(run_load(scene, remote, options.requests, show));
    }
    measured.reference.push_back(measure_reference(remote, options.requests));
  }
  if (options.many > 0) {
    Scene scene({.remote = remote, .with_bridge = true, .desk_poll = ""});
    measured.many = run_load(scene, remote, options.many, show);
  }
  if (options.idle > 0) {
    // No poll may come to the webhook's help.
    Scene scene({.remote = remote, .with_bridge = true, .desk_poll = "10m"});
    measured.idle_ms = run_idle(scene, remote, options.idle, show);
  }
  clear_line();
  return measured;
}

int bench(Options options) {
  if (options.quick) {
    options.requests = std::min(options.requests, 500);
    options.runs = 1;
    options.many = 0;
    options.idle = std::min(options.idle, 50);
    options.reading.many = std::min(options.reading.many, 20'000);
    options.reading.runs = 1;
    options.reading.each = std::chrono::milliseconds(200);
  }
  std::vector<Measured> all;
  if (options.part != "reading")
    for (const bool remote : {false, true})
      if (options.queue == "both" || options.queue == (remote ? "remote" : "hosted"))
        all.push_back(measure(remote, options));
  Readings readings;
  if (options.part != "drain") readings = measure_reading(options.reading, show);
  clear_line();
  return report(all, readings, options.json, std::cout) ? 0 : 1;
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app("Measures the bridge beside a reference program.");
  Options options;
  Calls calls;
  bool reference = false;
  std::uint16_t echo = 0;
  app.add_option("--requests", options.requests, "requests a run")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--many", options.many, "requests of the run for memory; 0: none")->capture_default_str();
  app.add_option("--runs", options.runs, "runs, of which the median counts")
      ->check(CLI::Range(1, 99))
      ->capture_default_str();
  app.add_option("--idle", options.idle, "single decisions on an idle bridge; 0: none")
      ->capture_default_str();
  app.add_option("--queue", options.queue, "hosted, remote or both")
      ->check(CLI::IsMember({"hosted", "remote", "both"}))
      ->capture_default_str();
  app.add_option("--part", options.part, "drain, reading or all")
      ->check(CLI::IsMember({"drain", "reading", "all"}))
      ->capture_default_str();
  app.add_option("--stored", options.reading.many, "requests in the large store of the part `reading`")
      ->check(CLI::Range(1000, 10'000'000))
      ->capture_default_str();
  app.add_flag("--quick", options.quick, "one small run: shows that it works, the figures mean little");
  app.add_flag("--json", options.json, "one JSON object instead of the table");
  // The parts that run as children of this program.
  app.add_flag("--reference", reference)->group("");
  app.add_flag("--remote", calls.remote)->group("");
  app.add_option("--desk-url", calls.desk_url)->group("");
  app.add_option("--queue-url", calls.queue_url)->group("");
  app.add_option("--key", calls.key)->group("");
  app.add_option("--echo", echo)->group("");
  CLI11_PARSE(app, argc, argv);
  if (echo != 0) return run_echo(echo);
  calls.requests = options.requests;
  if (reference) return run_reference(calls);
  return bench(options);
}

}  // namespace bench

int main(int argc, char** argv) {
  try {
    return bench::run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 2;
  }
}
