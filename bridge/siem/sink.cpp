#include "bridge/siem/sink.h"

#include "bridge/siem/file_sink.h"
#include "bridge/siem/splunk_sink.h"
#include "bridge/siem/stream_sink.h"
#include "bridge/siem/udp_sink.h"

namespace bridge {

using Syslog = SiemConfig::Syslog;

std::unique_ptr<SiemSink> make_sink(const SiemConfig& config, const std::string& ca_file) {
  const std::string& ca = config.ca_file.empty() ? ca_file : config.ca_file;
  if (const auto* splunk = std::get_if<SiemConfig::Splunk>(&config.to))
    return std::make_unique<SplunkSink>(*splunk, config.timeout, ca);
  if (const auto* file = std::get_if<SiemConfig::File>(&config.to)) return std::make_unique<FileSink>(*file);
  const auto& syslog = std::get<Syslog>(config.to);
  if (syslog.transport == Syslog::Transport::udp)
    return std::make_unique<UdpSink>(syslog, config.timeout, sink_target(config));
  return std::make_unique<StreamSink>(syslog, config.timeout, ca, sink_target(config));
}

std::string sink_target(const SiemConfig& config) {
  if (const auto* splunk = std::get_if<SiemConfig::Splunk>(&config.to)) return splunk->url;
  if (const auto* file = std::get_if<SiemConfig::File>(&config.to)) return file->path;
  const auto& syslog = std::get<Syslog>(config.to);
  const bool six = syslog.host.find(':') != std::string::npos;
  const char* scheme = syslog.transport == Syslog::Transport::udp   ? "udp://"
                       : syslog.transport == Syslog::Transport::tcp ? "tcp://"
                                                                    : "tls://";
  return scheme + (six ? '[' + syslog.host + ']' : syslog.host) + ':' + std::to_string(syslog.port);
}

connectors::Outcome siem_failure(connectors::Verdict verdict, std::string reason, std::string detail) {
  connectors::Outcome outcome;
  outcome.verdict = verdict;
  outcome.reason = std::move(reason);
  outcome.detail = std::move(detail);
  return outcome;
}

}  // namespace bridge
