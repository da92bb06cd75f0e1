#pragma once

// The shape in which the management endpoints answer, which is that of Keepnet's API: {"data", "status",
// "message", "validationMessages"}; and their bodies, read field by field, so that everything that is wrong
// is said at once. Names of fields match in any case. Not shared between threads.

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/api/routes.h"
#include "bridge/ops/clock.h"
#include "bridge/ops/error.h"
#include "mappings/engine/json.h"

namespace bridge {

// A body that is refused, with a reason for each field.
class InvalidFields : public Error {
 public:
  explicit InvalidFields(std::vector<std::string> reasons)
      : Error(ErrorCode::invalid_request, reasons.empty() ? "The body is not valid" : reasons.front()),
        reasons_(std::move(reasons)) {}
  const std::vector<std::string>& reasons() const noexcept { return reasons_; }

 private:
  std::vector<std::string> reasons_;
};

// What a handler gives becomes `data` of a 200; an Error below 500 that it throws becomes its status, with
// the message. Refused goes on to the wrapper: it looks alike whatever was asked.
std::function<Reply(const Call&)> enveloped(std::function<mappings::Json(const Call&)> handle);

// The same answer, which nobody on the way may keep: it has a secret in it.
std::function<Reply(const Call&)> not_kept(std::function<Reply(const Call&)> handle);

class Fields {
 public:
  // The call's body. Throws InvalidFields when it is no JSON object; an empty body is one without fields.
  explicit Fields(const Call& call);
  // The same of an object inside a body, whose reasons go to the outer one's.
  Fields(mappings::Json object, Fields& outer, std::string prefix);

  // Complains of every field that is not named here.
  void only(std::initializer_list<std::string_view> names);
  // Whether it is there, and not null.
  bool has(std::string_view name) const;
  mappings::Json get(std::string_view name) const;

  // Nothing when it is not there or null, and, with a reason, when it is of another type or size.
  std::optional<std::string> text(std::string_view name, std::size_t least, std::size_t most);
  std::optional<bool> flag(std::string_view name);
  std::optional<std::int64_t> number(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<std::vector<std::string>> texts(std::string_view name, std::size_t most);
  // A time in UTC; "" and null take away what there is: then the outer optional is full and the inner empty.
  std::optional<std::optional<Time>> time(std::string_view name);

  void complain(std::string_view name, std::string_view why);
  bool good() const { return reasons_->empty(); }
  // Throws InvalidFields when there are reasons.
  void must_be_good() const;

 private:
  const std::string* key_of(std::string_view name) const;

  mappings::Json body_;
  std::vector<std::string> keys_;
  std::string prefix_;
  std::shared_ptr<std::vector<std::string>> reasons_;
};

}  // namespace bridge
