#include "workflows/engine/people.h"

#include <algorithm>
#include <clocale>
#include <cwctype>

#include "mappings/engine/text.h"

namespace workflows {

using mappings::trimmed;

namespace {
// The text is valid UTF-8.
char32_t take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  char32_t point = length == 1 ? first : first & (0x7f >> length);
  for (std::size_t i = 1; i < length; ++i) point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  text.remove_prefix(length);
  return point;
}

void append_code_point(std::string& out, char32_t point) {
  auto tail = [&](int shift) { out += static_cast<char>(0x80 | (point >> shift & 0x3f)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | point >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

char32_t lower(char32_t point) {
  // C.UTF-8 is built into the C library; without it only ASCII would fold.
  static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (utf8 != nullptr) return static_cast<char32_t>(::towlower_l(static_cast<wint_t>(point), utf8));
  return point < 0x80 ? static_cast<char32_t>(::towlower(static_cast<wint_t>(point))) : point;
}

// Ends in "@domain": the whole domain, not the end of another.
bool is_of_domain(const std::string& mail, const std::string& domain) {
  return mail.size() > domain.size() && mail.ends_with(domain);
}
}  // namespace

std::string folded(std::string_view name) {
  std::string_view rest = trimmed(name);
  if (!mappings::is_valid_utf8(rest)) return std::string(rest);
  std::string out;
  while (!rest.empty()) append_code_point(out, lower(take_code_point(rest)));
  return out;
}

std::string_view without_domain(std::string_view account) noexcept {
  const auto slash = account.rfind('\\');
  return slash == std::string_view::npos ? account : account.substr(slash + 1);
}

bool is_mail(std::string_view text) noexcept {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size();
}

Decider::Decider(std::string_view by, std::string_view by_email) : name(folded(by)), mail(folded(by_email)) {
  if (mail.empty() && is_mail(name)) mail = name;
}

bool is_entry(const Decider& decider, const std::string& entry) {
  const std::string wanted = folded(entry);
  if (wanted.empty()) return false;
  if (wanted.front() == '@') return is_of_domain(decider.mail, wanted);
  if (is_mail(wanted)) return decider.mail == wanted;
  return decider.name == wanted;
}

bool may_be_entry(const Decider& decider, const std::string& entry) {
  const std::string wanted = folded(entry);
  if (wanted.empty()) return false;
  if (wanted.front() == '@') return is_of_domain(decider.mail, wanted) || is_of_domain(decider.name, wanted);
  return decider.mail == wanted || decider.name == wanted ||
         without_domain(decider.name) == without_domain(wanted);
}

bool may_be_requester(const Decider& decider, const mappings::Json& request) {
  const mappings::Json user = request.get("user");
  const std::string mail = folded(user.get("email").string_or(""));
  const std::string account = folded(user.get("account").string_or(""));
  const std::string full_name = folded(user.get("fullName").string_or(""));
  std::vector<std::string> own{mail, full_name, account, std::string(without_domain(account))};
  // A login in the form of a mail, at the requester's own mail domain, is the account too: ann@acme.test.
  if (const auto at = mail.find('@'); at != std::string::npos && !account.empty())
    own.push_back(std::string(without_domain(account)) + mail.substr(at));
  for (const std::string& shown : {decider.name, decider.mail, std::string(without_domain(decider.name))})
    if (!shown.empty() && std::find(own.begin(), own.end(), shown) != own.end()) return true;
  return false;
}

}  // namespace workflows
