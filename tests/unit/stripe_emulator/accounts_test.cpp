// Whose objects a call sees: those of its key's account and mode, or those of the connected account that it names.
#include "emulator.hpp"

using namespace quittance::stripe_emulator::test;

namespace {

constexpr auto kOther = "acct_1OtherAccount00001";
constexpr auto kConnected = "acct_1ConnectedAcct001";

struct Several : Emulator {
    Several() {
        accounts.add(kOther, "");
        accounts.give_key("sk_test_of_the_other", kOther);
        accounts.add(kConnected, account.settings.id);
    }
};

}  // namespace

TEST_CASE("an account is read by its own keys") {
    Several emulator;
    const auto own = emulator.get("/v1/account");
    REQUIRE(own.status == 200);
    CHECK(own.text("id") == emulator.account.settings.id);
    CHECK(own.text("object") == "account");
    emulator.key = "sk_test_of_the_other";
    CHECK(emulator.get("/v1/account").text("id") == kOther);
    CHECK(emulator.get("/v1/accounts/" + emulator.account.settings.id).status == 403);
    CHECK(emulator.get("/v1/accounts").object().at("data").as_array().empty());
}

TEST_CASE("another account's key and the other mode's key see nothing") {
    Several emulator;
    const auto id = emulator.open(emulator.customer(), 700);
    for (const std::string key : {"sk_test_of_the_other", "sk_live_0123456789"}) {
        emulator.key = key;
        const auto reply = emulator.get("/v1/invoices/" + id);
        CHECK(reply.status == 404);
        CHECK(reply.error_text("code") == "resource_missing");
        CHECK(reply.error_text("message") == "No such invoice: '" + id + "'");
        CHECK(emulator.get("/v1/invoices").object().at("data").as_array().empty());
        CHECK(emulator.get("/v1/events").object().at("data").as_array().empty());
    }
    CHECK(emulator.get("/v1/account").text("id") == emulator.account.settings.id);
    const auto live = emulator.post("/v1/customers", "name=Ada");
    CHECK(live.object().at("livemode") == true);
    emulator.key = "sk_test_123456789";
    CHECK(emulator.get("/v1/customers/" + live.text("id")).status == 404);
    CHECK(emulator.get("/v1/invoices/" + id).status == 200);
}

TEST_CASE("a connected account's objects need the header, and its events name it") {
    Several emulator;
    emulator.stripe_account = kConnected;
    const auto id = emulator.open(emulator.customer(), 700);
    CHECK(emulator.get("/v1/account").text("id") == kConnected);
    const auto event = emulator.get("/v1/events", "limit=1").object().at("data").as_array()[0].as_object();
    CHECK(event.at("account") == kConnected);
    CHECK(emulator.get("/v1/invoices/" + id).header("Stripe-Account") == kConnected);

    emulator.stripe_account.reset();
    CHECK(emulator.get("/v1/invoices/" + id).status == 404);
    CHECK(emulator.get("/v1/events").object().at("data").as_array().empty());
    CHECK(emulator.get("/v1/accounts/" + std::string(kConnected)).status == 200);
    emulator.customer();
    CHECK_FALSE(
        emulator.get("/v1/events", "limit=1").object().at("data").as_array()[0].as_object().contains("account"));

    emulator.key = "sk_test_of_the_other";
    emulator.stripe_account = kConnected;
    const auto refused = emulator.get("/v1/invoices/" + id);
    CHECK(refused.status == 403);
    CHECK(refused.error_text("code") == "account_invalid");
}

TEST_CASE("events of connected accounts go to the platform's endpoints for Connect alone") {
    Several emulator;
    const auto listen = [&](const std::string& more) {
        return emulator.post("/v1/webhook_endpoints", "url=http://127.0.0.1:1/hook&enabled_events[]=*" + more)
            .text("id");
    };
    const auto own = listen("");
    const auto connect = listen("&connect=true");
    emulator.customer();
    emulator.stripe_account = kConnected;
    emulator.customer();
    auto& connected = emulator.accounts.in_mode(kConnected, false);
    CHECK(emulator.account.deliveries.next_due(own).has_value());
    CHECK_FALSE(emulator.account.deliveries.next_due(connect).has_value());
    CHECK(connected.deliveries.next_due(connect).has_value());
    CHECK_FALSE(connected.deliveries.next_due(own).has_value());
    emulator.stripe_account.reset();
    emulator.call("DELETE", "/v1/webhook_endpoints/" + connect);
    CHECK_FALSE(connected.deliveries.next_due(connect).has_value());
}

TEST_CASE("an idempotency key belongs to its account and mode") {
    Several emulator;
    const auto first = emulator.post("/v1/customers", "name=Ada", "key-1").text("id");
    CHECK(emulator.post("/v1/customers", "name=Ada", "key-1").text("id") == first);
    emulator.stripe_account = kConnected;
    CHECK(emulator.post("/v1/customers", "name=Ada", "key-1").text("id") != first);
}

TEST_CASE("a word of Stripe's paths is never taken for an id") {
    Emulator emulator;
    for (const std::string path : {"/v1/invoices/upcoming", "/v1/invoices/search", "/v1/customers/search",
                                   "/v1/invoices/upcoming/lines", "/v1/prices/search"}) {
        const auto reply = emulator.get(path);
        CHECK(reply.status == 404);
        CHECK(reply.error_text("message").starts_with("Unrecognized request URL (GET: " + path));
    }
    CHECK(emulator.post("/v1/invoices/create_preview").error_text("message").starts_with("Unrecognized request URL"));
}
