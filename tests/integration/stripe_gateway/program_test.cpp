// The program itself: it starts from settings, tells where it listens, serves, answers its operations port, and stops.

#include <catch2/catch.hpp>

#include "fixture.hpp"
#include "rpc/client.hpp"
#include "support/process.hpp"

namespace quittance::stripe_gateway::test {
namespace {

std::map<std::string, std::string> environment() {
    return {{"STRIPE_API_BASE", Emulator::shared().url()},  {"STRIPE_API_KEY", Emulator::api_key()},
            {"STRIPE_GATEWAY_LISTEN", "127.0.0.1:0"},       {"METRICS_LISTEN", "127.0.0.1:0"},
            {"INVOICE_DESCRIPTION", "from the deployment"}, {"LOG_LEVEL", "debug"}};
}

TEST_CASE("the program serves a creation and stops cleanly, and its log holds no secret") {
    quittance::test::Process program({quittance::test::our_program("quittance-stripe-gateway"), {}, environment()});
    program.wait_until_ready();
    auto channel = rpc::make_channel({program.address("STRIPE_GATEWAY_LISTEN"), 8 * 1024 * 1024, {}, {}, {}});
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
    const auto ended = program.wait(std::chrono::seconds(20));
    REQUIRE(ended);
    CHECK_FALSE(ended->clean());
    CHECK(program.log().find("STRIPE_API_KEY") != std::string::npos);
}

TEST_CASE("a setting that makes no sense stops the start by its name") {
    const std::pair<const char*, const char*> wrong[] = {{"DEFAULT_CURRENCY", "euro"},
                                                         {"SWEEP_AFTER_SECONDS", "10"},
                                                         {"STRIPE_API_BASE", "ftp://example.com"},
                                                         {"STRIPE_RATE_PER_SECOND", "many"},
                                                         {"SWEEP", "maybe"}};
    for (const auto& [name, value] : wrong) {
        auto settings = environment();
        settings[name] = value;
        quittance::test::Process program({quittance::test::our_program("quittance-stripe-gateway"), {}, settings});
        const auto ended = program.wait(std::chrono::seconds(20));
        INFO(name << "\n" << program.log());
        REQUIRE(ended);
        CHECK_FALSE(ended->clean());
    }
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
