#include "tests/support/fake_splunk.h"

#include <algorithm>
#include <limits>
#include <sstream>

namespace tests {

using mappings::Json;

FakeSplunk::FakeSplunk(std::string token, std::optional<ServerIdentity> identity)
    : token_(std::move(token)), server_([this](Peer& peer) { serve(peer); }, std::move(identity)) {}

void FakeSplunk::next(const std::vector<Mood>& moods) {
  const std::lock_guard lock(mutex_);
  moods_.insert(moods_.end(), moods.begin(), moods.end());
}

void FakeSplunk::acknowledge_after(int questions) {
  const std::lock_guard lock(mutex_);
  later_ = questions;
}

std::vector<std::int64_t> FakeSplunk::indexed() const {
  const std::lock_guard lock(mutex_);
  return indexed_;
}

std::vector<std::int64_t> FakeSplunk::sent() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}

std::vector<std::string> FakeSplunk::bodies() const {
  const std::lock_guard lock(mutex_);
  return bodies_;
}

std::vector<std::string> FakeSplunk::channels() const {
  const std::lock_guard lock(mutex_);
  return channels_;
}

int FakeSplunk::questions() const {
  const std::lock_guard lock(mutex_);
  return questions_;
}

std::string FakeSplunk::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

void FakeSplunk::serve(Peer& peer) {
  while (const auto seen = peer.read_request()) {
    if (seen->target.starts_with("/services/collector/ack"))
      answer_acknowledgements(peer, *seen);
    else if (!take(peer, *seen))
      return;
  }
}

bool FakeSplunk::take(Peer& peer, const SeenRequest& seen) {
  const std::lock_guard lock(mutex_);
  if (seen.method != "POST" || seen.target != "/services/collector/event")
    problem_ = seen.method + ' ' + seen.target;
  if (seen.header("Authorization") != "Splunk " + token_) problem_ = "not the token";
  const std::string channel = seen.header("X-Splunk-Request-Channel");
  if (channel.size() != 36) problem_ = "no channel";
  if (std::find(channels_.begin(), channels_.end(), channel) == channels_.end()) channels_.push_back(channel);
  std::vector<std::int64_t> sequences;
  std::istringstream lines(seen.body);
  for (std::string line; std::getline(lines, line);) {
    try {
      const Json event = Json::parse(line);
      if (!event.get("time").is_number()) problem_ = "an event has no time";
      sequences.push_back(event.get("event").get("sequence").as_integer().value_or(-1));
    } catch (const mappings::JsonError& e) {
      problem_ = e.what();
    }
  }
  const Mood mood = moods_.empty() ? Mood::well : moods_.front();
  if (!moods_.empty() && (mood != Mood::too_large || sequences.size() <= 2)) moods_.pop_front();
  bodies_.push_back(seen.body);
  sent_.insert(sent_.end(), sequences.begin(), sequences.end());
  const bool taken = mood != Mood::busy && mood != Mood::refuse && mood != Mood::forget &&
                     (mood != Mood::too_large || sequences.size() <= 2);
  if (taken) indexed_.insert(indexed_.end(), sequences.begin(), sequences.end());
  switch (mood) {
    case Mood::busy:
      peer.answer(503, R"({"text":"Server is busy","code":9})", "Retry-After: 7\r\n");
      return true;
    case Mood::refuse:
      peer.answer(403, R"({"text":"Invalid token )" + token_ + R"(","code":4})");
      return true;
    case Mood::cut:
      peer.drop();
      return false;
    case Mood::half_an_answer:
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"text\"");
      peer.drop();
      return false;
    case Mood::no_acknowledgement:
      peer.answer(200, R"({"text":"Success","code":0})");
      return true;
    case Mood::forget:
      late_[next_acknowledgement_] = std::numeric_limits<int>::max();
      break;
    case Mood::late:
      late_[next_acknowledgement_] = 3;
      break;
    case Mood::too_large:
      if (!taken) {
        peer.answer(413, R"({"text":"Request entity too large","code":27})");
        return true;
      }
      break;
    case Mood::well:
      break;
  }
  peer.answer(200, R"({"text":"Success","code":0,"ackId":)" + std::to_string(next_acknowledgement_++) + '}');
  return true;
}

void FakeSplunk::answer_acknowledgements(Peer& peer, const SeenRequest& seen) {
  const std::lock_guard lock(mutex_);
  ++questions_;
  if (seen.target != "/services/collector/ack?channel=" + seen.header("X-Splunk-Request-Channel"))
    problem_ = seen.target;
  if (seen.header("Authorization") != "Splunk " + token_) problem_ = "not the token";
  const bool yet = later_-- <= 0;
  Json answers = Json::object();
  const Json asked = Json::parse(seen.body).get("acks");
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto id = static_cast<int>(asked.at(i).as_integer().value_or(-1));
    const bool told = yet && late_[id]-- <= 0 && told_.insert(id).second;
    answers.set(std::to_string(id), told);
  }
  peer.answer(200, Json::object({{"acks", answers}}).dump());
}

}  // namespace tests
