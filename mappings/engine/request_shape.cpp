#include "mappings/engine/request_shape.h"

#include <array>

namespace mappings {

namespace {

using Type = FieldType;

// Captured answers leave out application.path for sessions and application.preapproved altogether; the
// documentation and other captures have both. We always write both: a client that indexes every documented
// key finds it, and one that does not know a key ignores it.
constexpr std::array application_fields{
    ObjectField{"file", Type::string},
    ObjectField{"path", Type::string},
    ObjectField{"name", Type::string},
    ObjectField{"vendor", Type::string},
    ObjectField{"version", Type::string},
    ObjectField{"sha256", Type::string},
    ObjectField{"scanResult", Type::string},
    ObjectField{"scanResultCode", Type::integer, Absent::zero},
    ObjectField{"threat", Type::string},
    ObjectField{"virustotalLink", Type::string},
    ObjectField{"preapproved", Type::boolean, Absent::no},
};
constexpr std::array computer_fields{
    ObjectField{"name", Type::string},          ObjectField{"platform", Type::string},
    ObjectField{"platformCode", Type::integer}, ObjectField{"make", Type::string},
    ObjectField{"model", Type::string},
};
constexpr std::array scan_fields{
    ObjectField{"scanResult", Type::string},
    ObjectField{"scanResultCode", Type::integer, Absent::zero},
    ObjectField{"engine", Type::string},
    ObjectField{"threat", Type::string},
};
constexpr std::array shape{
    ObjectField{"scanResults", Type::array, Absent::empty, scan_fields},
    ObjectField{"id", Type::integer},
    ObjectField{"traceNo", Type::string},
    ObjectField{"settingsName", Type::string},
    ObjectField{"type", Type::string},
    ObjectField{"typeCode", Type::integer},
    ObjectField{"status", Type::string},
    ObjectField{"statusCode", Type::integer},
    ObjectField{"application", Type::object, Absent::empty, application_fields},
    ObjectField{"user", Type::object, Absent::empty, person_fields},
    ObjectField{"computer", Type::object, Absent::empty, computer_fields},
    ObjectField{"reason", Type::string},
    ObjectField{"approvedBy", Type::string},
    ObjectField{"approvedByEmail", Type::string},
    ObjectField{"deniedReason", Type::string},
    ObjectField{"deniedBy", Type::string},
    ObjectField{"deniedByEmail", Type::string},
    ObjectField{"requestTime", Type::string},
    ObjectField{"auditlogLink", Type::string},
};

std::string list_of(const std::vector<CodedWord>& words) {
  std::string text;
  for (const CodedWord& row : words)
    text += (text.empty() ? "" : ", ") + std::to_string(row.code) + " \"" + std::string(row.word) + '"';
  return text;
}

// A word and its code: either gives the other, both must agree.
void complete_coded(Json& result, const Json& given, std::string_view word_key, std::string_view code_key,
                    const std::vector<CodedWord>& words, int default_code,
                    std::vector<std::string>& problems) {
  Json word = given.get(word_key);
  Json code = given.get(code_key);
  if (!word.is_null() && !word.is_string()) {
    problems.push_back(wrong_type(word_key, Type::string));
    return;
  }
  if (!code.is_null() && !code.is_integer()) {
    problems.push_back(wrong_type(code_key, Type::integer));
    return;
  }
  const CodedWord* by_word = nullptr;
  const CodedWord* by_code = nullptr;
  const std::string text = word.string_or("");
  const std::int64_t number = code.as_integer().value_or(default_code);
  for (const CodedWord& row : words) {
    if (row.word == text) by_word = &row;
    if (row.code == number) by_code = &row;
  }
  if (!word.is_null() && by_word == nullptr) {
    problems.push_back(std::string(word_key) + " must be one of " + list_of(words));
    return;
  }
  if (!code.is_null() && by_code == nullptr) {
    problems.push_back(std::string(code_key) + " must be one of " + list_of(words));
    return;
  }
  if (!word.is_null() && !code.is_null() && by_word != by_code) {
    problems.push_back(std::string(word_key) + " \"" + text + "\" and " + std::string(code_key) + " " +
                       std::to_string(number) + " contradict each other; give one of them");
    return;
  }
  const CodedWord* row = by_word ? by_word : by_code;
  result.add(word_key, row->word);
  result.add(code_key, row->code);
}

}  // namespace

const std::vector<RequestField>& request_fields() {
  static const std::vector<std::string> paths = [] {
    std::vector<std::string> all;
    for (const ObjectField& field : shape) {
      all.push_back("." + std::string(field.key));
      const char* joint = field.type == Type::array ? "[]." : ".";
      for (const ObjectField& inner : field.inner)
        all.push_back("." + std::string(field.key) + joint + std::string(inner.key));
    }
    return all;
  }();
  static const std::vector<RequestField> fields = [] {
    std::vector<RequestField> all;
    auto path = paths.begin();
    for (const ObjectField& field : shape) {
      all.push_back({*path++, field.type});
      for (const ObjectField& inner : field.inner) all.push_back({*path++, inner.type});
    }
    return all;
  }();
  return fields;
}

const std::vector<CodedWord>& request_statuses() {
  static const std::vector<CodedWord> words = {{0, "Open"},   {1, "Running"},          {2, "Finished"},
                                               {3, "Denied"}, {4, "Pending approval"}, {5, "Quarantined"},
                                               {6, "Expired"}};
  return words;
}

const std::vector<CodedWord>& request_types() {
  static const std::vector<CodedWord> words = {
      {0, "Run As Admin"}, {1, "Admin Session"}, {2, "Server Session"}};
  return words;
}

Json complete_request(const Json& given, std::vector<std::string>& problems) {
  if (!given.is_object()) {
    problems.emplace_back("the request must be an object");
    return Json::object();
  }
  constexpr int run_as_admin = 0, pending_approval = 4;
  Json result = Json::object();
  for (const ObjectField& field : shape) {
    if (field.key == "type")
      complete_coded(result, given, "type", "typeCode", request_types(), run_as_admin, problems);
    else if (field.key == "status")
      complete_coded(result, given, "status", "statusCode", request_statuses(), pending_approval, problems);
    else if (field.key != "typeCode" && field.key != "statusCode")
      result.add(field.key, complete_field(given, field, "", problems));
  }
  if (result.get("settingsName").is_null()) result.set("settingsName", "Global");
  // The documentation's sample spells the link's key with a capital L; answers never do.
  if (result.get("auditlogLink").is_null() && given.get("auditLogLink").is_string())
    result.set("auditlogLink", given.get("auditLogLink"));
  return result;
}

}  // namespace mappings
