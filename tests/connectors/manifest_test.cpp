#include "connectors/engine/manifest.h"

#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/temporary_folder.h"

namespace {

const std::string good = R"yaml(connector: mini
title: A small desk
settings:
  url: {type: url, required: true, help: "where"}
http: {base: '${ $settings.url }'}
answers:
  - {when: '$status == 200', is: done}
correlation: {field: ref}
find:
  get: /tickets
  query: {ref: '${ $key }'}
  each: '.[]'
  key: .ref
  ticket: {id: .id, number: .id}
create:
  post: /tickets
  body: '${ $ticket + {ref: $key} }'
  key: .ref
  ticket: {id: .id, number: .id}
read:
  get: '/tickets/${ $id }'
  ticket: {id: .id, number: .id}
  key: .ref
  status: .status
  decision: 'null'
changes: {get: /changes, each: '.[]', row: {ticket_id: .id, seen: .id}, watermark: 'null', more: 'false'}
tell: {put: '/tickets/${ $id }', body: '${ $ticket }', verified: 'true'}
comment: {post: '/tickets/${ $id }/comments', body: {text: '${ $comment } ${ $mark }'}, verified: 'true'}
check: {get: /me, problem: 'null'}
)yaml";

std::string with(const std::string& from, const std::string& to) {
  const auto at = good.find(from);
  CPPUNIT_ASSERT_MESSAGE("the manifest does not hold: " + from, at != std::string::npos);
  std::string text = good;
  return text.replace(at, from.size(), to);
}

}  // namespace

class ManifestTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ManifestTest);
  CPPUNIT_TEST(reads_name_title_and_settings);
  CPPUNIT_TEST(says_each_mistake_at_its_place);
  CPPUNIT_TEST(a_missing_file_is_an_error_and_no_crash);
  CPPUNIT_TEST_SUITE_END();

  tests::TemporaryFolder folder_;

  std::shared_ptr<const connectors::Manifest> load(const std::string& text,
                                                   mappings::Diagnostics& diagnostics) {
    return connectors::Manifest::load(folder_.write("mini/connector.yaml", text), diagnostics);
  }

 public:
  void reads_name_title_and_settings() {
    mappings::Diagnostics diagnostics;
    const auto manifest = load(good, diagnostics);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.to_text());
    CPPUNIT_ASSERT_EQUAL(std::string("mini"), manifest->name());
    CPPUNIT_ASSERT_EQUAL(std::string("A small desk"), manifest->title());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, manifest->settings().size());
    CPPUNIT_ASSERT(manifest->settings()[0].required);
  }

  void says_each_mistake_at_its_place() {
    struct Case {
      std::string name, text, code;  // empty code: any
      int line;
    };
    const std::vector<Case> cases = {
        {"an unknown key", with("title:", "titel: x\ntitle:"), "", 2},
        {"another name than its folder", with("connector: mini", "connector: maxi"), "name-is-not-folder", 1},
        {"jq that does not compile",
         with("key: .ref\n  ticket: {id: .id, number: .id}\ncreate",
              "key: '.ref |'\n  ticket: {id: .id, number: .id}\ncreate"),
         "", 13},
        {"a variable that is not there", with("'${ $key }'", "'${ $kye }'"), "", 11},
        {"a reason that is not in the table",
         with("is: done}", "is: done}\n  - {when: 'true', is: retry, reason: tired}"), "unknown-reason", 8},
        {"a write in an operation that reads", with("check: {get: /me,", "check: {steps: [{put: /me}],"),
         "write-in-read", 0},
        {"a write that is kept", with("check: {get: /me,", "check: {steps: [{post: /me, as: me, keep: 1m}],"),
         "keep-not-possible", 0},
        {"what is kept under an address that is not all of it",
         with("check: {get: /me,", "check: {steps: [{get: /me, as: me, keep: 1m, headers: {X-User: bob}}],"),
         "keep-not-possible", 0},
        {"what is kept for too long",
         with("check: {get: /me,", "check: {steps: [{get: /me, as: me, keep: 11m}],"), "keep-not-possible",
         0},
        {"two requests in one step",
         with("find:\n  get: /tickets", "find:\n  get: /tickets\n  post: /tickets"), "step-without-request",
         10},
        {"no request at all", with("check: {get: /me,", "check: {"), "step-without-request", 0},
        {"a request beside steps", with("check: {get: /me,", "check: {steps: [{get: /you}], get: /me,"),
         "request-beside-steps", 0},
        {"a creation that nobody verifies",
         with("body: '${ $ticket + {ref: $key} }'\n  key: .ref", "body: '${ $ticket + {ref: $key} }'"),
         "unverified-create", 0},
        {"a duration that is none", with("correlation:", "limits: {poll: 10x}\ncorrelation:"), "", 8},
        {"a secret with a default", with("settings:", "settings:\n  token: {type: secret, default: x}"),
         "secret-default", 0},
        {"a choice without values", with("settings:", "settings:\n  how: {type: choice}"),
         "choice-without-values", 0},
        {"an expression without an end", with("'/tickets/${ $id }/comments'", "'/tickets/${ $id'"), "", 0},
        {"a result that must be there", with("  status: .status\n", ""), "", 0},
    };
    for (const Case& c : cases) {
      mappings::Diagnostics diagnostics;
      const auto manifest = load(c.text, diagnostics);
      CPPUNIT_ASSERT_MESSAGE(c.name + " was accepted", manifest == nullptr);
      CPPUNIT_ASSERT_MESSAGE(c.name, diagnostics.has_errors());
      const auto& first = diagnostics.all().front();
      if (!c.code.empty()) CPPUNIT_ASSERT_EQUAL_MESSAGE(c.name, c.code, first.code);
      if (c.line > 0)
        CPPUNIT_ASSERT_EQUAL_MESSAGE(c.name + "\n" + diagnostics.to_text(), c.line, first.where.line);
    }
  }

  void a_missing_file_is_an_error_and_no_crash() {
    mappings::Diagnostics diagnostics;
    CPPUNIT_ASSERT(connectors::Manifest::load(folder_.path() / "none/connector.yaml", diagnostics) ==
                   nullptr);
    CPPUNIT_ASSERT(diagnostics.has_errors());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ManifestTest);
