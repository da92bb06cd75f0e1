// What every store keeps to about webhooks and their deliveries.

#include "tests/bridge/store_contract.h"

namespace tests {

using bridge::DueEffect;
using bridge::NewEffect;
using bridge::NewRequest;
using bridge::Record;
using bridge::RequestRef;

namespace {
NewEffect sample_delivery(const std::string& slot, const std::string& lane = "hook:siem") {
  NewEffect effect = sample_effect(slot, at(0), 5);
  effect.kind = bridge::deliver_kind;
  effect.lane = lane;
  return effect;
}
}  // namespace

void StoreContract::delivers_a_requests_changes_in_order() {
  const RequestRef first = store_->submit(sample_request()).record.ref;
  const RequestRef second = store_->submit(sample_request()).record.ref;
  store_->append(first, {sample_delivery("a0"), sample_delivery("a1")}, {});
  store_->append(second, {sample_delivery("b0")}, {});
  store_->append(first, {sample_delivery("a2")}, {});
  const auto claim = [this](int now) {
    std::string slots;
    std::vector<DueEffect> due = store_->claim("hook:siem", at(now), at(now + 60), 10);
    for (const DueEffect& effect : due) slots += effect.slot + ' ';
    return std::pair(slots, due);
  };
  auto [slots, due] = claim(1);
  CPPUNIT_ASSERT_EQUAL(std::string("a0 b0 "), slots);
  CPPUNIT_ASSERT_EQUAL_MESSAGE("leased", std::string(), claim(2).first);
  store_->hooks().put_off(due.at(0).id, first, at(30), true);
  CPPUNIT_ASSERT_EQUAL_MESSAGE("put off", std::string(), claim(3).first);
  CPPUNIT_ASSERT(store_->next_due("hook:siem") == at(30));
  store_->release_leases();
  reopen();
  store_->release_leases();
  CPPUNIT_ASSERT_EQUAL_MESSAGE("started anew", std::string("b0 "), claim(4).first);
  due = claim(31).second;
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, due.size());
  CPPUNIT_ASSERT_EQUAL(std::string("a0"), due.at(0).slot);
  CPPUNIT_ASSERT_EQUAL(1, due.at(0).attempts);
  store_->finish(due.at(0).id, first, {});
  due = claim(32).second;
  CPPUNIT_ASSERT_EQUAL(std::string("a1"), due.at(0).slot);
  store_->finish(due.at(0).id, first, {});
  CPPUNIT_ASSERT_EQUAL(std::string("a2 "), claim(33).first);
}

void StoreContract::holds_nothing_else_up_with_a_delivery() {
  const RequestRef ref = store_->submit(sample_request()).record.ref;
  store_->append(ref, {sample_delivery("a"), sample_delivery("b", "hook:other")}, {});
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, store_->claim("hook:siem", at(1), at(60), 9).size());
  CPPUNIT_ASSERT(store_->next_due("desk:snow") == at(0));
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, store_->claim("desk:snow", at(1), at(60), 9).size());
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, store_->claim("hook:other", at(1), at(60), 9).size());
}

void StoreContract::gives_a_new_requests_delivery_its_object() {
  NewRequest request = sample_request();
  request.effects.push_back(sample_delivery("a"));
  request.effects.back().payload = "head\n";
  request.effects.back().with_body = true;
  const Record record = store_->submit(request).record;
  const auto open = store_->hooks().open_deliveries("hook:siem", 10);
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, open.size());
  CPPUNIT_ASSERT_EQUAL("head\n" + record.body, open.at(0).payload);
  CPPUNIT_ASSERT(open.at(0).ref == record.ref);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store_->hooks().count_deliveries("hook:siem"));
}

void StoreContract::keeps_webhooks_and_their_messages() {
  const RequestRef ref = store_->submit(sample_request()).record.ref;
  store_->append(ref, {sample_delivery("a", "hook:wh_1"), sample_delivery("b", "hook:wh_2")}, {});
  store_->hooks().put_webhook({"wh_1", "acme", "{}", at(1)}, {});
  store_->hooks().put_webhook({"wh_2", "acme", "{}", at(2)}, {});
  store_->hooks().put_webhook({"wh_1", "acme", R"({"url":"x"})", at(3)}, {});
  store_->hooks().set_hook_message(ref, "hook:wh_1", "1.1");
  store_->hooks().set_hook_message(ref, "hook:wh_1", "1.2");
  reopen();
  CPPUNIT_ASSERT_EQUAL(std::size_t{2}, store_->hooks().webhooks().size());
  CPPUNIT_ASSERT_EQUAL(std::string(R"({"url":"x"})"), store_->hooks().webhooks().at(0).settings);
  CPPUNIT_ASSERT(store_->hooks().webhooks().at(0).created == at(1));
  CPPUNIT_ASSERT_EQUAL(std::string("1.2"), store_->hooks().hook_message(ref, "hook:wh_1").value_or("none"));
  CPPUNIT_ASSERT(!store_->hooks().hook_message(ref, "hook:wh_2"));
  CPPUNIT_ASSERT(store_->hooks().drop_webhook("wh_1", "hook:wh_1", {}));
  CPPUNIT_ASSERT(!store_->hooks().drop_webhook("wh_1", "hook:wh_1", {}));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store_->hooks().count_deliveries("hook:wh_1"));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store_->hooks().count_deliveries("hook:wh_2"));
  CPPUNIT_ASSERT(!store_->hooks().hook_message(ref, "hook:wh_1"));
}

}  // namespace tests
