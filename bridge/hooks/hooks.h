#pragma once

// All webhooks that go out: those of the configuration and those made by the API, their lanes, and one
// thread that looks after them. Gives the ledger the deliveries that belong to a change. Thread-safe; start()
// and stop() from one thread.

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bridge/access/pepper.h"
#include "bridge/drain/announcer.h"
#include "bridge/hooks/subscription.h"
#include "bridge/ops/address_guard.h"

namespace bridge {

class Metrics;

class Hooks final : public Announcer {
 public:
  // All must outlive it. `config.public_url` is set. `exchange` must keep to guard(): see make_hook_client().
  Hooks(const Config& config, Store& store, const Rules& rules, const Clock& clock,
        std::shared_ptr<const Pepper> pepper, Exchange exchange);
  ~Hooks() override;  // stops

  void start();
  // After the exchange was told to end what is in flight.
  void stop();

  void tell_of(NewRequest& request) const override;
  void tell_of(const Record& before, Change& change) const override;
  void tell_of(UseReport& report) const override;
  void wake(const std::string& lane) override;

  // What the API does with the subscriptions of one queue. They throw Error: not_found, conflict for what
  // stands in the configuration, invalid_request.
  mappings::Json list(const std::string& queue) const;
  mappings::Json show(const std::string& queue, const std::string& id) const;
  // Each gives the subscription as show() does, with "secret" when one was made here: that once. Who did it
  // is in the audit log.
  mappings::Json create(const std::string& queue, const mappings::Json& given, const Actor& who = {});
  mappings::Json change(const std::string& queue, const std::string& id, const mappings::Json& given,
                        const Actor& who = {});
  void remove(const std::string& queue, const std::string& id, const Actor& who = {});
  mappings::Json test(const std::string& queue, const std::string& id);
  mappings::Json resume(const std::string& queue, const std::string& id, const Actor& who = {});
  mappings::Json deliveries(const std::string& queue, const std::string& id) const;

  void measure(Metrics& metrics) const;
  // One line for each subscription: "hook:siem" -> JSON text.
  std::map<std::string, std::string> status() const;

  // Performs in the calling thread what is due now; how many. For tests.
  int run_due();
  // One round of the thread that looks after them. For tests.
  void look();

 private:
  using One = std::shared_ptr<Subscription>;
  using All = std::map<std::string, One>;

  // To be kept in a name while it is walked: a change from another thread ends the one before.
  std::shared_ptr<const All> all() const { return std::atomic_load(&all_); }
  One find(const std::string& queue, const std::string& id) const;
  One of_api(const std::string& queue, const std::string& id) const;
  TrailEntry entry(const char* action, const Actor& who, const HookConfig* before,
                   const HookConfig* after) const;
  One make(HookConfig config, bool of_file, Time created) const;
  // Takes the place of the one with that name; null takes it away. Gives the old one, which runs on.
  One replace(const std::string& id, One next);
  void keep_looking();

  Store& store_;
  const std::shared_ptr<const Pepper> pepper_;  // what subscriptions made by the API are sealed with
  const AddressGuard guard_;
  const Subscription::Parts parts_;
  std::shared_ptr<const All> all_;

  std::mutex changing_;  // of the set
  std::mutex mutex_;
  std::condition_variable changed_;
  bool running_ = false;
  bool stopping_ = false;
  std::thread looker_;
};

// The client that webhooks are sent with: no other address than what the configuration allows.
std::unique_ptr<connectors::HttpClient> make_hook_client(const Config& config);

// An object to test a subscription with: the queue's newest request, else a sample.
std::string test_object(Store& store, const std::string& queue);

}  // namespace bridge
