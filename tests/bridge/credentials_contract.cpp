// What every store keeps to about credentials, key groups and roles.

#include <atomic>
#include <functional>
#include <thread>

#include "bridge/ops/error.h"
#include "tests/bridge/store_contract.h"

namespace tests {

using bridge::ErrorCode;

namespace {
bridge::Credential full_credential() {
  bridge::Credential key;
  key.id = "3fa97f2c";
  key.kind = bridge::CredentialKind::client;
  key.queue = "acme";
  key.more_queues = {"beta", "contoso"};
  key.group = "desk";
  key.label = "Jörg's \"key\"";
  key.on_behalf_of = "ann@acme.test";
  key.role = "reader";
  key.scopes = bridge::Scopes{bridge::Scope::read, bridge::Scope::manage};
  key.networks = {"192.0.2.0/24", "2001:db8::/32"};
  key.active = false;
  key.created = at(2);
  key.not_before = at(3);
  key.expires = at(4);
  key.hash = "hmac-sha256:1";
  key.previous_hash = "hmac-sha256:0";
  key.previous_until = at(5);
  key.last_four = "Ab1z";
  key.generation = INT64_MAX;
  key.revision = 1;
  return key;
}
}  // namespace

void StoreContract::keeps_credentials() {
  bridge::Credentials& all = store_->credentials();
  const bridge::Credential first = full_credential();
  bridge::Credential second;
  second.id = "00000001";
  second.queue = "beta";
  second.created = at(1);
  const auto begin = all.version();
  all.add(first, {});
  all.add(second, {});
  CPPUNIT_ASSERT(all.version() > begin);
  CPPUNIT_ASSERT(all.find(first.id) == first);
  CPPUNIT_ASSERT(!all.find("00000002"));
  CPPUNIT_ASSERT(code_of([&] { all.add(first, {}); }) == ErrorCode::conflict);
  CPPUNIT_ASSERT_EQUAL(std::size_t{2}, all.list().size());
  CPPUNIT_ASSERT_EQUAL(second.id, all.list()[0].id);
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.list("acme").size());

  // Whoever read an older revision must read again.
  bridge::Credential changed = *all.find(second.id);
  changed.label = "new";
  const auto before = all.version();
  all.change(changed, {});
  CPPUNIT_ASSERT(all.version() > before);
  CPPUNIT_ASSERT_EQUAL(std::string("new"), all.find(second.id)->label);
  CPPUNIT_ASSERT(code_of([&] { all.change(changed, {}); }) == ErrorCode::conflict);
  changed.id = "00000002";
  CPPUNIT_ASSERT(code_of([&] { all.change(changed, {}); }) == ErrorCode::not_found);

  CPPUNIT_ASSERT(all.remove(second.id, {}));
  CPPUNIT_ASSERT(!all.remove(second.id, {}));
  CPPUNIT_ASSERT(!all.find(second.id));
}

void StoreContract::records_each_change_of_a_credential_with_it() {
  bridge::Credentials& all = store_->credentials();
  const auto entry = [](const std::string& action) {
    bridge::TrailEntry made;
    made.at = at(1);
    made.action = action;
    made.object = "credential 3fa97f2c";
    return std::vector{made};
  };
  const auto actions = [this] {
    std::string text;
    for (const auto& record : store_->trail().search({})) text += record.entry.action + ' ';
    return text;
  };
  bridge::Credential row = full_credential();
  all.add(row, entry("added"));
  all.change(row, entry("changed"));
  CPPUNIT_ASSERT_EQUAL(std::string("added changed "), actions());
  // What was not done is not recorded.
  CPPUNIT_ASSERT(code_of([&] { all.add(row, entry("twice")); }) == ErrorCode::conflict);
  CPPUNIT_ASSERT(code_of([&] { all.change(row, entry("late")); }) == ErrorCode::conflict);
  CPPUNIT_ASSERT(!all.remove("00000002", entry("nobody")));
  CPPUNIT_ASSERT(!all.remove_group("acme", "none", entry("no group")));
  CPPUNIT_ASSERT(!all.remove_role("none", entry("no role")));
  CPPUNIT_ASSERT_EQUAL(std::string("added changed "), actions());
  all.add_group({"g", "acme", "", at(1)}, entry("group"));
  all.add_role({"r", "acme", "R", "", {}, {}, false, at(1)}, entry("role"));
  CPPUNIT_ASSERT(all.remove_role("r", entry("role gone")));
  CPPUNIT_ASSERT(all.remove(row.id, entry("gone")));
  CPPUNIT_ASSERT_EQUAL(std::string("added changed group role role gone gone "), actions());
}

void StoreContract::notes_uses_without_a_change() {
  bridge::Credentials& all = store_->credentials();
  all.add(full_credential(), {});
  const auto version = all.version();
  all.note_uses({{"3fa97f2c", at(10), "192.0.2.1", 3}, {"00000002", at(10), "192.0.2.1", 1}});
  all.note_uses({{"3fa97f2c", at(9), "192.0.2.2", 2}});
  const bridge::Credential used = all.find("3fa97f2c").value();
  CPPUNIT_ASSERT(used.last_used == at(10));
  CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.2 5"), used.last_ip + ' ' + std::to_string(used.uses));
  all.rehash("3fa97f2c", "hmac-sha256:1", "hmac-sha256:2");
  all.rehash("3fa97f2c", "hmac-sha256:1", "hmac-sha256:3");
  CPPUNIT_ASSERT_EQUAL(std::string("hmac-sha256:2"), all.find("3fa97f2c")->hash);
  CPPUNIT_ASSERT_EQUAL(version, all.version());
  CPPUNIT_ASSERT(all.remove("3fa97f2c", {}));
}

void StoreContract::keeps_key_groups_and_roles() {
  bridge::Credentials& all = store_->credentials();
  all.add_group({"desk", "acme", "of the desk", at(1)}, {});
  all.add_group({"desk", "beta", "", at(2)}, {});
  all.change_group({"desk", "acme", "of the desk", at(1)}, {"desk", "acme", "changed", at(3)}, {});
  const std::vector<bridge::KeyGroup> expected = {{"desk", "acme", "changed", at(1)}};
  CPPUNIT_ASSERT(expected == all.groups("acme"));
  CPPUNIT_ASSERT_EQUAL(std::size_t{2}, all.groups().size());
  all.add(full_credential(), {});
  CPPUNIT_ASSERT(code_of([&] { all.remove_group("acme", "desk", {}); }) == ErrorCode::conflict);
  CPPUNIT_ASSERT(all.remove_group("beta", "desk", {}));
  CPPUNIT_ASSERT(!all.remove_group("beta", "desk", {}));

  bridge::RoleRow role{"reader",
                       "acme",
                       "Zähler",
                       "counts",
                       bridge::Scopes{bridge::Scope::read},
                       {"requests|GET", "auditlog|GET"},
                       true,
                       at(1)};
  all.add_role(role, {});
  const bridge::RoleRow first = role;
  role.description = "counts more";
  all.change_role(first, role, {});
  CPPUNIT_ASSERT(std::vector{role} == all.roles());
  bridge::RoleRow same = role;
  same.id = "other";
  same.name = "ZÄHLER";
  CPPUNIT_ASSERT(code_of([&] { all.add_role(same, {}); }) == ErrorCode::conflict);
  same.queue = "beta";
  all.add_role(same, {});
  CPPUNIT_ASSERT(code_of([&] { all.remove_role("reader", {}); }) == ErrorCode::conflict);
  CPPUNIT_ASSERT(all.remove_role("other", {}));
  CPPUNIT_ASSERT(!all.remove_role("other", {}));
}

void StoreContract::lets_one_of_two_make_a_key_group_or_a_role() {
  bridge::Credentials& all = store_->credentials();
  const auto entry = [](const std::string& action) {
    bridge::TrailEntry made;
    made.at = at(1);
    made.action = action;
    return std::vector{made};
  };
  const auto rows = [this](const std::string& action) {
    bridge::TrailQuery query;
    query.action = action;
    return store_->trail().search(query).size();
  };
  // Who of `many` does it, at once.
  const auto done = [](int many, const std::function<void(int)>& act) {
    std::atomic<int> good{0}, refused{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < many; ++i)
      threads.emplace_back([&, i] {
        try {
          act(i);
          ++good;
        } catch (const bridge::Error& error) {
          if (error.code() == ErrorCode::conflict || error.code() == ErrorCode::not_found) ++refused;
        }
      });
    for (std::thread& thread : threads) thread.join();
    return std::pair(good.load(), refused.load());
  };
  const auto one_of_eight = std::pair(1, 7);
  CPPUNIT_ASSERT(done(8, [&](int i) {
                   all.add_group({"siem", "acme", std::to_string(i), at(1)}, entry("group.added"));
                 }) == one_of_eight);
  const bridge::KeyGroup group = all.groups("acme").at(0);
  CPPUNIT_ASSERT(done(8, [&](int i) {
                   all.change_group(group, {"siem", "acme", "changed " + std::to_string(i), at(1)},
                                    entry("group.changed"));
                 }) == one_of_eight);
  CPPUNIT_ASSERT(
      done(8, [&](int i) {
        all.add_role({std::to_string(i), "acme", "Reader", "", {}, {}, false, at(1)}, entry("role.added"));
      }) == one_of_eight);
  const bridge::RoleRow role = all.roles().at(0);
  CPPUNIT_ASSERT(done(8, [&](int i) {
                   bridge::RoleRow after = role;
                   after.permissions = {"requests|GET", "call" + std::to_string(i) + "|GET"};
                   all.change_role(role, after, entry("role.changed"));
                 }) == one_of_eight);
  for (const char* action : {"group.added", "group.changed", "role.added", "role.changed"})
    CPPUNIT_ASSERT_EQUAL_MESSAGE(action, std::size_t{1}, rows(action));
}

void StoreContract::makes_nothing_again_that_is_gone() {
  bridge::Credentials& all = store_->credentials();
  const bridge::KeyGroup group{"siem", "acme", "", at(1)};
  const bridge::RoleRow role{"r", "acme", "R", "", {}, {}, false, at(1)};
  all.add_group(group, {});
  all.add_role(role, {});
  CPPUNIT_ASSERT(all.remove_group("acme", "siem", {}) && all.remove_role("r", {}));
  const auto version = all.version();
  bridge::KeyGroup other = group;
  other.description = "changed";
  CPPUNIT_ASSERT(code_of([&] { all.change_group(group, other, {}); }) == ErrorCode::not_found);
  CPPUNIT_ASSERT(code_of([&] { all.change_role(role, role, {}); }) == ErrorCode::not_found);
  // Nor a key in a group that went meanwhile: nobody would see it.
  bridge::Credential key;
  key.id = "00000001";
  key.kind = bridge::CredentialKind::rest_key;
  key.queue = "acme";
  key.group = "siem";
  CPPUNIT_ASSERT(code_of([&] { all.add(key, {}); }) == ErrorCode::not_found);
  CPPUNIT_ASSERT(all.groups().empty() && all.roles().empty() && all.list().empty());
  CPPUNIT_ASSERT_EQUAL(version, all.version());
}

void StoreContract::keeps_what_is_locked() {
  bridge::Credentials& all = store_->credentials();
  const auto version = all.version();
  const bridge::LoginLock id{"credential 3fa97f2c", at(10), 1}, address{"address 192.0.2.1", at(20), 3};
  all.keep_locks({id, address}, {});
  CPPUNIT_ASSERT((all.locks() == std::vector{address, id}));
  const bridge::LoginLock longer{id.object, at(30), 2};
  all.keep_locks({longer}, {address.object, "address 192.0.2.2"});
  CPPUNIT_ASSERT(all.locks() == std::vector{longer});
  bridge::TrailEntry entry;
  entry.at = at(1);
  entry.action = "login.unlocked";
  CPPUNIT_ASSERT(!all.unlock(address.object, {entry}));
  CPPUNIT_ASSERT(store_->trail().search({}).empty());
  CPPUNIT_ASSERT(all.unlock(id.object, {entry}));
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, store_->trail().search({}).size());
  CPPUNIT_ASSERT(all.locks().empty());
  CPPUNIT_ASSERT_EQUAL(version, all.version());
}

}  // namespace tests
