#include "bridge/config/siem_config.h"

#include <algorithm>
#include <map>

#include "bridge/config/config_check.h"
#include "bridge/config/section_reader.h"
#include "connectors/engine/http_url.h"

namespace bridge {

namespace fs = std::filesystem;
using mappings::Diagnostics;
using mappings::YamlNode;
using Splunk = SiemConfig::Splunk;
using Syslog = SiemConfig::Syslog;
using File = SiemConfig::File;

namespace {

constexpr std::size_t udp_size = 2048;  // what every receiver should take (RFC 5426)

// "Transport://host:port", so that an address is read in one place of the house.
bool read_target(const std::string& text, Syslog& to) {
  static const std::map<std::string, std::pair<Syslog::Transport, std::uint16_t>> schemes = {
      {"udp", {Syslog::Transport::udp, 514}},
      {"tcp", {Syslog::Transport::tcp, 601}},
      {"tls", {Syslog::Transport::tls, 6514}}};
  const auto end = text.find("://");
  const auto scheme = schemes.find(text.substr(0, end));
  if (end == std::string::npos || scheme == schemes.end()) return false;
  const std::string place = text.substr(end + 3);
  std::string problem;
  const auto url = connectors::parse_http_url("http://" + place, problem);
  if (!url || url->target != "/" || place.find_first_of("/?#") != std::string::npos) return false;
  to.transport = scheme->second.first;
  to.host = url->host;
  // 80 only when it was written.
  const bool has_port = url->port != 80 || place.ends_with(":80");
  to.port = has_port ? url->port : scheme->second.second;
  return true;
}

class SiemReader {
 public:
  SiemReader(const fs::path& directory, Diagnostics& diagnostics)
      : section_(directory, diagnostics), diagnostics_(diagnostics) {}

  SiemConfig read(const YamlNode& row) {
    SiemConfig sink;
    sink.name = row.text("name");
    SectionReader::read_texts(row, "sources", sink.sources);
    SectionReader::read_texts(row, "queues", sink.queues);
    SectionReader::read_texts(row, "actions", sink.actions);
    section_.read_duration(row, "timeout", sink.timeout);
    if (const std::string history = row.text("history"); history == "all")
      sink.history = SiemConfig::all_history;
    else if (history != "none")
      section_.read_duration(row, "history", sink.history, "write all, none, or how far back: 30d");
    if (row.find("ca") != nullptr) sink.ca_file = section_.path(row.text("ca")).string();
    if (const YamlNode* splunk = row.find("splunk")) sink.to = read_splunk(*splunk);
    if (const YamlNode* syslog = row.find("syslog")) sink.to = read_syslog(*syslog);
    if (const YamlNode* file = row.find("file")) sink.to = read_file(*file);
    return sink;
  }

 private:
  Splunk read_splunk(const YamlNode& node) {
    Splunk splunk;
    splunk.url = SectionReader::url(node, "url");
    section_.read_secret(node, "token", splunk.token);
    splunk.index = node.text("index");
    splunk.sourcetype = node.text("sourcetype", splunk.sourcetype);
    SectionReader::read_flag(node, "acknowledge", splunk.acknowledge);
    section_.read_duration(node, "acknowledge_within", splunk.acknowledge_within);
    SectionReader::read_number(node, "in_flight", splunk.in_flight);
    return splunk;
  }

  Syslog read_syslog(const YamlNode& node) {
    Syslog syslog;
    const YamlNode* to = node.find("to");
    if (to != nullptr && !read_target(to->scalar, syslog))
      diagnostics_.error(to->where, "bad-siem-target", "this is no receiver of syslog",
                         "write udp://host:514, tcp://host:601 or tls://host:6514");
    if (syslog.transport == Syslog::Transport::udp) syslog.max_size = udp_size;
    syslog.cef = node.text("body") == "cef";
    syslog.newline_framing = node.text("framing") == "newline";
    SectionReader::read_flag(node, "byte_order_mark", syslog.byte_order_mark);
    const auto& facilities = syslog_facilities();
    const auto facility = std::find(facilities.begin(), facilities.end(), node.text("facility", "audit"));
    if (facility != facilities.end()) syslog.facility = static_cast<int>(facility - facilities.begin());
    SectionReader::read_number(node, "max_size", syslog.max_size);
    section_.read_duration(node, "settle", syslog.settle);
    return syslog;
  }

  File read_file(const YamlNode& node) {
    File file;
    file.path = section_.path(node.text("path")).string();
    SectionReader::read_number(node, "max_size", file.max_size);
    SectionReader::read_number(node, "keep", file.keep);
    return file;
  }

  const SectionReader section_;
  Diagnostics& diagnostics_;
};

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

class SiemCheck {
 public:
  SiemCheck(const Config& config, const YamlNode& list, Diagnostics& diagnostics)
      : config_(config), list_(list), diagnostics_(diagnostics) {}

  void run() {
    for (std::size_t i = 0; i < config_.siem.size(); ++i) check(config_.siem[i], list_.items.at(i));
  }

 private:
  void check(const SiemConfig& sink, const YamlNode& row) {
    if (!is_name(sink.name))
      error(row, "name", "bad-name", "this is no name for a sink: " + sink.name, "1 to 32 of a-z, 0-9 and -");
    const auto [same, fresh] = names_.emplace(sink.name, row.where.line);
    if (!fresh)
      error(row, "name", "duplicate-name", "there are two sinks with the name " + sink.name,
            "the other is in line " + std::to_string(same->second));
    for (const std::string& queue : sink.queues)
      if (config_.queue(queue) == nullptr) {
        std::vector<std::string> known;
        for (const QueueConfig& one : config_.queues) known.push_back(one.name);
        const std::string near = mappings::nearest(queue, known);
        error(row, "queues", "unknown-queue", "there is no queue " + queue,
              near.empty() ? "write a queue of this file" : "did you mean " + near + "?");
      }
    int ways = 0;
    for (const char* key : {"splunk", "syslog", "file"}) ways += row.find(key) != nullptr ? 1 : 0;
    if (ways != 1) {
      diagnostics_.error(row.where, ways == 0 ? "siem-without-way" : "siem-with-two-ways",
                         "the sink " + sink.name + " needs one of splunk, syslog and file",
                         ways == 0 ? "say where it goes" : "make a sink of its own for each");
      return;
    }
    std::error_code absent;
    if (!sink.ca_file.empty() && !fs::is_regular_file(sink.ca_file, absent))
      error(row, "ca", "missing-ca-file", "there is no file " + sink.ca_file,
            "the path is relative to the folder of this file");
    if (const auto* splunk = std::get_if<Splunk>(&sink.to)) check(*splunk, *row.find("splunk"));
    if (const auto* file = std::get_if<File>(&sink.to)) check(*file, *row.find("file"));
  }

  void check(const Splunk& splunk, const YamlNode& node) {
    std::string problem;
    const auto url = connectors::parse_http_url(splunk.url, problem);
    if (!url)
      error(node, "url", "bad-siem-target", "this is no address of Splunk: " + problem,
            "write https://host:8088");
    else if (!url->tls && !is_loopback(url->host))
      error(node, "url", "siem-without-tls", "the token would go over the wire in the clear",
            "write https://");
  }

  void check(const File& file, const YamlNode& node) {
    const auto [same, fresh] = files_.emplace(file.path, node.where.line);
    if (!fresh)
      error(node, "path", "duplicate-siem-file", "two sinks write " + file.path,
            "the other is in line " + std::to_string(same->second));
  }

  void error(const YamlNode& row, const char* key, const char* code, const std::string& message,
             const std::string& hint) {
    const YamlNode* member = row.find(key);
    diagnostics_.error(member != nullptr ? member->where : row.where, code, message, hint);
  }

  const Config& config_;
  const YamlNode& list_;
  Diagnostics& diagnostics_;
  std::map<std::string, int> names_, files_;
};

}  // namespace

const std::vector<std::string>& syslog_facilities() {
  static const std::vector<std::string> words = {
      "",       "user",   "",         "daemon", "auth",   "",       "",       "",
      "",       "",       "authpriv", "",       "",       "audit",  "",       "",
      "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};
  return words;
}

SiemConfig read_siem(const YamlNode& row, const fs::path& directory, Diagnostics& diagnostics) {
  return SiemReader(directory, diagnostics).read(row);
}

void check_siem(const Config& config, const YamlNode& list, Diagnostics& diagnostics) {
  SiemCheck(config, list, diagnostics).run();
}

}  // namespace bridge
