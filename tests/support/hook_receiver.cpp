#include "tests/support/hook_receiver.h"

#include <cstdlib>
#include <ctime>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace tests {

namespace {

// As docs/webhooks.md tells receivers to make it.
std::string signature_of(const std::string& secret, const std::string& message) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  ::HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac, &size);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    constexpr char digits[] = "0123456789abcdef";
    text += digits[mac[i] >> 4];
    text += digits[mac[i] & 15];
  }
  return text;
}

}  // namespace

HookReceiver::HookReceiver(std::vector<std::string> secrets, unsigned seed)
    : secrets_(std::move(secrets)), random_(seed), server_([this](Peer& peer) { serve(peer); }) {}

void HookReceiver::set_faults(int percent) {
  const std::lock_guard lock(mutex_);
  percent_ = percent;
}

std::vector<HookReceiver::Arrival> HookReceiver::arrivals() const {
  const std::lock_guard lock(mutex_);
  return arrivals_;
}

HookReceiver::Mood HookReceiver::next_mood() {
  if (static_cast<int>(random_() % 100) >= percent_) return Mood::well;
  switch (random_() % 7) {
    case 0:
    case 1:
    case 2:
      return Mood::server_error;
    case 3:
    case 4:
      return Mood::reset;
    case 5:
      return Mood::half_an_answer;
    default:
      return Mood::silence;
  }
}

bool HookReceiver::is_genuine(const SeenRequest& seen) const {
  const std::string time = seen.header("X-Countersign-Timestamp");
  std::string expected = "t=" + time;
  for (const std::string& secret : secrets_)
    expected += ",v1=" + signature_of(secret, time + '.' + seen.body);
  return std::llabs(std::atoll(time.c_str()) - static_cast<long long>(std::time(nullptr))) < 300 &&
         seen.header("X-Countersign-Signature") == expected;
}

void HookReceiver::serve(Peer& peer) {
  while (const auto seen = peer.read_request()) {
    Arrival arrival{seen->header("X-Countersign-Delivery"),
                    seen->header("X-Countersign-Event"),
                    seen->body,
                    std::atoi(seen->header("X-Countersign-Attempt").c_str()),
                    is_genuine(*seen),
                    false};
    Mood mood{};
    {
      const std::lock_guard lock(mutex_);
      mood = next_mood();
      arrival.taken = mood == Mood::well;
      arrivals_.push_back(std::move(arrival));
    }
    switch (mood) {
      case Mood::well:
        peer.answer(200, "{}");
        break;
      case Mood::server_error:
        peer.answer(500, "{}");
        break;
      case Mood::reset:
        return peer.reset();
      case Mood::half_an_answer:
        peer.send("HTTP/1.1 200 OK\r\nContent-Le");
        return peer.drop();
      case Mood::silence:
        return peer.hold();
    }
  }
}

}  // namespace tests
