#include "bridge/siem/syslog_message.h"

#include <algorithm>
#include <unistd.h>

#include "bridge/siem/cef.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::cut_text;

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view cut_mark = "...";
constexpr std::int64_t last_sequence = 2'147'483'647;

// A field of the header: printable ASCII without blanks, "-" for nothing.
std::string header_field(std::string_view text, std::size_t most) {
  std::string out(text.substr(0, most));
  for (char& c : out)
    if (c < 33 || c > 126) c = '?';
  return out.empty() ? "-" : out;
}

void append_parameter(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append(" ").append(name).append("=\"");
  for (const char c : cut_text(value, 255)) {
    if (c == '"' || c == '\\' || c == ']') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  out += '"';
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Of RFC 5424, from what CEF calls it.
int syslog_severity(int severity) {
  return severity >= 7 ? 4 : severity >= 3 ? 5 : 6;  // warning, notice, informational
}

}  // namespace

SyslogWriter::SyslogWriter(SiemConfig::Syslog config, const std::string& hostname)
    : config_(std::move(config)),
      hostname_(header_field(hostname, 255)),
      process_(std::to_string(::getpid())) {}

std::string SyslogWriter::compose(const SiemEvent& event, std::string_view body, std::size_t whole) const {
  const int priority = config_.facility * 8 + syslog_severity(severity_of(event));
  std::string out = '<' + std::to_string(priority) + ">1 " + to_iso(event.row.entry.at) + ' ' + hostname_ +
                    " countersign " + process_ + ' ' + header_field(event.row.entry.action, 32) +
                    // 32473 is the number that IANA keeps for whoever has none (RFC 5612).
                    " [meta sequenceId=\"" + std::to_string(sequence_) + "\"][countersign@32473";
  append_parameter(out, "source", event.source);
  append_parameter(out, "sequence", std::to_string(event.row.sequence));
  append_parameter(out, "queue", event.row.entry.queue);
  if (whole > 0) append_parameter(out, "cutFrom", std::to_string(whole));
  out += "] ";
  if (config_.byte_order_mark && !is_ascii(body)) out += byte_order_mark;
  return out.append(body);
}

std::string SyslogWriter::message(const SiemEvent& event) {
  sequence_ = sequence_ >= last_sequence ? 1 : sequence_ + 1;
  const auto body = [&](bool brief) {
    return config_.cef ? event_cef(event, brief) : to_ascii_json(event_json(event, brief));
  };
  std::string text = compose(event, body(false), 0);
  const std::size_t whole = text.size();
  if (whole <= config_.max_size) return text;
  text = compose(event, body(true), whole);
  if (text.size() <= config_.max_size) return text;
  return cut_text(text, config_.max_size - cut_mark.size()).append(cut_mark);
}

std::string SyslogWriter::frame(const SiemEvent& event) {
  std::string text = message(event);
  return config_.newline_framing ? text + '\n' : std::to_string(text.size()) + ' ' + text;
}

}  // namespace bridge
