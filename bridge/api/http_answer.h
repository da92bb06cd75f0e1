#pragma once

// Answers as bytes on the wire, and the one shape of an error: {"Message": "..."}. Pure but for the Date.

#include <string>
#include <string_view>

#include "bridge/api/http_front.h"

namespace bridge {

// For every failure that a client sees.
Reply message_reply(int status, std::string_view message);
Reply json_reply(int status, std::string json);

struct AnswerForm {
  bool keep_alive = true;
  bool head_only = false;  // the request was HEAD: the length is told, the body is not sent
  std::string_view id;     // X-Request-Id; empty: none
};
// Header and body in one piece. Control characters in header values become spaces; Content-Length, Date and
// Connection of the reply itself are left out, ours count.
std::string write_answer(Reply reply, const AnswerForm& form);

}  // namespace bridge
