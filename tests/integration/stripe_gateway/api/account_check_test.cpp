// Whose key the gateway has: it asks Stripe and the store before anything else, and a key of another account asks
// nothing.
#include <catch2/catch.hpp>

#include "integration/stripe_gateway/fixture.hpp"
#include "integration/webhook_ingester/real_store.hpp"
#include "integration/webhook_ingester/sender.hpp"
#include "quittance/v1/invoice_store.grpc.pb.h"
#include "rpc/client/client.hpp"
#include "support/patience.hpp"
#include "support/process.hpp"
#include "support/secret_file.hpp"

namespace quittance::stripe_gateway::test {
namespace {

using grpc::StatusCode;
using quittance::test::eventually;
using quittance::test::Process;
using quittance::test::RealStore;
using quittance::test::Sender;

std::map<std::string, std::string> environment(const RealStore& store, const Emulator& emulator) {
    return {{"STRIPE_API_BASE", emulator.url()},        {"STRIPE_API_KEY", Emulator::api_key()},
            {"STRIPE_GATEWAY_LISTEN", "127.0.0.1:0"},   {"METRICS_LISTEN", "127.0.0.1:0"},
            {"INVOICE_STORE_ADDRESS", store.address()}, {"SWEEP", "false"}};
}

class Gateway {
  public:
    explicit Gateway(std::map<std::string, std::string> settings)
        : process_({quittance::test::our_program("quittance-stripe-gateway"), {}, std::move(settings)}) {
        process_.wait_until_ready();  // it listens; what it knows of its account by then is for readiness()
    }

    bool becomes_ready() { return wait_for(200, ""); }

    quittance::test::Answer readiness() {
        return Sender("http://" + process_.address("METRICS_LISTEN")).request("GET", "/readyz");
    }
    bool wait_for(int status, const std::string& words) {
        return eventually([&] {
            const auto answer = readiness();
            return answer.status == status && answer.body.find(words) != std::string::npos;
        });
    }

    grpc::Status retrieve(const std::string& invoice, const std::string& account = {}) {
        v1::RetrieveInvoiceRequest request;
        request.set_account(account);
        request.set_stripe_invoice_id(invoice);
        v1::StripeInvoice answer;
        grpc::ClientContext context;
        context.set_wait_for_ready(true);
        return stub()->RetrieveInvoice(&context, request, &answer);
    }
    std::unique_ptr<v1::StripeGateway::Stub> stub() {
        return v1::StripeGateway::NewStub(rpc::make_channel(
            {.address = process_.address("STRIPE_GATEWAY_LISTEN"), .transport = rpc::Transport::plaintext()}));
    }
    std::string log() { return process_.log(); }
    double metric(const std::string& sample) {
        const auto answer = Sender("http://" + process_.address("METRICS_LISTEN")).request("GET", "/metrics");
        return quittance::test::sample_in(answer.body, sample);
    }

  private:
    Process process_;
};

TEST_CASE("the key of another account makes the gateway unready, and asks nothing but whose it is") {
    RealStore store;
    Emulator first("2023-10-16", "acct_first");
    Emulator other("2023-10-16", "acct_other");
    {
        Gateway gateway(environment(store, first));
        REQUIRE(gateway.becomes_ready());
        CHECK(gateway.retrieve("in_nothing").error_code() == StatusCode::NOT_FOUND);
    }
    Gateway gateway(environment(store, other));
    REQUIRE(gateway.wait_for(503, "another account"));
    CHECK(gateway.readiness().body.find("acct_first") != std::string::npos);
    const auto refused = gateway.retrieve("in_nothing");
    CHECK(refused.error_code() == StatusCode::INTERNAL);
    CHECK(rpc::detail_of(refused).reason() == "stripe_account_mismatch");
    for (const auto& call : other.newest_calls(100)) CHECK(text_of(call, "path") == "/v1/account");
    CHECK(gateway.log().find(Emulator::api_key()) == std::string::npos);

    // An operator says that it shall be so.
    const auto operators = v1::InvoiceStore::NewStub(
        rpc::make_channel({.address = store.address(), .transport = rpc::Transport::plaintext()}));
    v1::RecordStripeAccountRequest request;
    request.mutable_account()->set_label("default");
    request.mutable_account()->set_stripe_account_id("acct_other");
    request.set_replace(true);
    v1::StripeAccount response;
    grpc::ClientContext context;
    REQUIRE(operators->RecordStripeAccount(&context, request, &response).ok());
    CHECK(gateway.becomes_ready());
    CHECK(gateway.retrieve("in_nothing").error_code() == StatusCode::NOT_FOUND);
}

TEST_CASE("the key of an account that the configuration does not name is refused without the store's word") {
    RealStore store;
    Emulator emulator("2023-10-16", "acct_first");
    auto settings = environment(store, emulator);
    settings.erase("STRIPE_API_KEY");
    settings["STRIPE_ACCOUNTS"] =
        R"([{"label":"eu","account":"acct_wanted","api_key":")" + Emulator::api_key() + R"("}])";
    Gateway gateway(settings);
    REQUIRE(gateway.wait_for(503, "acct_wanted"));
    CHECK(rpc::detail_of(gateway.retrieve("in_1", "eu")).reason() == "stripe_account_mismatch");
}

TEST_CASE("a gateway that starts while the store is away is not ready and believes nothing, until the store is back") {
    RealStore store;
    Emulator emulator("2023-10-16", "acct_first");
    store.kill();
    Gateway gateway(environment(store, emulator));
    REQUIRE(gateway.wait_for(503, "the store was not asked"));
    const auto refused = gateway.retrieve("in_nothing");
    CHECK(refused.error_code() == StatusCode::UNAVAILABLE);
    CHECK(rpc::detail_of(refused).reason() == "stripe_account_unverified");
    store.start();
    REQUIRE(gateway.becomes_ready());
    CHECK(gateway.retrieve("in_nothing").error_code() == StatusCode::NOT_FOUND);
}

TEST_CASE("a new key is put to use once it is of the same account, and no other is") {
    constexpr const char* kNewKey = "rk_test_new";
    constexpr const char* kUnknownKey = "sk_test_of_nobody";
    constexpr const char* kOtherKey = "sk_test_of_another_account";
    RealStore store;
    Emulator emulator("2023-10-16", "acct_first");
    emulator.restrict(kNewKey, {"rak_accounts_kyc_basic_read", "rak_invoice_read"});
    const quittance::test::SecretFile key(Emulator::api_key());
    auto settings = environment(store, emulator);
    settings.erase("STRIPE_API_KEY");
    settings["STRIPE_API_KEY_FILE"] = key.path();
    Gateway gateway(settings);
    REQUIRE(gateway.becomes_ready());
    const auto changes = [&](const char* result) {
        return gateway.metric("quittance_stripe_key_changes_total{account=\"default\",result=\"" + std::string(result) +
                              "\"}");
    };
    CHECK(changes("taken") == 0);

    key.write(kUnknownKey);
    REQUIRE(eventually([&] { return changes("refused") == 1; }));
    CHECK(gateway.retrieve("in_nothing").error_code() == StatusCode::NOT_FOUND);

    // The key of another account.
    emulator.add_account("acct_other", kOtherKey);
    key.write(kOtherKey);
    REQUIRE(eventually([&] { return changes("refused") == 2; }));
    CHECK(gateway.log().find("acct_other") != std::string::npos);
    CHECK(gateway.retrieve("in_nothing").error_code() == StatusCode::NOT_FOUND);

    key.write("");
    REQUIRE(eventually([&] {
        return gateway.metric("quittance_secret_file_changes_total{result=\"refused\",setting=\"STRIPE_API_KEY\"}") ==
               1;
    }));
    key.write("sk_live_other_mode");
    REQUIRE(eventually([&] {
        return gateway.metric("quittance_secret_file_changes_total{result=\"refused\",setting=\"STRIPE_API_KEY\"}") ==
               2;
    }));
    CHECK(gateway.retrieve("in_nothing").error_code() == StatusCode::NOT_FOUND);

    key.write(kNewKey);
    REQUIRE(eventually([&] { return changes("taken") == 1; }));
    CHECK(gateway.retrieve("in_nothing").error_code() == StatusCode::NOT_FOUND);
    // The new key may do less, so the calls that it carries can be told.
    emulator.restrict(kNewKey, {"rak_accounts_kyc_basic_read"});
    CHECK(rpc::detail_of(gateway.retrieve("in_nothing")).reason() == "stripe_permission");
    for (const auto* text : {kNewKey, kUnknownKey, kOtherKey, "sk_live_other_mode"})
        CHECK(gateway.log().find(text) == std::string::npos);
    CHECK(gateway.log().find(Emulator::api_key()) == std::string::npos);
}

TEST_CASE("while Stripe does not say whose a new key is, the previous one stays in use") {
    RealStore store;
    Emulator emulator("2023-10-16", "acct_first");
    constexpr const char* kNewKey = "rk_test_new";
    emulator.restrict(kNewKey, {"rak_accounts_kyc_basic_read"});
    const quittance::test::SecretFile key(Emulator::api_key());
    auto settings = environment(store, emulator);
    settings.erase("STRIPE_API_KEY");
    settings["STRIPE_API_KEY_FILE"] = key.path();
    Gateway gateway(settings);
    REQUIRE(gateway.becomes_ready());
    const auto taken = [&] {
        return gateway.metric("quittance_stripe_key_changes_total{account=\"default\",result=\"taken\"}");
    };
    emulator.misbehave({{"kind", "hold"}, {"when", "before"}, {"method", "GET"}, {"path", "/v1/account"}});
    key.write(kNewKey);
    REQUIRE(eventually([&] { return emulator.struck(); }));
    CHECK(taken() == 0);
    CHECK(gateway.readiness().status == 200);
    CHECK(gateway.retrieve("in_nothing").error_code() == StatusCode::NOT_FOUND);
    emulator.behave();  // releases what is held
    REQUIRE(eventually([&] { return taken() == 1; }));
}

TEST_CASE("a connected account has a label of its own, and every call about it carries its id") {
    RealStore store;
    Emulator emulator("2023-10-16", "acct_first");
    emulator.connect("acct_shop", "acct_first");
    auto settings = environment(store, emulator);
    settings.erase("STRIPE_API_KEY");
    settings["STRIPE_ACCOUNTS"] = R"([{"label":"platform","api_key":")" + Emulator::api_key() +
                                  R"(","connected":[{"label":"shop","account":"acct_shop"}]}])";
    Gateway gateway(settings);
    REQUIRE(gateway.becomes_ready());
    const auto id = text_of(emulator.call("POST", "/v1/customers", {{"name", "Ada Lovelace"}}, "acct_shop"), "id");
    auto request = creation({id, ""}, {1'200});
    request.set_collect(v1::CreateInvoiceRequest::COLLECT_LATER);
    request.set_account("shop");
    v1::StripeInvoice made;
    grpc::ClientContext context;
    const auto status = gateway.stub()->CreateInvoice(&context, request, &made);
    INFO(status.error_message());
    REQUIRE(status.ok());
    CHECK(made.invoice().account() == "shop");
    const auto& invoice = made.invoice().stripe_invoice_id();
    CHECK(text_of(emulator.call("GET", "/v1/invoices/" + invoice, {}, "acct_shop"), "id") == invoice);
    CHECK(gateway.retrieve(invoice, "shop").ok());
    CHECK(gateway.retrieve(invoice, "platform").error_code() == StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
