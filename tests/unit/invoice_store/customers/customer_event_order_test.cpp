// The last word of a second about a customer: the same in every order of arrival, whatever the events are called.
#include "invoice_store/customers/customer_event_order.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <random>

using namespace quittance;
using invoice_store::CustomerChange;

namespace {

v1::StripeCustomer named(const std::string& name) {
    v1::StripeCustomer customer;
    customer.set_stripe_customer_id("cus_1");
    customer.set_name(name);
    customer.set_team_id("team of " + name);
    return customer;
}

CustomerChange created(const std::string& name) {
    return {"", "customer.created", named(name)};
}

CustomerChange changed(const std::string& from, const std::string& to) {
    CustomerChange word{"", "customer.updated", named(to)};
    *word.customer.mutable_previous() = named(from);
    return word;
}

CustomerChange removed(const std::string& name) {
    CustomerChange word{"", "customer.deleted", named(name)};
    word.customer.set_deleted(true);
    return word;
}

// The last of the words, given in the order in which they were said, must be the last one in every order of arrival and
// for every order of their ids; told by what it says.
void check_last(std::vector<CustomerChange> said) {
    const auto expected = said.back().customer.name();
    std::vector<std::size_t> ids(said.size());
    std::iota(ids.begin(), ids.end(), 0);
    do {
        auto words = said;
        for (std::size_t i = 0; i < words.size(); ++i) words[i].event_id = "evt_" + std::to_string(ids[i]);
        std::sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.event_id < b.event_id; });
        CHECK(invoice_store::newest_of(words).customer.name() == expected);
        std::reverse(words.begin(), words.end());
        CHECK(invoice_store::newest_of(words).customer.name() == expected);
    } while (std::next_permutation(ids.begin(), ids.end()));
}

}  // namespace

TEST_CASE("the last of a second's words about a customer is told by what they changed") {
    check_last({created("A")});
    check_last({created("A"), changed("A", "B")});
    check_last({created("A"), changed("A", "A"), changed("A", "B")});
    check_last({created("A"), changed("A", "B"), changed("B", "B")});
    check_last({created("A"), changed("A", "B"), changed("B", "C"), changed("C", "D")});
    check_last({changed("A", "B"), changed("B", "C")});
    check_last({changed("A", "A"), changed("A", "B")});
    check_last({changed("A", "B"), changed("B", "A"), changed("A", "C")});
    check_last({created("A"), changed("A", "B"), changed("B", "A")});
    check_last({created("A"), changed("A", "B"), removed("B")});
    check_last({created("A"), removed("A")});
    // The first change has not come, or not yet.
    check_last({created("A"), changed("B", "C")});
    check_last({created("A"), changed("B", "B")});
}

TEST_CASE("a walk of changes ends at its last one") {
    std::mt19937 random(20'261'122);
    for (int walk = 0; walk < 300; ++walk) {
        std::string at = "A";
        std::vector<CustomerChange> said = {created(at)};
        for (auto steps = random() % 9; steps > 0; --steps) {
            const std::string next(1, static_cast<char>('A' + random() % 4));
            said.push_back(changed(at, next));
            at = next;
        }
        std::shuffle(said.begin(), said.end(), random);
        for (std::size_t i = 0; i < said.size(); ++i) said[i].event_id = "evt_" + std::to_string(random());
        INFO("walk " << walk);
        CHECK(invoice_store::newest_of(said).customer.name() == at);
    }
}

TEST_CASE("what no word tells is decided by the greatest event id") {
    // There and back again: where it began is not told.
    auto there = changed("A", "B");
    auto back = changed("B", "A");
    there.event_id = "evt_2";
    back.event_id = "evt_1";
    CHECK(invoice_store::newest_of({there, back}).event_id == "evt_2");
    CHECK(invoice_store::newest_of({back, there}).event_id == "evt_2");
    // A word of which nothing but its result is known.
    CustomerChange known{"evt_3", "", named("C")};
    auto other = changed("D", "D");
    other.event_id = "evt_1";
    CHECK(invoice_store::newest_of({known, other}).event_id == "evt_3");
}
