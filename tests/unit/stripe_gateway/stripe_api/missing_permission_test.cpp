// The log of a restricted key without a permission names the missing permission and shows nothing of the key.
#include "stripe_gateway/stripe_api/missing_permission.hpp"

#include <catch2/catch.hpp>

namespace quittance::stripe_gateway {
namespace {

TEST_CASE("the permissions that Stripe names") {
    struct Case {
        const char* message;
        const char* permissions;
    };
    const Case cases[] = {
        {"The provided key 'rk_test_*****1234' does not have the required permissions for this endpoint on account "
         "'acct_1'. Having the 'rak_invoice_write' permission would allow this request to continue.",
         "rak_invoice_write"},
        {"Having the 'rak_invoice_write' or 'rak_accounts_kyc_basic_read' permissions …",
         "rak_invoice_write, rak_accounts_kyc_basic_read"},
        {"rak_charge_read", "rak_charge_read"},
        {"The key may not do that.", ""},
        {"rak_", ""},
        {"", ""},
    };
    for (const auto& example : cases) {
        INFO(example.message);
        CHECK(permissions_in(example.message) == example.permissions);
    }
}

TEST_CASE("no key is in the log, whole or in stars") {
    CHECK(without_keys("The key 'rk_test_51AbC*****xyz9' lacks a permission.") ==
          "The key 'rk_test_…' lacks a permission.");
    CHECK(without_keys("sk_live_abcDEF0123, rk_live_1") == "sk_live_…, rk_live_…");
    CHECK(without_keys("no key, a task_test") == "no key, a task_test");
    CHECK(without_keys("") == "");
}

}  // namespace
}  // namespace quittance::stripe_gateway
