#pragma once

// Which credential a request presents, and through which door: header `apikey` or Basic with the key as
// password; `Authorization: rest_api_key=...`; `Authorization: Bearer ...` (a token, or an API key). Pure;
// says nothing of whether the credential is good.

#include <string>
#include <string_view>
#include <utility>

#include "bridge/access/caller.h"
#include "bridge/access/request_headers.h"
#include "bridge/ops/error.h"

namespace bridge {

struct Presented {
  Door door = Door::none;  // also when several came through different doors
  std::string text;        // the bytes as they came; empty: nothing that could be a credential, or too many
  int credentials = 0;     // how many came
};
// One credential and no more: a second one, equal or not, of the same door or another, makes it none.
Presented presented(const RequestHeaders& headers);

// Not let in, or not that far. The answer depends on the door and the code alone; the rest is for the log and
// the audit log.
class Refused : public Error {
 public:
  Refused(ErrorCode code, Door door, std::string id = {}, std::string ip = {})
      : Error(code, code == ErrorCode::forbidden ? "Not allowed" : "Invalid API key"),
        door_(door),
        id_(std::move(id)),
        ip_(std::move(ip)) {}
  Door door() const noexcept { return door_; }
  // The public part of what was shown, and from where; empty: not known.
  const std::string& id() const noexcept { return id_; }
  const std::string& ip() const noexcept { return ip_; }
  // "wrong secret", "expired": why; empty: not said.
  void because(std::string_view cause) { cause_ = cause; }
  const std::string& cause() const noexcept { return cause_; }
  // Whose credential has that id, and how it is called; empty: nobody's.
  void belongs_to(const std::string& queue, const std::string& name) { queue_ = queue, name_ = name; }
  const std::string& queue() const noexcept { return queue_; }
  const std::string& name() const noexcept { return name_; }

 private:
  Door door_;
  std::string id_, ip_, cause_, queue_, name_;
};

}  // namespace bridge
