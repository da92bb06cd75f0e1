// The whole way on a real Request Tracker 5: request -> ticket -> an agent's decision through RT's own REST
// -> decision in the queue -> ticket closed and told. Fails, never skips, when RT does not come up.

#include <sstream>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "connectors/engine/http_exchange.h"
#include "tests/acceptance/site.h"
#include "tests/support/used_secrets.h"

namespace {

using acceptance::Bridge;
using acceptance::eventually;
using acceptance::Json;
using acceptance::JsonSite;
using namespace std::chrono_literals;

constexpr auto patience = 30s;
constexpr const char* webhook_secret = "webhook-secret-of-the-tests";

std::string script(const char* name) {
  return SOURCE_DIR "/tests/desks/" + std::string(name);
}

std::string line_of(const std::filesystem::path& file) {
  std::string text = tests::read_file(file);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// The server, made anew for this process and taken down with it.
class RequestTracker {
 public:
  RequestTracker() {
    tests::run({{script("request_tracker_down.sh"), "--purge"}, {}, {}, {}, {}}, 60s);
    const auto up = tests::run({{script("request_tracker_up.sh")}, {}, {}, {}, {}}, 180s);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("Request Tracker does not come up: " + up.err, 0, up.code);
    std::istringstream lines(up.out);
    for (std::string line; std::getline(lines, line);)
      if (const auto at = line.find('='); at != std::string::npos)
        values_[line.substr(0, at)] = line.substr(at + 1);
    agent_ = std::make_unique<JsonSite>(
        values_["RT_URL"] + "/REST/2.0",
        acceptance::HeaderLines{{"Authorization", "token " + line_of(values_["RT_APPROVER_TOKEN_FILE"])}});
  }
  ~RequestTracker() {
    try {
      agent_.reset();
      tests::run({{script("request_tracker_down.sh")}, {}, {}, {}, {}}, 60s);
    } catch (const std::exception&) {  // the next run takes it down
    }
  }

  const std::string& value(const std::string& name) const { return values_.at(name); }
  const std::string& log() const { return value("RT_LOG"); }

  // What the approver does; fails the test when RT does not answer as to a good call.
  Json call(const std::string& method, const std::string& path, const Json& body = {}) const {
    const auto answer = agent_->call(method, path, body);
    CPPUNIT_ASSERT_MESSAGE(
        method + ' ' + path + ": " + std::to_string(answer.status) + ' ' + answer.text + "; see " + log(),
        answer.status == 200 || answer.status == 201);
    return answer.body;
  }
  std::vector<std::string> tickets_of(const std::string& key) const {
    const Json found =
        call("GET", "/tickets?query=" + connectors::percent_encode("'CF.{Request ID}' = '" + key + "'"))
            .get("items");
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < found.size(); ++i) ids.push_back(found.at(i).get("id").dump());
    for (std::string& id : ids) std::erase(id, '"');
    return ids;
  }
  std::string status(const std::string& id) const {
    return call("GET", "/ticket/" + id).get("Status").string_or("");
  }
  // The texts of all comments of a ticket.
  std::vector<std::string> comments(const std::string& id) const {
    const Json rows =
        call("GET", "/transactions?per_page=100&query=" +
                        connectors::percent_encode("ObjectType = 'RT::Ticket' AND ObjectId = " + id +
                                                   " AND Type = 'Comment'"))
            .get("items");
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Json parts =
          call("GET", "/transaction/" + rows.at(i).get("id").string_or("") + "/attachments?fields=Content")
              .get("items");
      for (std::size_t n = 0; n < parts.size(); ++n)
        texts.push_back(parts.at(n).get("Content").string_or(""));
    }
    return texts;
  }
  void comment(const std::string& id, const std::string& text) const {
    call("POST", "/ticket/" + id + "/comment",
         Json::object({{"Content", text}, {"ContentType", "text/plain"}}));
  }
  void set(const std::string& id, const Json& fields) const { call("PUT", "/ticket/" + id, fields); }

 private:
  std::map<std::string, std::string> values_;
  std::unique_ptr<JsonSite> agent_;
};

// One bridge with a queue for each way in which the desk can be set up.
class Site {
 public:
  Site() : folder_(acceptance::fresh_folder("request_tracker")) {
    acceptance::secret_file(folder_ / "webhook.secret", webhook_secret);
    tests::note_secret(tests::read_file(rt.value("RT_TOKEN_FILE")));
    tests::write_file(rt.value("RT_WEBHOOK_SECRET_FILE"), webhook_secret);
    for (const char* name : {"elevation", "minimal"})
      copy(name, tests::read_file(SOURCE_DIR "/mappings/request_tracker/" + std::string(name) + ".yaml"));
    write_forbidden("deleted");
    bridge = std::make_unique<Bridge>(folder_, "countersign", config());
    for (const char* queue : {"by-status", "by-field", "by-hook", "forbidden"})
      keys_[queue] = bridge->make_key(queue);
    bridge->start();
  }

  // A mapping whose outcome is a status that needs a right which the bridge does not have.
  void write_forbidden(const std::string& status) {
    std::string text = tests::read_file(SOURCE_DIR "/mappings/request_tracker/elevation.yaml");
    const std::string from = "mapping: request_tracker/elevation", was = "Status: resolved";
    text.replace(text.find(from), from.size(), "mapping: request_tracker/forbidden");
    text.replace(text.find(was), was.size(), "Status: " + status);
    copy("forbidden", text);
  }

  JsonSite queue(const std::string& name) const { return bridge->site(keys_.at(name)); }
  std::string look() const { return "; see " + bridge->log() + " and " + rt.log(); }

  std::string submit(const std::string& queue, const Json& body) const {
    const auto answer = this->queue(queue).call("POST", "/requests", body);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("POST /requests: " + answer.text + look(), 201, answer.status);
    return std::to_string(answer.body.get("id").as_integer().value());
  }
  std::string ticket_of(const std::string& queue, const std::string& id) const {
    std::vector<std::string> found;
    eventually("a ticket of " + queue + ':' + id + look(), patience, [&] {
      found = rt.tickets_of(queue + ':' + id);
      return !found.empty();
    });
    return found.front();
  }
  Json decided(const std::string& queue, const std::string& id,
               std::chrono::milliseconds limit = patience) const {
    Json request;
    const JsonSite site = this->queue(queue);
    eventually("a decision about " + queue + ':' + id + look(), limit, [&] {
      request = site.call("GET", "/requests/" + id).body;
      return request.get("statusCode").as_integer().value_or(4) != 4;
    });
    return request;
  }
  // Closed as `status`, told exactly once, and still the only ticket of its request.
  void assert_closed(const std::string& queue, const std::string& id, const std::string& ticket,
                     const std::string& status, const std::string& words) const {
    eventually("ticket " + ticket + " is " + status + look(), patience,
               [&] { return rt.status(ticket) == status; });
    eventually(queue + ':' + id + " is settled" + look(), patience,
               [&] { return bridge->show(queue + ':' + id).get("state").string_or("") == "settled"; });
    int told = 0;
    for (const std::string& comment : rt.comments(ticket))
      told += comment.find(words) != std::string::npos ? 1 : 0;
    CPPUNIT_ASSERT_EQUAL_MESSAGE("comments of ticket " + ticket + " with \"" + words + '"' + look(), 1, told);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("tickets of " + queue + ':' + id + look(), std::size_t{1},
                                 rt.tickets_of(queue + ':' + id).size());
  }

  RequestTracker rt;
  std::unique_ptr<Bridge> bridge;

 private:
  void copy(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(folder_ / "mappings/request_tracker");
    tests::write_file(folder_ / "mappings/request_tracker" / (name + ".yaml"), text);
  }
  std::string desk(const std::string& name, const std::string& mapping, const std::string& settings,
                   const std::string& poll) const {
    return "  - {name: " + name + ", connector: request_tracker, mapping: request_tracker/" + mapping +
           ", poll: " + poll + ", settings: {url: \"" + rt.value("RT_URL") +
           "\", user: bridge, token: {file: " + rt.value("RT_TOKEN_FILE") + "}, queue: \"" +
           rt.value("RT_QUEUE") + '"' + settings + "}}\n";
  }
  std::string config() const {
    return "folders: {mappings: mappings}\n"
           "queues:\n"
           "  - {name: by-status, kind: hosted}\n"
           "  - {name: by-field, kind: hosted}\n"
           "  - {name: by-hook, kind: hosted}\n"
           "  - {name: forbidden, kind: hosted}\n"
           "desks:\n" +
           desk("status", "elevation", "", "300ms") +
           desk("field", "elevation", ", decision: field", "300ms") +
           desk("hook", "elevation", ", webhook_secret: {file: webhook.secret}", "10m") +
           desk("forbidden", "forbidden", "", "300ms") +
           "routes:\n"
           "  - {queue: by-status, desk: status}\n"
           "  - {queue: by-field, desk: field}\n"
           "  - {queue: by-hook, desk: hook}\n"
           "  - {queue: forbidden, desk: forbidden}\n";
  }

  const std::filesystem::path folder_;
  std::map<std::string, std::string> keys_;
};

Site& site() {
  static Site shared;
  return shared;
}

std::string text_of(const Json& request, const char* field) {
  return request.get(field).string_or("(null)");
}

}  // namespace

class RequestTrackerTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RequestTrackerTest);
  CPPUNIT_TEST(the_desk_passes_the_check);
  CPPUNIT_TEST(resolving_with_a_comment_approves);
  CPPUNIT_TEST(rejecting_with_a_comment_denies_with_that_reason);
  CPPUNIT_TEST(the_decision_field_decides_and_its_reason_survives_in_any_script);
  CPPUNIT_TEST(a_decision_made_on_the_api_closes_the_ticket);
  CPPUNIT_TEST(a_webhook_brings_the_decision_before_the_next_poll);
  CPPUNIT_TEST(a_forged_webhook_is_refused);
  CPPUNIT_TEST(a_status_that_rt_refuses_is_parked_and_goes_on_after_the_fix);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_desk_passes_the_check() {
    const auto checked = site().bridge->command({"check", "--online"});
    CPPUNIT_ASSERT_EQUAL_MESSAGE("check --online: " + checked.out + checked.err, 0, checked.code);
  }

  void resolving_with_a_comment_approves() {
    const std::string id = site().submit("by-status", acceptance::request_body(1));
    const std::string ticket = site().ticket_of("by-status", id);
    site().rt.comment(ticket, "Fine for today");
    site().rt.set(ticket, Json::object({{"Status", "resolved"}}));
    const Json request = site().decided("by-status", id);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("status" + site().look(), std::int64_t{0},
                                 request.get("statusCode").as_integer().value());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("approvedBy" + site().look(), std::string("Zoë Approver"),
                                 text_of(request, "approvedBy"));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("approvedByEmail" + site().look(), std::string("approver@desk.test"),
                                 text_of(request, "approvedByEmail"));
    site().assert_closed("by-status", id, ticket, "resolved", "Approved by Zoë Approver");
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the comment is in the audit log" + site().look(),
                                 std::string("Fine for today"),
                                 text_of(site().bridge->show("by-status:" + id).get("decision"), "reason"));
  }

  void rejecting_with_a_comment_denies_with_that_reason() {
    const std::string id = site().submit("by-status", acceptance::request_body(2));
    const std::string ticket = site().ticket_of("by-status", id);
    site().rt.comment(ticket, "Take the packaged version");
    site().rt.set(ticket, Json::object({{"Status", "rejected"}}));
    const Json request = site().decided("by-status", id);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("status" + site().look(), std::int64_t{3},
                                 request.get("statusCode").as_integer().value());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("deniedBy" + site().look(), std::string("Zoë Approver"),
                                 text_of(request, "deniedBy"));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("deniedReason" + site().look(), std::string("Take the packaged version"),
                                 text_of(request, "deniedReason"));
    site().assert_closed("by-status", id, ticket, "rejected",
                         "Denied by Zoë Approver: Take the packaged version");
  }

  void the_decision_field_decides_and_its_reason_survives_in_any_script() {
    const std::string reason = "Nein – „zu früh“; لاحقًا 🚀 <b>&amp;</b> 'q' C:\\tmp";
    const std::string id = site().submit("by-field", acceptance::request_body(3, reason));
    const std::string ticket = site().ticket_of("by-field", id);
    site().rt.set(
        ticket, Json::object(
                    {{"CustomFields", Json::object({{"Decision Reason", reason}, {"Decision", "Denied"}})}}));
    const Json request = site().decided("by-field", id);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("status" + site().look(), std::int64_t{3},
                                 request.get("statusCode").as_integer().value());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("deniedReason" + site().look(), reason, text_of(request, "deniedReason"));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("reason of the request" + site().look(), reason, text_of(request, "reason"));
    site().assert_closed("by-field", id, ticket, "rejected", "Denied by Zoë Approver: " + reason);
  }

  void a_decision_made_on_the_api_closes_the_ticket() {
    const std::string approved = site().submit("by-status", acceptance::request_body(4));
    const std::string denied = site().submit("by-field", acceptance::request_body(5));
    const std::string first = site().ticket_of("by-status", approved),
                      second = site().ticket_of("by-field", denied);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("PUT" + site().look(), 204,
                                 site()
                                     .queue("by-status")
                                     .call("PUT", "/requests/" + approved + "?approvedby=carol@acme.test")
                                     .status);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(
        "DELETE" + site().look(), 204,
        site()
            .queue("by-field")
            .call("DELETE", "/requests/" + denied + "?deniedby=carol@acme.test&reason=Not%20now")
            .status);
    site().assert_closed("by-status", approved, first, "resolved", "Approved by carol@acme.test");
    site().assert_closed("by-field", denied, second, "rejected", "Denied by carol@acme.test: Not now");
  }

  void a_webhook_brings_the_decision_before_the_next_poll() {
    const std::string id = site().submit("by-hook", acceptance::request_body(6));
    const std::string ticket = site().ticket_of("by-hook", id);
    eventually("by-hook:" + id + " waits" + site().look(), patience,
               [&] { return site().bridge->show("by-hook:" + id).get("state").string_or("") == "waiting"; });
    // The desk is asked every 10 minutes only.
    tests::write_file(site().rt.value("RT_WEBHOOK_URL_FILE"), site().bridge->url() + "/hooks/hook");
    site().rt.set(ticket, Json::object({{"Status", "resolved"}}));
    const Json request = site().decided("by-hook", id, 10s);
    tests::write_file(site().rt.value("RT_WEBHOOK_URL_FILE"), "");
    CPPUNIT_ASSERT_EQUAL_MESSAGE("approvedBy" + site().look(), std::string("Zoë Approver"),
                                 text_of(request, "approvedBy"));
    site().assert_closed("by-hook", id, ticket, "resolved", "Approved by Zoë Approver");
  }

  void a_forged_webhook_is_refused() {
    const Json body = Json::object({{"ticket", Json::object({{"id", 1}})}});
    const JsonSite stranger = site().bridge->site();
    CPPUNIT_ASSERT_EQUAL_MESSAGE("without a signature" + site().look(), 401,
                                 stranger.call("POST", "/hooks/hook", body).status);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(
        "with a wrong one" + site().look(), 401,
        stranger.call("POST", "/hooks/hook", body, {{"X-Bridge-Signature", "sha256=" + std::string(64, '0')}})
            .status);
  }

  void a_status_that_rt_refuses_is_parked_and_goes_on_after_the_fix() {
    const std::string id = site().submit("forbidden", acceptance::request_body(7));
    const std::string ticket = site().ticket_of("forbidden", id);
    site().rt.set(ticket, Json::object({{"Status", "resolved"}}));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the decision itself stands" + site().look(), std::int64_t{0},
                                 site().decided("forbidden", id).get("statusCode").as_integer().value());
    Json shown;
    eventually("forbidden:" + id + " is parked" + site().look(), patience, [&] {
      shown = site().bridge->show("forbidden:" + id);
      return shown.get("state").string_or("") == "parked_telling";
    });
    CPPUNIT_ASSERT_EQUAL_MESSAGE("why it is parked" + site().look(), std::string("not_verified"),
                                 text_of(shown, "parkReason"));
    CPPUNIT_ASSERT_MESSAGE("what RT said is in sight: " + text_of(shown, "parkDetail"),
                           text_of(shown, "parkDetail").find("deleted") != std::string::npos);

    site().write_forbidden("resolved");
    site().bridge->reload();
    eventually("the reload" + site().look(), patience, [&] {
      return site().bridge->metrics().find("countersign_reload_total{result=\"ok\"} 1") != std::string::npos;
    });
    const auto resumed = site().bridge->command({"requests", "resume", "forbidden:" + id});
    CPPUNIT_ASSERT_EQUAL_MESSAGE("requests resume: " + resumed.err, 0, resumed.code);
    site().assert_closed("forbidden", id, ticket, "resolved", "Approved by Zoë Approver");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RequestTrackerTest);
