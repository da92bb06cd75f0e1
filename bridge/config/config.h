#pragma once

// countersign.yaml, read and checked: plain data. Every key is in schemas/config.schema.json.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bridge/access/lockout.h"
#include "bridge/ops/time_zone.h"
#include "mappings/engine/diagnostics.h"
#include "mappings/engine/json.h"

namespace bridge {

class TlsIdentity;

// A text that must not be seen: prints as ***. The value is read with reveal() where it is used, nowhere
// else.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const noexcept { return value_; }
  bool empty() const noexcept { return value_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string value_;
};

// How many calls a queue's keys may make on a day, and when it opens again.
struct QuotaConfig {
  std::int64_t calls_a_day = 100'000;  // 0: any number
  TimeZone time_zone;
  std::vector<std::chrono::weekday> business_days = {std::chrono::Monday, std::chrono::Tuesday,
                                                     std::chrono::Wednesday, std::chrono::Thursday,
                                                     std::chrono::Friday};
  bool operator==(const QuotaConfig& other) const noexcept {
    return calls_a_day == other.calls_a_day && time_zone.name() == other.time_zone.name() &&
           business_days == other.business_days;
  }
};

// What of a tenant elsewhere is copied here, and served by our own API.
struct MirrorConfig {
  bool auditlog = true;
  bool events = true;
  bool inventory = true;  // once a day
  bool software = false;  // of computers, and the next
  bool groups = false;
  std::chrono::milliseconds every{60'000};
  int history_days = 30;  // how far back it begins
  bool operator==(const MirrorConfig&) const = default;
};

struct QueueConfig {
  std::string name;
  bool remote = false;
  std::string url;                               // remote only
  Secret key;                                    // remote only
  std::chrono::milliseconds poll{10'000};        // remote only: when nothing happens
  std::chrono::milliseconds poll_quick{2'000};   // remote only: when much does
  std::chrono::milliseconds reconcile{300'000};  // remote only: the whole pending set
  std::int64_t calls_a_day = 100'000;            // remote only: what the tenant allows, for all of us
  int decision_reserve = 10;                     // remote only: percent of these that polls leave
  std::chrono::minutes day_starts{0};            // remote only: of the tenant's day, after midnight UTC
  MirrorConfig mirror;                           // remote only
  Secret webhook_secret;                         // remote only; empty: no webhooks
  std::string approver_email;          // remote only: sent as approvedby when the decider has no mail
  std::vector<std::string> networks;   // from where its credentials may be used; empty: everywhere
  std::vector<std::string> approvers;  // hosted only: known approver mails; empty: every mail is recorded
  // Hosted only: who decides through the API must be one of the directory, of this group where one is named.
  bool approvers_of_directory = false;
  std::string approver_group;
  std::filesystem::path directory_file;  // the people of this tenant; empty: SCIM keeps them
  // The tenant's name. Hosted: what our whoami shows; empty: the queue's. Remote: what its whoami must say;
  // empty: remembered at first sight.
  std::string tenant;
  std::int64_t workstation_seats = 0;  // hosted only, and the next
  std::int64_t server_seats = 0;
  QuotaConfig quota;  // of our own API; none for a remote queue when the file says nothing
  mappings::SourceMark where;
};

struct DeskConfig {
  std::string name;
  std::string connector;
  Secret settings;               // JSON text of an object, secrets resolved
  std::string mapping;           // "servicenow/elevation"
  std::string fallback_mapping;  // empty: none
  std::string workflow;          // "standard"
  std::optional<std::chrono::milliseconds> poll;
  std::chrono::milliseconds reconcile{300'000};
  std::optional<int> in_flight;
  mappings::SourceMark where;
};

struct RouteConfig {
  std::string queue;
  std::string when;  // jq, without ${ }; empty: always
  std::string desk;
  mappings::SourceMark where;  // of the expression where there is one, else of the route
};

// HTTPS for our own API.
struct TlsConfig {
  // Where it is spoken when HTTP is to stay at `listen`; empty: at `listen`, in place of HTTP.
  std::string address;
  std::uint16_t port = 0;
  std::shared_ptr<const TlsIdentity> identity;
};

// Who may call the API.
struct AccessConfig {
  std::optional<Secret> pepper;  // nothing: a file beside the store
  std::chrono::milliseconds token_lifetime{std::chrono::hours(24)};
  std::vector<std::string> trusted_proxies;
  LockoutRules lockout;
};

// One subscription to what happens: who is told, of what, and how.
struct HookConfig {
  std::string name;
  std::string queue;
  Secret url;                       // many a receiver's URL is all that it checks
  std::vector<std::string> events;  // "requests", "auditlog", "events", or one of them: "requests.created"
  std::vector<Secret> secrets;      // to sign with, newest first; at most two
  std::vector<std::string> settings_names;  // only objects with one of these; empty: all
  std::string when;                         // jq over the object, without ${ }; empty: always
  std::string mapping;                      // "teams/request"; empty: the object itself is sent
  Secret slack_token;  // of a bot; then the URL is Slack's API and `slack_channel` is set
  std::string slack_channel;
  std::chrono::milliseconds timeout{15'000};
  std::chrono::milliseconds retry_for{std::chrono::hours(72)};
  std::chrono::milliseconds wait_for_ticket{30'000};  // of a message about a new request
  mappings::SourceMark where;

  bool uses_slack_api() const noexcept { return !slack_channel.empty(); }
};

// Where a SIEM is reached.
struct SplunkConfig {
  std::string url;  // without a slash at its end; of the HTTP Event Collector, without its path
  Secret token;
  std::string index;  // empty: the token's own
  std::string sourcetype = "_json";
  bool acknowledge = true;
  std::chrono::milliseconds acknowledge_within{120'000};
  std::size_t in_flight = 4;  // batches that may await their acknowledgement
  bool operator==(const SplunkConfig&) const = default;
};

struct SyslogConfig {
  enum class Transport { udp, tcp, tls } transport = Transport::udp;
  std::string host;
  std::uint16_t port = 514;
  bool cef = false;              // the body; else JSON
  bool newline_framing = false;  // else octets are counted; not for UDP
  bool byte_order_mark = true;   // before a body that is not plain ASCII
  int facility = 13;             // log audit
  std::size_t max_size = 8192;   // bytes of one message; UDP: 2048
  std::chrono::milliseconds settle{5'000};
  bool operator==(const SyslogConfig&) const = default;
};

struct SiemFileConfig {
  std::string path;
  std::int64_t max_size = 100 << 20;  // bytes of one file
  int keep = 10;                      // files beside the one that is written
  bool operator==(const SiemFileConfig&) const = default;
};

// One place that the audit log and the auditlog are sent to (bridge/siem).
struct SiemConfig {
  using Splunk = SplunkConfig;
  using Syslog = SyslogConfig;
  using File = SiemFileConfig;
  static constexpr std::chrono::milliseconds all_history = std::chrono::milliseconds::max();

  std::string name;
  std::vector<std::string> sources = {"audit", "auditlog"};
  std::vector<std::string> queues;       // empty: all, and what belongs to none
  std::vector<std::string> actions;      // what an action begins with; empty: all
  std::chrono::milliseconds history{0};  // of a new sink; 0: none
  std::chrono::milliseconds timeout{30'000};
  std::string ca_file;  // in addition to the system's; empty: as for desks
  std::variant<Splunk, Syslog, File> to;
  bool operator==(const SiemConfig&) const = default;
};

struct Config {
  std::filesystem::path file;
  std::filesystem::path directory;  // paths in the file are relative to it; those below are made absolute
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  int http_workers = 32;
  std::chrono::milliseconds request_deadline{30'000};
  std::size_t max_connections = 2000;
  std::size_t bulk_body = 1u << 20;  // bytes of one bulk intake
  std::string store = "sqlite:var/countersign.db";
  std::string public_url;  // how others reach us, for links; empty: http(s)://address:port
  std::string log_level = "info";
  std::string ca_file;           // in addition to the system's
  std::optional<TlsConfig> tls;  // nothing: plain HTTP
  AccessConfig access;
  std::filesystem::path mappings;  // default: mappings/ of the installation (CONNECTORS beside it ...)
  std::filesystem::path connectors;
  std::filesystem::path workflows;
  std::vector<QueueConfig> queues;
  std::vector<DeskConfig> desks;
  std::vector<RouteConfig> routes;
  std::vector<HookConfig> hooks;
  std::vector<std::string> hooks_allow;  // hosts and networks that webhooks may go to whatever they are
  std::vector<SiemConfig> siem;

  const QueueConfig* queue(std::string_view name) const noexcept;
  const DeskConfig* desk(std::string_view name) const noexcept;
};

// Reads, validates and resolves {env: NAME} and {file: path}. Nothing when the diagnostics have an error.
// Where `connectors`, `mappings` or `workflows` are not set, the folders beside the file are used when they
// exist, else those of the installation (COUNTERSIGN_HOME, the source tree, or /usr/share/countersign).
// Mappings, connectors and workflows are looked for by name, not loaded. A secret that stands in the file as
// plain text is refused here (secret-in-file), and no diagnostic repeats its line.
std::optional<Config> load_config(const std::filesystem::path& file, mappings::Diagnostics& diagnostics);

}  // namespace bridge
