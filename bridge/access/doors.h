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
  // Empty: not known.
  struct Facts {
    std::string id;  // the public part of what was shown
    std::string ip;
    std::string cause;        // "wrong secret", "expired"
    std::string queue, name;  // whose credential has that id, and how it is called
  };
  Refused(ErrorCode code, Door door) : Refused(code, door, Facts()) {}
  Refused(ErrorCode code, Door door, Facts facts)
      : Error(code, code == ErrorCode::forbidden ? "Not allowed" : "Invalid API key"),
        door_(door),
        facts_(std::move(facts)) {}
  Door door() const noexcept { return door_; }
  const Facts& facts() const noexcept { return facts_; }

 private:
  Door door_;
  Facts facts_;
};

}  // namespace bridge
