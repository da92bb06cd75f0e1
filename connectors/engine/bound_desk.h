#pragma once

// DeskClient over a compiled manifest. How requests travel is passed in, so that recorded exchanges can stand
// for a desk. Thread-safe.

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/engine/compiled_manifest.h"
#include "connectors/engine/desk_client.h"
#include "connectors/engine/operation_run.h"

namespace connectors {

class BoundDesk final : public DeskClient {
 public:
  // As DeskClient::bind().
  static std::unique_ptr<BoundDesk> bind(std::shared_ptr<const CompiledManifest> manifest,
                                         const std::string& settings_json, Exchange exchange,
                                         const mappings::SourceMark& where,
                                         mappings::Diagnostics& diagnostics);

  Outcome check() override;
  Result<std::optional<Ticket>> find(const std::string& key) override;
  Result<Ticket> open(const std::string& key, const mappings::Json& fields) override;
  Result<TicketState> read(const std::string& ticket_id, const std::string& key) override;
  Result<Changes> changes(const std::string& watermark) override;
  Outcome tell(const Ticket& ticket, const std::string& key, const mappings::Json& fields,
               const std::string& comment, const std::string& mark, bool repeat) override;
  Outcome comment(const Ticket& ticket, const std::string& text, const std::string& mark,
                  bool repeat) override;
  std::optional<Hint> hint(const std::vector<std::pair<std::string, std::string>>& headers,
                           std::string_view body, std::string& refused) const override;
  int in_flight() const noexcept override { return manifest_->in_flight_; }
  std::chrono::milliseconds poll_interval() const noexcept override { return manifest_->poll_; }
  std::chrono::milliseconds longest_verb() const override;

 private:
  BoundDesk() = default;
  OperationRun start() const { return OperationRun(*manifest_, connection_, exchange_, kept_); }
  bool usable_key(OperationRun& run, const std::string& key) const;
  // True when the search itself went well; `ticket` is empty when nothing carries the key.
  bool find(OperationRun& run, const std::string& key, std::optional<Ticket>& ticket) const;
  bool see_key(OperationRun& run, const std::string& key, const Ticket& ticket) const;
  Outcome write(OperationRun& run, const std::string& operation, const Ticket& ticket,
                const std::string& comment, const std::string& mark, bool repeat) const;

  std::shared_ptr<const CompiledManifest> manifest_;
  Exchange exchange_;
  Connection connection_;
  mutable KeptAnswers kept_;
  std::string correlation_field_;
  std::string webhook_secret_;
};

}  // namespace connectors
