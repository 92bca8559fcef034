// When calls of an account may be sent, and when the gateway is ready.
#include "stripe_gateway/stripe_api/account_identity.hpp"

#include <catch2/catch.hpp>

namespace quittance::stripe_gateway {
namespace {

const NoAnswer& silence(const std::optional<StripeOutcome>& refusal) {
    REQUIRE(refusal);
    REQUIRE(std::holds_alternative<NoAnswer>(*refusal));
    return std::get<NoAnswer>(*refusal);
}

TEST_CASE("an account that nobody checks is trusted") {
    const AccountIdentity identity;
    CHECK_FALSE(identity.refusal());
    CHECK(identity.ready());
    CHECK(identity.describe().empty());
}

TEST_CASE("until an account is trusted no call is sent") {
    AccountIdentity identity;
    identity.require();
    CHECK(silence(identity.refusal()).account_pending);
    CHECK_FALSE(identity.ready());
    // The store is away: a gateway that starts now serves nobody.
    identity.note_failure("the store was not asked", true);
    CHECK(silence(identity.refusal()).account_pending);
    CHECK_FALSE(identity.ready());
    // Stripe is away: clear answers are better than none.
    identity.note_failure("Stripe cannot be reached", false);
    CHECK(silence(identity.refusal()).account_pending);
    CHECK(identity.ready());
    CHECK(identity.describe() == "account not verified: Stripe cannot be reached");
    identity.trust();
    CHECK_FALSE(identity.refusal());
    CHECK(identity.ready());
}

TEST_CASE("a key that Stripe refuses gets Stripe's answer at every call") {
    AccountIdentity identity;
    identity.require();
    StripeAnswer refused;
    refused.status = 401;
    identity.note_refusal(refused);
    const auto refusal = identity.refusal();
    REQUIRE(refusal);
    REQUIRE(std::holds_alternative<StripeAnswer>(*refusal));
    CHECK(std::get<StripeAnswer>(*refusal).status == 401);
    CHECK(identity.ready());
}

TEST_CASE("a key of another account asks nothing, makes the gateway unready, and stays so until it is trusted") {
    AccountIdentity identity;
    identity.require();
    identity.distrust("the key is of acct_2");
    CHECK(silence(identity.refusal()).other_account);
    CHECK_FALSE(identity.ready());
    identity.note_failure("Stripe cannot be reached", false);
    CHECK(silence(identity.refusal()).other_account);
    CHECK(identity.describe() == "another account: the key is of acct_2");
    identity.trust();
    CHECK_FALSE(identity.refusal());
}

}  // namespace
}  // namespace quittance::stripe_gateway
