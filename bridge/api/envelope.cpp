#include "bridge/api/envelope.h"

#include <algorithm>

#include "bridge/access/doors.h"
#include "bridge/api/http_answer.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::Json;

namespace {
Reply in_envelope(int http_status, Json data, std::string_view status, Json message,
                  const std::vector<std::string>& reasons) {
  Json list = Json::array();
  for (const std::string& reason : reasons) list.push_back(reason);
  return json_reply(http_status, Json::object({{"data", std::move(data)},
                                               {"status", status},
                                               {"message", std::move(message)},
                                               {"validationMessages", std::move(list)}})
                                     .dump());
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
  });
}

std::string size_of(std::size_t least, std::size_t most) {
  return (least == 0 ? "at most " : std::to_string(least) + " to ") + std::to_string(most) + " characters";
}

// Of UTF-8, as people count them.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}
}  // namespace

std::function<Reply(const Call&)> enveloped(std::function<Json(const Call&)> handle) {
  return [handle = std::move(handle)](const Call& call) {
    try {
      return in_envelope(200, handle(call), "SUCCESS", {}, {});
    } catch (const InvalidFields& error) {
      return in_envelope(400, {}, "INPUT_ERROR", error.what(), error.reasons());
    } catch (const Refused&) {
      throw;
    } catch (const Error& error) {
      const int status = info(error.code()).http_status;
      if (status >= 500) throw;
      return in_envelope(status, {}, status == 400 ? "INPUT_ERROR" : "FAILED", error.what(), {});
    }
  };
}

std::function<Reply(const Call&)> not_kept(std::function<Reply(const Call&)> handle) {
  return [handle = std::move(handle)](const Call& call) {
    Reply reply = handle(call);
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
  };
}

Fields::Fields(const Call& call) : reasons_(std::make_shared<std::vector<std::string>>()) {
  if (!call.request.body.empty()) {
    try {
      body_ = Json::parse(call.request.body);
    } catch (const mappings::JsonError& problem) {
      throw InvalidFields({std::string("The body is not JSON: ") + problem.what()});
    }
    if (!body_.is_object()) throw InvalidFields({"The body must be a JSON object"});
  }
  keys_ = body_.keys();
}

Fields::Fields(Json object, Fields& outer, std::string prefix)
    : body_(std::move(object)),
      keys_(body_.keys()),
      prefix_(outer.prefix_ + std::move(prefix) + '.'),
      reasons_(outer.reasons_) {}

const std::string* Fields::key_of(std::string_view name) const {
  for (const std::string& key : keys_)
    if (mappings::equal_ignoring_case(key, name)) return &key;
  return nullptr;
}

void Fields::only(std::initializer_list<std::string_view> names) {
  for (const std::string& key : keys_) {
    const auto is_key = [&](std::string_view name) { return mappings::equal_ignoring_case(key, name); };
    if (std::none_of(names.begin(), names.end(), is_key)) complain(key, "there is no such field");
    if (std::count_if(keys_.begin(), keys_.end(), is_key) > 1) complain(key, "is there twice");
  }
}

Json Fields::get(std::string_view name) const {
  const std::string* key = key_of(name);
  return key == nullptr ? Json() : body_.get(*key);
}

bool Fields::has(std::string_view name) const {
  return !get(name).is_null();
}

std::optional<std::string> Fields::text(std::string_view name, std::size_t least, std::size_t most) {
  const Json value = get(name);
  if (value.is_null()) return std::nullopt;
  auto text = value.as_string();
  if (!text) {
    complain(name, "must be a text");
    return std::nullopt;
  }
  const std::size_t size = characters(*text);
  if (size < least || size > most || has_control_characters(*text)) {
    complain(name, "must have " + size_of(least, most) + ", none of them a control character");
    return std::nullopt;
  }
  return text;
}

std::optional<bool> Fields::flag(std::string_view name) {
  const Json value = get(name);
  if (value.is_null()) return std::nullopt;
  const auto flag = value.as_bool();
  if (!flag) complain(name, "must be true or false");
  return flag;
}

std::optional<std::int64_t> Fields::number(std::string_view name, std::int64_t least, std::int64_t most) {
  const Json value = get(name);
  if (value.is_null()) return std::nullopt;
  const auto number = value.as_integer();
  if (number && *number >= least && *number <= most) return number;
  complain(name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<std::vector<std::string>> Fields::texts(std::string_view name, std::size_t most) {
  const Json value = get(name);
  if (value.is_null()) return std::nullopt;
  std::vector<std::string> texts;
  bool good = value.is_array() && value.size() <= most;
  for (std::size_t i = 0; good && i < value.size(); ++i) {
    const auto text = value.at(i).as_string();
    good = text.has_value();
    if (good) texts.push_back(*text);
  }
  if (good) return texts;
  complain(name, "must be a list of at most " + std::to_string(most) + " texts");
  return std::nullopt;
}

std::optional<std::optional<Time>> Fields::time(std::string_view name) {
  if (key_of(name) == nullptr) return std::nullopt;
  const Json value = get(name);
  if (value.is_null() || value == Json("")) return std::optional<Time>();
  const auto time = from_iso(value.text());
  if (time) return time;
  complain(name, "must be a time in UTC, such as 2026-01-31T10:00:00Z");
  return std::nullopt;
}

void Fields::complain(std::string_view name, std::string_view why) {
  reasons_->push_back(prefix_ + std::string(name) + ": " + std::string(why));
}

void Fields::must_be_good() const {
  if (!reasons_->empty()) throw InvalidFields(*reasons_);
}

}  // namespace bridge
