#include "tests/acceptance/crash_site.h"

#include <cppunit/TestAssert.h>

#include "tests/support/certificates.h"

namespace acceptance {

using namespace std::chrono_literals;

std::chrono::seconds scene_limit() {
  return long_run() ? 600s : 60s;
}

std::string struck_since(const Bridge& bridge, std::size_t offset) {
  const std::string log = bridge.log_text();
  const auto at = log.find("fault point ", offset);
  if (at == std::string::npos) return {};
  const auto name = log.find(": ", at) + 2;
  return log.substr(name, log.find('\n', name) - name);
}

std::size_t log_size(const Bridge& bridge) {
  return std::filesystem::exists(bridge.log()) ? std::filesystem::file_size(bridge.log()) : 0;
}

CrashSite::CrashSite(const std::string& name, const Options& options)
    : folder_(fresh_folder(name)), options_(options), desk_(folder_) {
  if (!options_.workflow.empty()) {
    std::filesystem::create_directory(folder_ / "workflows");
    tests::write_file(folder_ / "workflows" / "crash.yaml", options_.workflow);
  }
  tests::write_file(folder_ / "desk.password", "practice");
  if (options_.remote) {
    std::string tls;
    std::uint16_t tls_port = 0;
    if (options_.https) {
      certificates_ = std::make_unique<tests::Certificates>();
      const auto identity = certificates_->issue("localhost");
      tls_port = tests::free_port();
      tls = "tls: {listen: \"127.0.0.1:" + std::to_string(tls_port) + "\", certificate: \"" +
            identity.certificate_file + "\", key: \"" + identity.key_file + "\"}\n";
    }
    tenant_.emplace(
        folder_, "tenant",
        tls + "queues:\n  - {name: tenant, kind: hosted, tenant: Contoso Ltd, quota: {calls_a_day: " +
            std::to_string(tenant_quota) + "}}\n  - {name: other, kind: hosted, tenant: Fabrikam}\n");
    tenant_url_ = options_.https ? "https://localhost:" + std::to_string(tls_port) : tenant_->url();
    key_ = tenant_->make_key("tenant");
    other_key_ = tenant_->make_key("other");
    tenant_->start();
    tests::write_file(folder_ / "remote.key", key_);
  }
  bridge_.emplace(folder_, "bridge", config());
  if (!options_.remote) {
    key_ = bridge_->make_key("acme");
    std::filesystem::copy_file(bridge_->store_file(), folder_ / "empty.db");
  }
}

CrashSite::~CrashSite() = default;

CrashScene CrashSite::scene() {
  bridge_->forget_store();
  if (!options_.remote) std::filesystem::copy_file(folder_ / "empty.db", bridge_->store_file());
  desk_.set_faults(Json::object({{"lose_answers", 0}, {"errors_5xx", 0}}));
  desk_.reset();
  return CrashScene(desk_, (options_.remote ? *tenant_ : *bridge_).site(key_), "acme:", logs());
}

std::string CrashSite::run_once(const Environment& environment, const Environment& of_tenant) {
  CrashScene scene = this->scene();
  for (Plan plan : {Plan::desk_approves, Plan::desk_denies, Plan::queue_denies_with_a_ticket})
    scene.add(plan);
  if (!options_.remote) scene.add(Plan::queue_approves_early);
  const std::size_t logged = log_size(*bridge_);
  if (!of_tenant.empty()) {
    tenant_->kill();
    tenant_->start(of_tenant);
  }
  bridge_->start(environment);
  // Not struck, or only just now: nothing more may happen while we look.
  if (!finish(scene) && environment.contains("COUNTERSIGN_CRASH_AT")) {
    bridge_->stop();
    bridge_->start();
  }
  if (!of_tenant.empty()) {
    tenant_->kill();
    tenant_->start();
  }
  scene.verify(*bridge_, options_.remote ? &*tenant_ : nullptr);
  bridge_->stop();
  return struck_since(*bridge_, logged);
}

bool CrashSite::finish(CrashScene& scene) {
  bool restarted = false;
  const auto alive = [&] {
    if (tenant_ && !tenant_->running()) tenant_->start();
    if (bridge_->running()) return;
    bridge_->start();
    restarted = true;
  };
  eventually("every request is decided and told; see " + logs(), scene_limit(), [&] {
    alive();
    return scene.step();
  });
  eventually("nothing is under way any more; see " + logs(), scene_limit(), [&] {
    alive();
    return bridge_->list("open").size() == 0;
  });
  return restarted;
}

std::string CrashSite::config() const {
  const std::string queue =
      options_.remote ? "  - {name: acme, kind: remote, url: \"" + tenant_url_ +
                            "\", key: {file: remote.key}, poll: 100ms, poll_quick: 100ms, reconcile: " +
                            options_.reconcile + ", calls_a_day: 100000000}\n"
                      : "  - {name: acme, kind: hosted, quota: {calls_a_day: off}}\n";
  return (certificates_ ? "tls: {ca: \"" + certificates_->ca_file() + "\"}\n" : "") + "queues:\n" + queue +
         "desks:\n" +
         practice_part("desk", desk_.url(),
                       "poll: 100ms, reconcile: 2s" +
                           std::string(options_.workflow.empty() ? "" : ", workflow: crash")) +
         "routes:\n  - {queue: acme, desk: desk}\n";
}

}  // namespace acceptance
