// The program itself: it starts from settings, tells where it listens, serves, answers its operations port, and stops.

#include <catch2/catch.hpp>

#include "integration/stripe_gateway/fixture.hpp"
#include "rpc/client/client.hpp"
#include "support/patience.hpp"
#include "support/process.hpp"

namespace quittance::stripe_gateway::test {
namespace {

std::map<std::string, std::string> environment() {
    return {{"STRIPE_API_BASE", Emulator::shared().url()},
            {"STRIPE_API_KEY", Emulator::api_key()},
            {"STRIPE_GATEWAY_LISTEN", "127.0.0.1:0"},
            {"METRICS_LISTEN", "127.0.0.1:0"},
            {"INVOICE_DESCRIPTION", "from the deployment"},
            {"LOG_LEVEL", "debug"},
            {"INVOICE_STORE_ADDRESS", ""}};
}

TEST_CASE("the program serves a creation and stops cleanly, and its log holds no secret") {
    quittance::test::Process program({quittance::test::our_program("quittance-stripe-gateway"), {}, environment()});
    program.wait_until_ready();
    auto channel = rpc::make_channel(
        {.address = program.address("STRIPE_GATEWAY_LISTEN"), .transport = rpc::Transport::plaintext()});
    auto stub = v1::StripeGateway::NewStub(channel);
    const auto request = creation(Emulator::shared().customer(), {100});
    grpc::ClientContext context;
    v1::StripeInvoice answer;
    const auto status = stub->CreateInvoice(&context, request, &answer);
    INFO(status.error_message() << program.log());
    REQUIRE(status.ok());
    CHECK(answer.invoice().description() == "from the deployment");
    check_exactly_one(request, "paid");
    stub.reset();
    channel.reset();
    CHECK(program.terminate().clean());
    CHECK(program.log().find(Emulator::api_key()) == std::string::npos);
    CHECK(program.log().find("Resources") == std::string::npos);
    CHECK(program.log().find("invoice created") != std::string::npos);
}

TEST_CASE("without a key it does not start, and says what is missing") {
    auto settings = environment();
    settings.erase("STRIPE_API_KEY");
    quittance::test::Process program({quittance::test::our_program("quittance-stripe-gateway"), {}, settings});
    const auto ended = program.wait(kPatience);
    REQUIRE(ended);
    CHECK_FALSE(ended->clean());
    CHECK(program.log().find("STRIPE_API_KEY") != std::string::npos);
}

TEST_CASE("a setting that makes no sense stops the start by its name") {
    const std::pair<const char*, const char*> wrong[] = {
        {"DEFAULT_CURRENCY", "euro"},
        {"SWEEP_AFTER_SECONDS", "10"},
        {"STRIPE_API_BASE", "ftp://example.com"},
        {"STRIPE_RATE_PER_SECOND", "many"},
        {"SWEEP", "maybe"},
        {"STRIPE_ACCOUNTS", R"([{"label":"a","api_key":"sk_test_1"}])"},
        {"STRIPE_ACCOUNT_LABEL", "two words"}};
    for (const auto& [name, value] : wrong) {
        auto settings = environment();
        settings[name] = value;
        quittance::test::Process program({quittance::test::our_program("quittance-stripe-gateway"), {}, settings});
        const auto ended = program.wait(kPatience);
        INFO(name << "\n" << program.log());
        REQUIRE(ended);
        CHECK_FALSE(ended->clean());
    }
}

TEST_CASE("a key of live mode is not sent over http to another host, unless somebody says so") {
    auto settings = environment();
    settings["STRIPE_API_BASE"] = "http://stripe.example";
    settings["STRIPE_API_KEY"] = "rk_live_do_not_tell";
    quittance::test::Process refused({quittance::test::our_program("quittance-stripe-gateway"), {}, settings});
    const auto ended = refused.wait(kPatience);
    REQUIRE(ended);
    CHECK(ended->code == 1);
    CHECK(refused.log().find("ALLOW_LIVE_KEYS_OVER_HTTP") != std::string::npos);
    CHECK(refused.log().find("do_not_tell") == std::string::npos);
    // It starts, and Stripe cannot be reached there.
    for (const auto& [name, value] : {std::pair{"ALLOW_LIVE_KEYS_OVER_HTTP", "true"},
                                      {"STRIPE_API_KEY", "rk_test_1"},
                                      {"STRIPE_API_BASE", "http://127.0.0.1:1"}}) {
        auto allowed = settings;
        allowed[name] = value;
        quittance::test::Process program({quittance::test::our_program("quittance-stripe-gateway"), {}, allowed});
        INFO(name);
        CHECK_NOTHROW(program.wait_until_ready());
    }
}

TEST_CASE("a key is no flag, and the refusal does not tell it") {
    auto settings = environment();
    settings.erase("STRIPE_API_KEY");
    quittance::test::Process program({quittance::test::our_program("quittance-stripe-gateway"),
                                      {"--stripe-api-key", "sk_test_do_not_tell"},
                                      settings});
    const auto ended = program.wait(kPatience);
    REQUIRE(ended);
    CHECK(ended->code == 1);
    CHECK(program.log().find("STRIPE_API_KEY_FILE") != std::string::npos);
    CHECK(program.log().find("do_not_tell") == std::string::npos);
}

TEST_CASE("several accounts, the emulator's key for each") {
    auto settings = environment();
    settings.erase("STRIPE_API_KEY");
    // The emulator takes one key in this test; the second account's is refused by it, which is that account's alone.
    settings["STRIPE_ACCOUNTS"] = R"([{"label":"eu","api_key":")" + Emulator::api_key() +
                                  R"("},{"label":"us","api_key":"sk_test_not_known_there"}])";
    quittance::test::Process program({quittance::test::our_program("quittance-stripe-gateway"), {}, settings});
    program.wait_until_ready();
    auto channel = rpc::make_channel(
        {.address = program.address("STRIPE_GATEWAY_LISTEN"), .transport = rpc::Transport::plaintext()});
    auto stub = v1::StripeGateway::NewStub(channel);
    const auto code_for = [&](const std::string& account) {
        auto request = creation(Emulator::shared().customer(), {100});
        request.set_account(account);
        grpc::ClientContext context;
        v1::StripeInvoice answer;
        const auto status = stub->CreateInvoice(&context, request, &answer);
        if (status.ok()) CHECK(answer.invoice().account() == account);
        return status.error_code();
    };
    CHECK(code_for("eu") == grpc::StatusCode::OK);
    CHECK(code_for("us") == grpc::StatusCode::INTERNAL);
    CHECK(code_for("elsewhere") == grpc::StatusCode::NOT_FOUND);
    CHECK(code_for("") == grpc::StatusCode::NOT_FOUND);  // "default", which is not among them
    stub.reset();
    channel.reset();
    CHECK(program.terminate().clean());
    CHECK(program.log().find(Emulator::api_key()) == std::string::npos);
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
