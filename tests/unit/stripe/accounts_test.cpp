// The settings of Stripe accounts: the accounts that they give, and errors that contain no secret.
#include "stripe/accounts.hpp"

#include <catch2/catch.hpp>

namespace quittance::stripe {
namespace {

std::string problem_of(const AccountSettings& settings, AccountUse use) {
    const auto accounts = read_accounts(settings, use);
    return accounts ? std::string() : accounts.error().detail;
}

TEST_CASE("one account from the single settings") {
    const auto plain = read_accounts({{}, "sk_test_1", {"whsec_1"}, {}}, AccountUse::kApi);
    REQUIRE(plain.has_value());
    REQUIRE(plain->size() == 1);
    CHECK(plain->front().label == "default");
    CHECK(plain->front().api_key == "sk_test_1");
    CHECK(plain->front().webhook_secrets == std::vector<base::Secret>{"whsec_1"});
    CHECK(plain->front().livemode == false);
    const auto named = read_accounts({{}, "rk_live_1", {}, "eu"}, AccountUse::kApi);
    REQUIRE(named.has_value());
    CHECK(named->front().label == "eu");
    CHECK(named->front().livemode == true);
    CHECK_FALSE(problem_of({}, AccountUse::kApi).empty());
    // Without a secret a receiver of webhooks is closed, not broken; its mode nobody has told.
    const auto closed = read_accounts({}, AccountUse::kWebhooks);
    REQUIRE(closed.has_value());
    CHECK(closed->front().webhook_secrets.empty());
    CHECK_FALSE(closed->front().livemode);
}

TEST_CASE("several accounts, each with its mode") {
    const AccountSettings settings{R"([
        {"label": "eu", "api_key": "sk_live_eu", "webhook_secrets": ["whsec_1", "whsec_2"]},
        {"label": "eu-test", "api_key": "rk_test_eu", "webhook_secrets": ["whsec_3"], "livemode": false},
        {"label": "us", "api_key": "unusual", "livemode": true, "webhook_secrets": ["whsec_4"]}])",
                                   {},
                                   {},
                                   {}};
    for (const auto use : {AccountUse::kApi, AccountUse::kWebhooks}) {
        const auto accounts = read_accounts(settings, use);
        REQUIRE(accounts.has_value());
        REQUIRE(accounts->size() == 3);
        CHECK((*accounts)[0].webhook_secrets.size() == 2);
        CHECK((*accounts)[0].livemode == true);
        CHECK((*accounts)[1].livemode == false);
        CHECK((*accounts)[2].label == "us");
        CHECK((*accounts)[2].livemode == true);
    }
}

TEST_CASE("secrets of one account need their mode, which nothing in them shows") {
    const auto problem = problem_of({{}, {}, {"whsec_1"}, {}}, AccountUse::kWebhooks);
    CHECK(problem.find("STRIPE_LIVEMODE") != std::string::npos);
    CHECK(problem.find("STRIPE_WEBHOOK_SECRETS") != std::string::npos);
    CHECK(problem.find("whsec_1") == std::string::npos);
    CHECK(problem_of({{}, {}, {"whsec_1"}, {}, "yes"}, AccountUse::kWebhooks).find("STRIPE_LIVEMODE") == 0);
    CHECK(problem_of({{}, "sk_live_1", {"whsec_1"}, {}, "false"}, AccountUse::kApi).find("STRIPE_LIVEMODE") == 0);
    for (const bool livemode : {true, false}) {
        const auto accounts =
            read_accounts({{}, {}, {"whsec_1"}, {}, livemode ? "true" : "false"}, AccountUse::kWebhooks);
        REQUIRE(accounts.has_value());
        CHECK(accounts->front().livemode == livemode);
    }
}

TEST_CASE("an entry names its own Stripe account, and connected accounts with labels of their own") {
    const AccountSettings settings{
        R"([{"label": "platform", "api_key": "sk_live_1", "webhook_secrets": ["whsec_1"], "account": "acct_1",
             "connected": [{"label": "shop", "account": "acct_2"}, {"label": "cafe", "account": "acct_3"}]},
            {"label": "platform-test", "api_key": "sk_test_1", "webhook_secrets": ["whsec_2"], "account": "acct_1",
             "connected": [{"label": "shop-test", "account": "acct_2"}]}])",
        {},
        {},
        {}};
    for (const auto use : {AccountUse::kApi, AccountUse::kWebhooks}) {
        const auto accounts = read_accounts(settings, use);
        REQUIRE(accounts.has_value());
        REQUIRE(accounts->size() == 2);
        CHECK(accounts->front().stripe_account_id == "acct_1");
        REQUIRE(accounts->front().connected.size() == 2);
        CHECK(accounts->front().connected[1].label == "cafe");
        CHECK(accounts->front().connected[1].stripe_account_id == "acct_3");
    }
}

TEST_CASE("a receiver of webhooks needs no keys, a caller no secrets") {
    const AccountSettings secrets{R"([{"label":"a","webhook_secrets":["whsec_1"],"livemode":true}])", {}, {}, {}};
    CHECK(problem_of(secrets, AccountUse::kWebhooks).empty());
    CHECK(problem_of(secrets, AccountUse::kApi) == "STRIPE_ACCOUNTS: entry 1 (\"a\") must have an api_key");
    const AccountSettings keys{R"([{"label":"a","api_key":"sk_test_1"}])", {}, {}, {}};
    CHECK(problem_of(keys, AccountUse::kApi).empty());
    CHECK(problem_of(keys, AccountUse::kWebhooks) == "STRIPE_ACCOUNTS: entry 1 (\"a\") must have webhook_secrets");
}

TEST_CASE("what is wrong is named, and no secret is told") {
    const char* const wrong[] = {
        "hush",
        R"({"label":"a","api_key":"sk_test_hush"})",
        "[]",
        R"(["sk_test_hush"])",
        R"([{"api_key":"sk_test_hush"}])",
        R"([{"label":"sk test hush","api_key":"sk_test_hush"}])",
        R"([{"label":"","api_key":"sk_test_hush"}])",
        R"([{"label":7,"api_key":"sk_test_hush"}])",
        R"([{"label":"a"}])",
        R"([{"label":"a","api_key":""}])",
        R"([{"label":"a","api_key":"sk_test_hush\nHost: x"}])",
        R"([{"label":"a","api_key":["sk_test_hush"]}])",
        R"([{"label":"a","api_key":"hush"}])",
        R"([{"label":"a","api_key":"sk_test_hush","livemode":true}])",
        R"([{"label":"a","api_key":"sk_test_hush","livemode":"false"}])",
        R"([{"label":"a","api_key":"sk_test_hush","webhook_secrets":[]}])",
        R"([{"label":"a","api_key":"sk_test_hush","webhook_secrets":"whsec_hush"}])",
        R"([{"label":"a","api_key":"sk_test_hush","webhook_secrets":[""]}])",
        R"([{"label":"a","api_key":"sk_test_hush","apikey":"hush"}])",
        R"([{"label":"a","api_key":"sk_test_hush","account":"hush"}])",
        R"([{"label":"a","api_key":"sk_test_hush","account":7}])",
        R"([{"label":"a","api_key":"sk_test_hush","connected":{"label":"b","account":"acct_1"}}])",
        R"([{"label":"a","api_key":"sk_test_hush","connected":["acct_1"]}])",
        R"([{"label":"a","api_key":"sk_test_hush","connected":[{"label":"b"}]}])",
        R"([{"label":"a","api_key":"sk_test_hush","connected":[{"account":"acct_1"}]}])",
        R"([{"label":"a","api_key":"sk_test_hush","connected":[{"label":"b","account":"acct_1","key":"hush"}]}])",
        R"([{"label":"a","api_key":"sk_test_hush","connected":[{"label":"a","account":"acct_1"}]}])",
        R"([{"label":"a","api_key":"sk_test_hush","account":"acct_1","connected":[{"label":"b","account":"acct_1"}]}])",
        R"([{"label":"a","api_key":"sk_test_hush1"},{"label":"a","api_key":"sk_test_hush2"}])",
        R"([{"label":"a","api_key":"sk_test_hush"},{"label":"b","api_key":"sk_test_hush"}])",
        R"([{"label":"a","api_key":"sk_test_1","webhook_secrets":["hush"]},
            {"label":"b","api_key":"sk_test_2","webhook_secrets":["hush"]}])",
    };
    for (const auto* text : wrong) {
        INFO(text);
        const auto problem = problem_of({text, {}, {}, {}}, AccountUse::kApi);
        CHECK(problem.starts_with("STRIPE_ACCOUNTS"));
        CHECK(problem.find("hush") == std::string::npos);
    }
    CHECK(problem_of({R"([{"label":"a","api_key":"sk_test_1"},{"label":"b"}])", {}, {}, {}}, AccountUse::kApi)
              .find("entry 2 (\"b\")") != std::string::npos);
}

TEST_CASE("both ways at once are refused") {
    const std::string list = R"([{"label":"a","api_key":"sk_test_1","webhook_secrets":["whsec_1"]}])";
    for (const auto& settings : {AccountSettings{list, "sk_test_2", {}, {}}, AccountSettings{list, {}, {"whsec_2"}, {}},
                                 AccountSettings{list, {}, {}, "default"}, AccountSettings{list, {}, {}, {}, "false"}})
        CHECK(problem_of(settings, AccountUse::kWebhooks).find("excludes") != std::string::npos);
}

}  // namespace
}  // namespace quittance::stripe
