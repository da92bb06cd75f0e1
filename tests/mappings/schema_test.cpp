#include "mappings/engine/schema.h"

#include <algorithm>
#include <stdexcept>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using mappings::check_schema;
using mappings::check_schema_text;
using mappings::Diagnostics;
using mappings::read_yaml_text;

namespace {

constexpr const char* policy = R"({
  "$id": "https://countersign.example/schemas/policy.schema.json",
  "type": "object",
  "required": ["name", "steps"],
  "additionalProperties": false,
  "properties": {
    "name": {"type": "string", "pattern": "^[a-z]+$", "minLength": 2, "maxLength": 8, "examples": ["standard"],
             "description": "What configurations call it."},
    "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/step"}},
    "owner": {"$ref": "#/definitions/person"},
    "labels": {"type": "object", "patternProperties": {"^x-": {"type": "integer"}}, "additionalProperties": false},
    "ports": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 9}, "uniqueItems": true},
    "names": {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}, "additionalProperties": {"type": "string"}},
    "kind": {"enum": ["strict", "relaxed", 3]},
    "active": {"type": "boolean"},
    "after": {"type": ["string", "integer"], "pattern": "^[0-9]+s$"},
    "who": {"oneOf": [{"required": ["by"]}, {"required": ["group"]}], "type": "object",
            "properties": {"by": {"type": "string"}, "group": {"type": "string"}}, "additionalProperties": false},
    "anyway": {"anyOf": [{"type": "string"}, {"type": "object", "required": ["env"], "additionalProperties": false,
                         "properties": {"env": {"type": "string"}}}]},
    "ratio": {"type": "number"}
  },
  "if": {"properties": {"kind": {"const": "strict"}}, "required": ["kind"]},
  "then": {"required": ["owner"]},
  "definitions": {
    "step": {"type": "object", "required": ["do"], "additionalProperties": false,
             "properties": {"do": {"enum": ["remind", "escalate"]}, "to": {"$ref": "#/definitions/person"},
                            "next": {"$ref": "#/definitions/step"}}},
    "person": {"type": "string", "minLength": 1}
  }
})";

// "line:column code: message (hint)" of each error.
std::string said(const std::string& yaml) {
  Diagnostics diagnostics;
  auto tree = read_yaml_text(yaml, "f", diagnostics);
  if (!tree) return "yaml: " + diagnostics.to_text();
  bool ok = check_schema_text(policy, *tree, diagnostics);
  if (ok == diagnostics.has_errors()) return "the result and the diagnostics disagree";
  std::string text;
  for (const auto& d : diagnostics.all())
    text += std::to_string(d.where.line) + ':' + std::to_string(d.where.column) + ' ' + d.code + ": " +
            d.message + (d.hint.empty() ? "" : " (" + d.hint + ")") + '\n';
  return text;
}

const std::string right = "name: standard\nsteps: [{do: remind}]\n";

}  // namespace

class SchemaTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SchemaTest);
  CPPUNIT_TEST(takes_what_fits);
  CPPUNIT_TEST(says_what_does_not_fit_at_its_place);
  CPPUNIT_TEST(says_everything_at_once);
  CPPUNIT_TEST(has_the_last_word_from_the_validator);
  CPPUNIT_TEST(refuses_values_too_long_for_a_pattern);
  CPPUNIT_TEST(can_read_every_schema_of_the_program);
  CPPUNIT_TEST_SUITE_END();

 public:
  void takes_what_fits() {
    for (const char* more : {"", "owner: Ann\n", "labels: {x-a: 1}\n", "names: {abc: d}\n", "kind: relaxed\n",
                             "kind: 3\n", "active: true\n", "after: 10s\n", "after: 10\n", "who: {by: Ann}\n",
                             "anyway: text\n", "anyway: {env: X}\n", "kind: strict\nowner: Ann\n",
                             "ratio: 1.5\n", "ratio: 2\n", "ports: [1, 9]\n"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(more, std::string(), said(right + more));
    CPPUNIT_ASSERT_EQUAL(
        std::string(),
        said("name: ab\nsteps:\n  - do: remind\n    next: {do: escalate, next: {do: remind}}\n"));
  }

  void says_what_does_not_fit_at_its_place() {
    const std::pair<std::string, const char*> cases[] = {
        {right + "ownr: Ann\n", "3:1 unknown-key: there is no key 'ownr' here (did you mean owner?)\n"},
        {"name: ab\nsteps:\n  - do: remind\n    zzz: 1\n",
         "4:5 unknown-key: there is no key 'zzz' here (known keys: do, to, next)\n"},
        {"steps: [{do: remind}]\n",
         "1:1 missing-key: the key 'name' is missing in the file (What configurations call it.)\n"},
        {"name: ab\nsteps:\n  - to: Ann\n",
         "3:5 missing-key: the key 'do' is missing in an item of 'steps'\n"},
        {"name: 12\nsteps: [{do: remind}]\n",
         "1:7 wrong-type: 'name' must be a text, not a number (quote it: \"12\")\n"},
        {"name:\nsteps: [{do: remind}]\n",
         "1:1 wrong-type: 'name' must be a text, not nothing (give it a value, or remove the line)\n"},
        {"name: ab\nsteps: remind\n",
         "2:8 wrong-type: 'steps' must be a list, not a text (a list has a line '- item' for each item, or "
         "is [a, b])\n"},
        {"- a\n", "1:1 wrong-type: the file must be a mapping, not a list\n"},
        {"",
         "1:1 wrong-type: the file must be a mapping, not nothing (give it a value, or remove the line)\n"},
        {right + "active: yes\n",
         "3:9 wrong-type: 'active' must be true or false, not a text (write true)\n"},
        {right + "active: 'false'\n",
         "3:9 wrong-type: 'active' must be true or false, not a text (write false)\n"},
        {right + "ports: ['1']\n",
         "3:9 wrong-type: an item of 'ports' must be a whole number, not a text (write it without quotes)\n"},
        {right + "ports: [1.5]\n",
         "3:9 wrong-type: an item of 'ports' must be a whole number, not a number\n"},
        {right + "ports: [true]\n",
         "3:9 wrong-type: an item of 'ports' must be a whole number, not true or false\n"},
        {right + "ratio: true\n", "3:8 wrong-type: 'ratio' must be a number, not true or false\n"},
        {right + "ports: [0, 10]\n",
         "3:9 wrong-value: an item of 'ports' must be at least 1\n3:12 wrong-value: an item of 'ports' must "
         "be at most 9\n"},
        {"name: ab\nsteps: []\n", "2:8 wrong-value: 'steps' must not be empty\n"},
        {"name: Ab\nsteps: [{do: remind}]\n",
         "1:7 wrong-value: 'name' does not have the right form (for example: standard)\n"},
        {"name: a\nsteps: [{do: remind}]\n", "1:7 wrong-value: 'name' must have at least 2 characters\n"},
        {"name: abcdefghi\nsteps: [{do: remind}]\n",
         "1:7 wrong-value: 'name' may have at most 8 characters\n"},
        {right + "owner: ''\n", "3:8 wrong-value: 'owner' must not be empty\n"},
        {"name: ab\nsteps: [{do: remid}]\n",
         "2:14 wrong-value: 'do' must be one of remind or escalate (did you mean remind?)\n"},
        {right + "kind: '3'\n",
         "3:7 wrong-value: 'kind' must be one of strict, relaxed or 3 (write it without quotes)\n"},
        {right + "after: 10m\n",
         "3:8 wrong-value: 'after' does not have the right form (it must match ^[0-9]+s$)\n"},
        {right + "after: [1]\n", "3:8 wrong-type: 'after' must be a text or a whole number, not a list\n"},
        {right + "labels: {y: 1}\n", "3:10 unknown-key: there is no key 'y' here\n"},
        {right + "labels: {x-a: b}\n", "3:15 wrong-type: 'x-a' must be a whole number, not a text\n"},
        {right + "names: {A1: b}\n",
         "3:9 wrong-key: 'A1' is not a name that can stand here (it must match ^[a-z]+$)\n"},
        {right + "who: {}\n", "3:6 missing-key: one of the keys 'by' or 'group' is missing in 'who'\n"},
        {right + "who: {by: a, group: b}\n", "3:6 wrong-value: 'who' fits more than one of its forms\n"},
        {right + "anyway: 3\n",
         "3:9 wrong-type: 'anyway' must be a text or a mapping, not a number (quote it: \"3\")\n"},
        {right + "anyway: {evn: X}\n",
         "3:9 missing-key: the key 'env' is missing in 'anyway'\n3:10 unknown-key: there is no key 'evn' "
         "here (known keys: env)\n"},
        {right + "kind: strict\n", "1:1 missing-key: the key 'owner' is missing in the file\n"},
    };
    for (const auto& [yaml, expected] : cases) {
      std::string found = said(yaml);
      // Order within a mapping is the walk's affair: what counts is that each is said once.
      CPPUNIT_ASSERT_EQUAL_MESSAGE(yaml, sorted(expected), sorted(found));
    }
  }

  void says_everything_at_once() {
    CPPUNIT_ASSERT_EQUAL(
        sorted("1:1 unknown-key: there is no key 'nam' here (did you mean name?)\n"
               "1:1 missing-key: the key 'name' is missing in the file (What configurations call it.)\n"
               "3:5 unknown-key: there is no key 'doo' here (did you mean do?)\n"
               "3:5 missing-key: the key 'do' is missing in an item of 'steps'\n"
               "4:7 wrong-value: 'kind' must be one of strict, relaxed or 3\n"),
        sorted(said("nam: ab\nsteps:\n  - doo: remind\nkind: 5\n")));
  }

  void has_the_last_word_from_the_validator() {
    std::string found = said(right + "ports:\n  - 1\n  - 1\n");
    CPPUNIT_ASSERT_EQUAL_MESSAGE(found, std::size_t{0},
                                 found.find("4:3 wrong-value: this does not fit the schema"));
  }

  void refuses_values_too_long_for_a_pattern() {
    std::string found = said("name: " + std::string(500000, 'a') + "\nsteps: [{do: remind}]\n");
    CPPUNIT_ASSERT_MESSAGE(found, found.find("1:7 wrong-value: 'name' is too long") != std::string::npos);
  }

  void can_read_every_schema_of_the_program() {
    for (const std::string& name : mappings::schema_names()) {
      Diagnostics diagnostics;
      auto tree = read_yaml_text("3", "f", diagnostics);
      CPPUNIT_ASSERT_MESSAGE(name, !check_schema(name, *tree, diagnostics));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string("wrong-type"), diagnostics.all().at(0).code);
    }
    CPPUNIT_ASSERT_THROW(mappings::schema_text("no-such-schema"), std::out_of_range);
  }

 private:
  static std::string sorted(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0, next = 0; (next = text.find('\n', at)) != std::string::npos; at = next + 1)
      lines.push_back(text.substr(at, next - at + 1));
    std::sort(lines.begin(), lines.end());
    std::string joined;
    for (const std::string& line : lines) joined += line;
    return joined;
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SchemaTest);
