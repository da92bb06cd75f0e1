#include "mappings/engine/prelude.h"

#include <algorithm>
#include <array>

namespace mappings {

namespace {

// No quoter adds the outer quotes: they belong to the query in which the value stands. jq 1.6 has neither
// trim nor a fast gsub, and its @uri leaves ' ( ) * ! as they are.
constexpr std::string_view text = R"jq(
def __text($name): if type == "string" then . elif type == "number" then tojson
  else error("\($name) takes a text or a number, not \(type)") end;
def __swap($from; $to): split($from) | join($to);
def __has($part): index($part) != null;

# snq: a value inside a ServiceNow encoded query; a caret is doubled, what cannot be escaped is refused.
def snq: __text("snq")
  | if __has("\n") or __has("\r") or __has("\u0000") then error("snq refuses a text of several lines") else . end
  | if __has(":") and (ascii_downcase | __has("javascript:")) then error("snq refuses a text with javascript: in it") else . end
  | __swap("^"; "^^");
# jql: a value inside "..." of a Jira query.
def jql: __text("jql") | if __has("\u0000") then error("jql refuses a NUL") else . end
  | __swap("\\"; "\\\\") | __swap("\""; "\\\"") | __swap("\n"; "\\n") | __swap("\r"; "\\r");
# ticketsql: a value inside '...' of an RT TicketSQL query.
def ticketsql: __text("ticketsql") | if __has("\u0000") then error("ticketsql refuses a NUL") else . end
  | __swap("\\"; "\\\\") | __swap("'"; "\\'");
# odata: a value inside '...' of an OData filter.
def odata: __text("odata") | if __has("\u0000") then error("odata refuses a NUL") else . end | __swap("'"; "''");
# urlq: one part of a URL; everything but A-Z a-z 0-9 - _ . ~ is percent-encoded.
def urlq: __text("urlq") | @uri | __swap("!"; "%21") | __swap("'"; "%27") | __swap("("; "%28")
  | __swap(")"; "%29") | __swap("*"; "%2A");
# html_escape: text for a field that shows HTML.
def html_escape: __text("html_escape") | @html | __swap("&apos;"; "&#39;");
# slack_escape: text inside Slack's mrkdwn; no mention and no link can be made of it.
def slack_escape: __text("slack_escape") | __swap("&"; "&amp;") | __swap("<"; "&lt;") | __swap(">"; "&gt;");
# markdown_escape: text inside Markdown, as Adaptive Cards show it.
def markdown_escape: __text("markdown_escape") | __swap("\\"; "\\\\") | __swap("`"; "\\`") | __swap("*"; "\\*")
  | __swap("_"; "\\_") | __swap("["; "\\[") | __swap("]"; "\\]") | __swap("#"; "\\#") | __swap("~"; "\\~")
  | __swap("<"; "\\<") | __swap(">"; "\\>");
# truncate(n): at most n characters (code points); a text that fits stays as it is.
def truncate($n): if ($n | type) != "number" or $n < 0 then error("truncate takes a length of 0 or more")
  elif type != "string" then error("truncate takes a text, not \(type)")
  else .[0:($n | floor)] end;
# trim: without white space at both ends.
def __blank: . == 32 or (. >= 9 and . <= 13) or . == 133 or . == 160 or . == 5760 or (. >= 8192 and . <= 8202)
  or . == 8232 or . == 8233 or . == 8239 or . == 8287 or . == 12288;
def trim: if type != "string" then error("trim takes a text, not \(type)") else
  . as $text | explode as $points | ($points | length) as $size
  | (0 | until(. >= $size or ($points[.] | __blank | not); . + 1)) as $from
  | ($size | until(. <= $from or ($points[. - 1] | __blank | not); . - 1)) as $to
  | $text[$from:$to] end;
# default(x): x in place of null or an empty text.
def default(x): if . == null or . == "" then x else . end;

def __closed($name): error("\($name) is not available in expressions");
def env: __closed("env");
def input: __closed("input");
def inputs: __closed("inputs");
def debug: __closed("debug");
def debug(f): __closed("debug");
def stderr: __closed("stderr");
def input_filename: __closed("input_filename");
def input_line_number: __closed("input_line_number");
def halt: __closed("halt");
def halt_error: __closed("halt_error");
def halt_error(f): __closed("halt_error");
def modulemeta: __closed("modulemeta");
def get_search_list: __closed("get_search_list");
def get_prog_origin: __closed("get_prog_origin");
def get_jq_origin: __closed("get_jq_origin");
def now: __closed("now");
def localtime: __closed("localtime");
def strflocaltime(f): __closed("strflocaltime");
null as $ENV |
)jq";

constexpr std::string_view alone = "an expression reads only its input and its variables";
constexpr std::string_view secret = "a secret of the environment must not get into a ticket";
constexpr std::string_view same = "the same request must give the same ticket every time";

struct Closed {
  std::string_view name, why;
};
constexpr std::array closed_names = {
    Closed{"env", secret},
    Closed{"ENV", secret},
    Closed{"now", same},
    Closed{"localtime", same},
    Closed{"strflocaltime", same},
    Closed{"input", alone},
    Closed{"inputs", alone},
    Closed{"debug", alone},
    Closed{"stderr", alone},
    Closed{"input_filename", alone},
    Closed{"input_line_number", alone},
    Closed{"halt", alone},
    Closed{"halt_error", alone},
    Closed{"import", alone},
    Closed{"include", alone},
    Closed{"modulemeta", alone},
    Closed{"get_search_list", alone},
    Closed{"get_prog_origin", alone},
    Closed{"get_jq_origin", alone},
};

}  // namespace

std::string_view jq_prelude() noexcept {
  return text;
}

const std::vector<std::string>& prelude_functions() {
  static const std::vector<std::string> names = {"snq/0",     "jql/0",          "ticketsql/0",      "odata/0",
                                                 "urlq/0",    "html_escape/0",  "truncate/1",       "trim/0",
                                                 "default/1", "slack_escape/0", "markdown_escape/0"};
  return names;
}

std::string_view why_forbidden(std::string_view name) noexcept {
  if (name.starts_with("__")) return alone;
  auto found = std::find_if(closed_names.begin(), closed_names.end(),
                            [&](const Closed& closed) { return closed.name == name; });
  return found == closed_names.end() ? std::string_view() : found->why;
}

}  // namespace mappings
