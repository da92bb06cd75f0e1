#include "mappings/engine/request_shape.h"

#include <algorithm>
#include <array>

namespace mappings {

namespace {

using Type = RequestField::Type;

// What a field holds when nobody gave it. Everything else is null: clients of the API index every key.
enum class Absent { null, zero, no, global };

struct Row {
  std::string_view key;
  Type type;
  Absent absent = Absent::null;
};

// Captured answers leave out application.path for sessions and application.preapproved altogether; the
// documentation and other captures have both. We always write both: a client that indexes every documented
// key finds it, and one that does not know a key ignores it.
constexpr std::array application_rows{
    Row{"file", Type::string},
    Row{"path", Type::string},
    Row{"name", Type::string},
    Row{"vendor", Type::string},
    Row{"version", Type::string},
    Row{"sha256", Type::string},
    Row{"scanResult", Type::string},
    Row{"scanResultCode", Type::integer, Absent::zero},
    Row{"threat", Type::string},
    Row{"virustotalLink", Type::string},
    Row{"preapproved", Type::boolean, Absent::no},
};
constexpr std::array user_rows{
    Row{"account", Type::string},
    Row{"fullName", Type::string},
    Row{"email", Type::string},
    Row{"phone", Type::string},
    Row{"isAdmin", Type::boolean, Absent::no},
};
constexpr std::array computer_rows{
    Row{"name", Type::string}, Row{"platform", Type::string}, Row{"platformCode", Type::integer},
    Row{"make", Type::string}, Row{"model", Type::string},
};
constexpr std::array scan_rows{
    Row{"scanResult", Type::string},
    Row{"scanResultCode", Type::integer, Absent::zero},
    Row{"engine", Type::string},
    Row{"threat", Type::string},
};
constexpr std::array request_rows{
    Row{"scanResults", Type::array},    Row{"id", Type::integer},
    Row{"traceNo", Type::string},       Row{"settingsName", Type::string, Absent::global},
    Row{"type", Type::string},          Row{"typeCode", Type::integer},
    Row{"status", Type::string},        Row{"statusCode", Type::integer},
    Row{"application", Type::object},   Row{"user", Type::object},
    Row{"computer", Type::object},      Row{"reason", Type::string},
    Row{"approvedBy", Type::string},    Row{"approvedByEmail", Type::string},
    Row{"deniedReason", Type::string},  Row{"deniedBy", Type::string},
    Row{"deniedByEmail", Type::string}, Row{"requestTime", Type::string},
    Row{"auditlogLink", Type::string},
};

struct Rows {
  const Row* first = nullptr;
  const Row* last = nullptr;
  const Row* begin() const { return first; }
  const Row* end() const { return last; }
};
template <std::size_t N>
Rows rows_in(const std::array<Row, N>& rows) {
  return {rows.data(), rows.data() + N};
}
Rows rows_of(std::string_view key) {
  if (key == "application") return rows_in(application_rows);
  if (key == "user") return rows_in(user_rows);
  if (key == "computer") return rows_in(computer_rows);
  return rows_in(scan_rows);
}

std::string_view must_be(Type type) {
  switch (type) {
    case Type::string:
      return "text";
    case Type::integer:
      return "a whole number";
    case Type::boolean:
      return "true or false";
    case Type::object:
      return "an object";
    case Type::array:
      break;
  }
  return "a list";
}

bool is_of(const Json& value, Type type) {
  switch (type) {
    case Type::string:
      return value.is_string();
    case Type::integer:
      return value.is_integer();
    case Type::boolean:
      return value.is_bool();
    case Type::object:
      return value.is_object();
    case Type::array:
      break;
  }
  return value.is_array();
}

Json otherwise(Absent absent) {
  switch (absent) {
    case Absent::zero:
      return 0;
    case Absent::no:
      return false;
    case Absent::global:
      return "Global";
    case Absent::null:
      break;
  }
  return nullptr;
}

class Completion {
 public:
  explicit Completion(std::vector<std::string>& problems) : problems_(problems) {}

  Json flat(const Json& given, Rows rows, std::string_view place) {
    Json result = Json::object();
    for (const Row& row : rows) {
      Json value = given.get(row.key);
      if (value.is_null()) {
        value = otherwise(row.absent);
      } else if (!is_of(value, row.type)) {
        wrong(std::string(place) + std::string(row.key), row.type);
      }
      result.set(row.key, std::move(value));
    }
    return result;
  }

  Json object(const Json& given, std::string_view key) {
    Json value = given.get(key);
    if (!value.is_null() && !value.is_object()) wrong(std::string(key), Type::object);
    return flat(value, rows_of(key), std::string(key) + ".");
  }

  Json scans(const Json& given) {
    Json list = Json::array();
    Json value = given.get("scanResults");
    if (!value.is_null() && !value.is_array()) wrong("scanResults", Type::array);
    for (std::size_t i = 0; i < value.size() && value.is_array(); ++i) {
      std::string place = "scanResults[" + std::to_string(i) + "]";
      Json item = value.at(i);
      if (!item.is_object()) wrong(place, Type::object);
      list.push_back(flat(item, rows_in(scan_rows), place + "."));
    }
    return list;
  }

  // A word and its code: either gives the other, both must agree.
  void coded(Json& result, const Json& given, std::string_view word_key, std::string_view code_key,
             const std::vector<CodedWord>& words, int default_code) {
    Json word = given.get(word_key);
    Json code = given.get(code_key);
    if (!word.is_null() && !word.is_string()) return wrong(std::string(word_key), Type::string);
    if (!code.is_null() && !code.is_integer()) return wrong(std::string(code_key), Type::integer);
    const CodedWord* by_word = nullptr;
    const CodedWord* by_code = nullptr;
    const std::string text = word.string_or("");
    const std::int64_t number = code.as_integer().value_or(default_code);
    for (const CodedWord& row : words) {
      if (row.word == text) by_word = &row;
      if (row.code == number) by_code = &row;
    }
    if (!word.is_null() && by_word == nullptr) {
      problems_.push_back(std::string(word_key) + " must be one of " + list_of(words));
      return;
    }
    if (!code.is_null() && by_code == nullptr) {
      problems_.push_back(std::string(code_key) + " must be one of " + list_of(words));
      return;
    }
    if (!word.is_null() && !code.is_null() && by_word != by_code) {
      problems_.push_back(std::string(word_key) + " \"" + text + "\" and " + std::string(code_key) + " " +
                          std::to_string(number) + " contradict each other; give one of them");
      return;
    }
    const CodedWord* row = by_word ? by_word : by_code;
    result.set(word_key, row->word);
    result.set(code_key, row->code);
  }

 private:
  void wrong(const std::string& place, Type type) {
    problems_.push_back(place + " must be " + std::string(must_be(type)));
  }
  static std::string list_of(const std::vector<CodedWord>& words) {
    std::string text;
    for (const CodedWord& row : words)
      text += (text.empty() ? "" : ", ") + std::to_string(row.code) + " \"" + std::string(row.word) + '"';
    return text;
  }

  std::vector<std::string>& problems_;
};

}  // namespace

const std::vector<RequestField>& request_fields() {
  static const std::vector<std::string> paths = [] {
    std::vector<std::string> all;
    for (const Row& row : request_rows) {
      all.push_back("." + std::string(row.key));
      if (row.type != Type::object && row.type != Type::array) continue;
      const char* joint = row.type == Type::array ? "[]." : ".";
      for (const Row& inner : rows_of(row.key))
        all.push_back("." + std::string(row.key) + joint + std::string(inner.key));
    }
    return all;
  }();
  static const std::vector<RequestField> fields = [] {
    std::vector<RequestField> all;
    auto path = paths.begin();
    for (const Row& row : request_rows) {
      all.push_back({*path++, row.type});
      if (row.type != Type::object && row.type != Type::array) continue;
      for (const Row& inner : rows_of(row.key)) all.push_back({*path++, inner.type});
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
  Completion completion(problems);
  Json result = Json::object();
  for (const Row& row : request_rows) {
    if (row.key == "scanResults") {
      result.set(row.key, completion.scans(given));
    } else if (row.key == "type") {
      completion.coded(result, given, "type", "typeCode", request_types(), run_as_admin);
    } else if (row.key == "status") {
      completion.coded(result, given, "status", "statusCode", request_statuses(), pending_approval);
    } else if (row.type == Type::object) {
      result.set(row.key, completion.object(given, row.key));
    } else if (row.key != "typeCode" && row.key != "statusCode") {
      Json one = completion.flat(given, {&row, &row + 1}, "");
      result.set(row.key, one.get(row.key));
    }
  }
  // The documentation's sample spells the link's key with a capital L; answers never do.
  if (result.get("auditlogLink").is_null() && given.get("auditLogLink").is_string())
    result.set("auditlogLink", given.get("auditLogLink"));
  return result;
}

}  // namespace mappings
