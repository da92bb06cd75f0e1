#include "bridge/access/verdict.h"

#include "bridge/access/basic_auth.h"
#include "bridge/access/bearer_token.h"

namespace bridge {

namespace {
enum class Proof { none, old, good };  // old: of a secret whose time is over

Proof proof_of(const KnownCredential* credential, const Pepper& pepper, std::string_view whole, Time now) {
  static const SecretHash nobody;
  const Pepper::Digest mine = pepper.mac(whole);
  const SecretHash& wanted = credential != nullptr && credential->hash ? *credential->hash : nobody;
  bool good =
      wanted.keyed ? same_digest(wanted.digest, mine) : same_digest(wanted.digest, plain_digest(whole));
  bool old = false;
  if (credential != nullptr && credential->previous) {
    const SecretHash& previous = *credential->previous;
    old = same_digest(previous.digest, previous.keyed ? mine : plain_digest(whole));
    const auto& until = credential->row.previous_until;
    good = (old && until && now < *until) || good;
  }
  if (&wanted == &nobody) return Proof::none;
  return good ? Proof::good : old ? Proof::old : Proof::none;
}

bool opens_with(CredentialKind kind, SecretForm form) noexcept {
  switch (kind) {
    case CredentialKind::api_key:
      return form == SecretForm::api_key;
    case CredentialKind::rest_key:
      return form == SecretForm::rest_key;
    case CredentialKind::client:
      return form == SecretForm::client_secret;
  }
  return false;
}

Verdict refused(std::string_view why, bool guess = false) {
  return {nullptr, guess, why, {}};
}
}  // namespace

Verdict judge(const CredentialSnapshot& known, const Pepper& pepper, const SecretText& text,
              std::string_view whole, Time now) {
  const KnownCredential* credential = known.find(text.id);
  Scopes scopes = Scopes::all();
  bool good = false;
  std::string_view over;  // why what was good once is no more
  if (text.form == SecretForm::token) {
    const auto claims = read_token(pepper, text, whole);
    good = claims.has_value();
    const bool goes_on = good && credential != nullptr && credential->row.kind == CredentialKind::client &&
                         same_secret(credential->fingerprint, claims->fingerprint);
    if (!goes_on)
      over = "token ended";
    else if (!claims->until || now >= *claims->until)
      over = "token expired";
    if (good) scopes = claims->scopes;
  } else {
    const Proof shown = proof_of(credential, pepper, whole, now);
    good = shown != Proof::none && credential != nullptr && opens_with(credential->row.kind, text.form);
    if (shown == Proof::old) over = "old secret";
  }
  if (!good) return refused(credential == nullptr ? "unknown id" : "wrong secret", true);
  if (!over.empty()) return refused(over);
  const Credential& row = credential->row;
  if (row.queue.empty()) return refused("of no tenant");
  if (!row.active) return refused("not active");
  if (row.not_before && now < *row.not_before) return refused("not valid yet");
  if (row.expires && now >= *row.expires) return refused("expired");
  return {credential, false, {}, scopes.within(row.scopes)};
}

}  // namespace bridge
