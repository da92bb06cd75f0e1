#include "tests/acceptance/api_site.h"

#include <cppunit/TestAssert.h>

#include "bridge/access/issue.h"
#include "bridge/store/store.h"
#include "connectors/engine/http_exchange.h"
#include "mappings/engine/text.h"
#include "tests/support/certificates.h"
#include "tests/support/used_secrets.h"

namespace acceptance {

namespace {

constexpr int most_tenants = 200;
constexpr const char* sample = R"({
  "settingsName": "Global", "type": "Run As Admin",
  "application": {"file": "7z2301-x64.exe", "path": "C:\\Users\\ann\\Downloads", "name": "7-Zip Installer",
                  "vendor": "Igor Pavlov", "version": "23.01", "sha256": "26CB", "scanResult": "Clean",
                  "scanResultCode": 0, "threat": null, "virustotalLink": null, "preapproved": false},
  "user": {"account": "ACME\\ann", "fullName": "Ann Example", "email": "ann@acme.test", "phone": "555 0100",
           "isAdmin": false},
  "computer": {"name": "PC-0042", "platform": "Windows", "platformCode": 0, "make": "Dell Inc.",
               "model": "XPS 15"},
  "scanResults": [{"scanResult": "Clean", "scanResultCode": 0, "engine": "BitDefender", "threat": null}],
  "reason": "Need a newer archiver"})";

std::string base64(const std::string& text) {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      result += i + k <= text.size() ? digits[bits >> (18 - 6 * k) & 63U] : '=';
  }
  return result;
}

}  // namespace

// Made when the first tenant is asked for.
class ApiSite {
 public:
  static ApiSite& get() {
    static ApiSite site;
    return site;
  }

  Tenant tenant(bool tls, bool basic, bool limited) {
    const std::string queue =
        (limited ? "limited" : "tenant") + std::to_string(++(limited ? limited_ : made_));
    CPPUNIT_ASSERT_MESSAGE("more tenants than api_site.cpp has made: raise most_tenants",
                           std::max(made_, limited_) <= most_tenants);
    bridge::Credential wanted;
    wanted.queue = queue;
    const bridge::Time now = bridge::SystemClock().now();
    const auto key = bridge::issue(*pepper_, wanted, now);
    store_->credentials().add(key.row, {});
    tests::note_secret(key.secret);
    if (basic) tests::note_secret(base64("whoever:" + key.secret));
    return {std::string(tls ? "HTTPS" : "HTTP") + (basic ? ", Basic" : ", apikey"),
            tls ? "https://127.0.0.1:" + std::to_string(tls_port_) : bridge_->url(),
            certificates_.ca_file(),
            queue,
            key.secret,
            basic};
  }

 private:
  ApiSite() : folder_(fresh_folder("api")), tls_port_(tests::free_port()) {
    const auto identity = certificates_.issue("127.0.0.1");
    std::string config = "tls: {listen: \"127.0.0.1:" + std::to_string(tls_port_) + "\", certificate: \"" +
                         identity.certificate_file + "\", key: {file: \"" + identity.key_file +
                         "\"}}\nqueues:\n";
    for (int n = 1; n <= most_tenants; ++n) {
      config += "  - {name: tenant" + std::to_string(n) + ", kind: hosted, approvers: [bob+abr@acme.test]}\n";
      config += "  - {name: limited" + std::to_string(n) + ", kind: hosted, quota: {calls_a_day: 6}}\n";
    }
    bridge_ = std::make_unique<Bridge>(folder_, "bridge", config);
    bridge_->start();
    const std::string where = "sqlite:" + bridge_->store_file().string();
    store_ = bridge::open_store(where, bridge::OpenMode::beside);
    pepper_ =
        bridge::open_pepper(*store_, bridge::pepper_file(where), std::nullopt, bridge::SystemClock().now());
  }

  const std::filesystem::path folder_;
  tests::Certificates certificates_;
  const std::uint16_t tls_port_;
  std::unique_ptr<Bridge> bridge_;
  std::unique_ptr<bridge::Store> store_;
  std::shared_ptr<const bridge::Pepper> pepper_;
  int made_ = 0, limited_ = 0;
};

std::string ApiAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (mappings::equal_ignoring_case(key, name)) return value;
  return {};
}

Tenant::Tenant(std::string name, std::string base, std::string ca_file, std::string queue, std::string key,
               bool basic)
    : name_(std::move(name)),
      base_(std::move(base)),
      queue_(std::move(queue)),
      key_(std::move(key)),
      http_(std::make_shared<connectors::HttpClient>(connectors::TlsSettings{std::move(ca_file)})) {
  if (basic)
    credentials_ = {{"Authorization", "Basic " + base64("whoever:" + key_)}};
  else
    credentials_ = {{"apikey", key_}};
}

ApiAnswer Tenant::call(const std::string& method, const std::string& path, const HeaderLines& headers,
                       const std::string& body) const {
  connectors::HttpRequest request;
  request.method = method;
  request.url = base_ + path;
  request.headers = credentials_;
  request.headers.insert(request.headers.end(), headers.begin(), headers.end());
  request.body = body;
  auto result = http_->exchange(request);
  CPPUNIT_ASSERT_MESSAGE(name_ + ": " + method + ' ' + path + " got no answer: " + result.detail,
                         result.delivery == connectors::Delivery::answered);
  ApiAnswer answer{result.answer.status, std::move(result.answer.headers), std::move(result.answer.body), {}};
  tests::must_show_no_secret("the answer to " + method + ' ' + path, answer.text);
  for (const auto& [header, value] : answer.headers) tests::must_show_no_secret(header, value);
  try {
    if (!answer.text.empty()) answer.json = Json::parse(answer.text);
  } catch (const mappings::JsonError&) {
  }
  return answer;
}

ApiAnswer Tenant::get(const std::string& path, const HeaderLines& headers) const {
  return call("GET", path, headers);
}

ApiAnswer Tenant::call_as(const HeaderLines& credentials, const std::string& method,
                          const std::string& path) const {
  Tenant other = *this;
  other.credentials_ = credentials;
  return other.call(method, path);
}

std::int64_t Tenant::submit(const Json& more) const {
  Json request = Json::parse(sample);
  for (const std::string& key : more.keys()) request.set(key, more.get(key));
  const auto answer = call("POST", "/requests", {{"Content-Type", "application/json"}}, request.dump());
  CPPUNIT_ASSERT_EQUAL_MESSAGE(name_ + ": POST /requests: " + answer.text, 201, answer.status);
  return answer.json.get("id").as_integer().value();
}

void Tenant::approve(std::int64_t id, const std::string& by) const {
  const auto answer =
      call("PUT", "/requests/" + std::to_string(id) + (by.empty() ? "" : "?approvedby=" + by));
  CPPUNIT_ASSERT_EQUAL_MESSAGE(name_ + ": PUT: " + answer.text, 204, answer.status);
}

void Tenant::deny(std::int64_t id) const {
  const auto answer = call("DELETE", "/requests/" + std::to_string(id));
  CPPUNIT_ASSERT_EQUAL_MESSAGE(name_ + ": DELETE: " + answer.text, 204, answer.status);
}

void Tenant::use(std::int64_t id) const {
  approve(id);
  const auto answer = call("PUT", "/auditlog/" + std::to_string(id), {}, R"({
    "status": "Finished", "startTime": "2026-05-05T08:13:41", "startTimeUTC": "2026-05-05T14:13:41",
    "endTime": "2026-05-05T08:18:25", "endTimeUTC": "2026-05-05T14:18:25",
    "installs": [{"application": "7-Zip", "version": "23.01", "vendor": "Igor Pavlov"}],
    "uninstalls": [{"application": "7-Zip", "version": "19.00", "vendor": "Igor Pavlov"}],
    "elevatedApplications": [{"name": "7-Zip Installer", "file": "7z2301-x64.exe"}]})");
  CPPUNIT_ASSERT_MESSAGE(name_ + ": PUT /auditlog: " + answer.text, answer.status / 100 == 2);
}

void for_each_door(const std::function<void(const Tenant&)>& scene, bool limited) {
  for (bool tls : {false, true})
    for (bool basic : {false, true}) scene(ApiSite::get().tenant(tls, basic, limited));
}

std::int64_t Tenant::post_event(const std::string& more) const {
  const auto answer = call("POST", "/events", {},
                           R"({"eventCode": 92, "eventLevel": 1, "computerName": "PC-0042",
      "userAccount": "ACME\\ann", "userName": "Ann Example", "application": {"file": "x.exe"})" +
                               more + "}");
  CPPUNIT_ASSERT_EQUAL_MESSAGE(name_ + ": POST /events: " + answer.text, 201, answer.status);
  return answer.json.get("id").as_integer().value();
}

void Tenant::put_computer(const std::string& computer) const {
  const auto answer = call("PUT", "/inventory/" + computer, {}, R"({
    "inventoryAvailable": true, "user": {"account": "ann", "fullName": "Ann Example", "groups": ["Staff"]},
    "computer": {"domain": "ACME", "groups": ["Laptops"]},
    "operatingSystem": {"platform": "Windows", "platformCode": 0, "name": "Windows 11 Pro"},
    "location": {"latitude": "52.1", "longitude": "4.3", "hourOffset": 1},
    "software": [{"name": "7-Zip", "version": "23.01", "vendor": "Igor Pavlov", "size": 5, "bits": 64}]})");
  CPPUNIT_ASSERT_MESSAGE(name_ + ": PUT /inventory/" + computer + ": " + answer.text,
                         answer.status == 200 || answer.status == 201);
}

std::string text(std::int64_t number) {
  return std::to_string(number);
}

std::string keys_of(const Json& object) {
  std::string text;
  for (const std::string& key : object.keys()) text.append(text.empty() ? "" : ",").append(key);
  return text;
}

std::string ids(const Json& array) {
  std::string text;
  for (std::size_t i = 0; i < array.size(); ++i)
    text.append(text.empty() ? "" : ",")
        .append(std::to_string(array.at(i).get("id").as_integer().value_or(-1)));
  return text;
}

}  // namespace acceptance
