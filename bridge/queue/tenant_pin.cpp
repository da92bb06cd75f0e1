#include "bridge/queue/tenant_pin.h"

#include <utility>

#include "bridge/ops/log.h"

namespace bridge {

using connectors::Outcome;
using connectors::Verdict;

namespace {

constexpr std::chrono::hours between_checks{6};
constexpr std::chrono::minutes between_checks_while_stopped{5};

}  // namespace

TenantPin::TenantPin(std::string queue, std::string named, Store& store)
    : queue_(std::move(queue)), named_(std::move(named)), store_(store) {}

Outcome TenantPin::check(RemoteQueueApi& api, Time now) {
  const std::lock_guard one_at_a_time(asking_);
  {
    const std::lock_guard lock(mutex_);
    if (known_ && now < ask_again_) return trouble_.empty() ? Outcome{} : stop(trouble_);
  }
  auto answer = api.tenant_name();
  Outcome outcome;
  const bool unsaid = answer.outcome.verdict == Verdict::rejected || answer.outcome.reason == "forbidden";
  if (!answer.value && !unsaid) return answer.outcome;
  outcome = judge(answer.value.value_or(""), now);
  outcome.calls = std::move(answer.outcome.calls);
  return outcome;
}

Outcome TenantPin::judge(const std::string& answered, Time now) {
  const std::string pin = "tenant:queue:" + queue_;
  const std::string remembered = named_.empty() ? store_.value(pin).value_or("") : named_;
  const std::lock_guard lock(mutex_);
  known_ = true;
  name_ = answered;
  std::string why;
  if (answered.empty()) {
    // A wrong tenant does not become the right one by falling silent.
    if (!trouble_.empty() && named_.empty())
      why = trouble_;
    else if (!named_.empty())
      why = "the configuration names the tenant " + named_ +
            ", and this server does not say which tenant it is (/whoami): look at the url, or leave `tenant` "
            "out";
    else if (!remembered.empty())
      why =
          "this queue is that of the tenant " + remembered +
          ", and the server no longer says whose key this is (/whoami): look at the url and at what the key "
          "may read; give another tenant a queue of its own";
    else if (!std::exchange(said_unnamed_, true))
      log(Level::warning, "tenant_unnamed",
          {{"queue", queue_},
           {"detail", "the server has no /whoami: another tenant's key would not be noticed"}});
  } else if (remembered.empty() || remembered == answered) {
    if (store_.value(pin) != answered) store_.set_value(pin, answered, now);
    if (!trouble_.empty() || remembered.empty())
      log(Level::info, "tenant_pinned", {{"queue", queue_}, {"tenant", answered}});
  } else {
    why = "the key belongs to the tenant " + answered + ", and this queue is that of " + remembered +
          ": put the right key back; if the tenant was renamed, write tenant: '" + answered +
          "' at this queue; give another tenant a queue of its own";
  }
  if (!why.empty() && why != trouble_)
    log(Level::error, "wrong_tenant", {{"queue", queue_}, {"detail", why}});
  trouble_ = why;
  ask_again_ = now + (why.empty() ? std::chrono::minutes(between_checks) : between_checks_while_stopped);
  return why.empty() ? Outcome{} : stop(why);
}

Outcome TenantPin::stop(const std::string& why) {
  Outcome outcome;
  outcome.verdict = Verdict::retry;
  outcome.reason = "wrong_tenant";
  outcome.detail = why;
  outcome.after = between_checks_while_stopped;
  outcome.whole_desk = true;
  return outcome;
}

void TenantPin::doubt() {
  const std::lock_guard lock(mutex_);
  ask_again_ = {};
}

std::string TenantPin::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

std::string TenantPin::name() const {
  const std::lock_guard lock(mutex_);
  return name_;
}

}  // namespace bridge
