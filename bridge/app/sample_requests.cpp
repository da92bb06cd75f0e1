#include "bridge/app/sample_requests.h"

#include <iterator>
#include <string>

namespace bridge {

using mappings::Json;

namespace {

struct Person {
  const char *account, *name, *mail, *phone;
};
constexpr Person people[] = {
    {"ACME\\ann", "Ann Example", "ann@acme.test", "555 0100"},
    {"ACME\\bjoern", "Björn Östberg", "bjorn@acme.test", "555 0101"},
    {"ACME\\chidi", "Chidi Okafor", "chidi@acme.test", "555 0102"},
    {"ACME\\dana", "Dana \"Dee\" O'Neill", "dana+it@acme.test", "555 0103"},
    {"ACME\\emi", "山田 恵美", "emi@acme.test", "555 0104"},
};

struct Program {
  const char *file, *name, *vendor, *version, *reason;
};
constexpr Program programs[] = {
    {"7z2301-x64.exe", "7-Zip Installer", "Igor Pavlov", "23.01", "Need a newer archiver"},
    {"Wireshark-4.0.10.exe", "Wireshark", "Wireshark Foundation", "4.0.10", "Packet loss on floor 3"},
    {"labelprint_setup.exe", "LabelPrint", "Printworks Ltd", "8.2", "Label printer in the warehouse"},
    {"python-3.11.5-amd64.exe", "Python 3.11.5", "Python Software Foundation", "3.11.5",
     "Month-end report scripts"},
};
constexpr const char* session_reasons[] = {"Printer driver", "Change of the VPN profile",
                                           "Time is wrong after travel"};

}  // namespace

Json sample_request(int n) {
  const auto index = static_cast<std::size_t>(n);
  const Person& person = people[index % std::size(people)];
  char number[8];
  std::snprintf(number, sizeof number, "%04d", 40 + n % 900);
  const bool session = n % 3 == 1;
  Json request = Json::object({{"settingsName", n % 4 == 0 ? "Developers" : "Global"},
                               {"type", session ? "Admin Session" : "Run As Admin"},
                               {"user", Json::object({{"account", person.account},
                                                      {"fullName", person.name},
                                                      {"email", person.mail},
                                                      {"phone", person.phone},
                                                      {"isAdmin", false}})},
                               {"computer", Json::object({{"name", "PC-" + std::string(number)},
                                                          {"platform", "Windows"},
                                                          {"platformCode", 0},
                                                          {"make", "Dell Inc."},
                                                          {"model", "XPS 15 9550"}})}});
  if (session) {
    request.set("reason", session_reasons[index % std::size(session_reasons)]);
    return request;
  }
  const Program& program = programs[index % std::size(programs)];
  request.set("reason", program.reason);
  request.set("application",
              Json::object({{"file", program.file},
                            {"path", "C:\\Users\\" + std::string(person.account).substr(5) + "\\Downloads"},
                            {"name", program.name},
                            {"vendor", program.vendor},
                            {"version", program.version},
                            {"sha256", "26CB6E9F56333682122FAFE79DBCDFD51E9F47CC7217DCCD29AC6FC33B5598CD"},
                            {"scanResult", "Clean"},
                            {"scanResultCode", 0}}));
  return request;
}

}  // namespace bridge
