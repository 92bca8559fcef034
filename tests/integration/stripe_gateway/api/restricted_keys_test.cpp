// A restricted key that loses its permission in the midst of a creation, before each call of it: our failure, not the
// caller's; the log names the permission and holds nothing of the key; nothing is billed that was not before, and once
// the permission is back, repeating the request ends with the one invoice.
#include <catch2/catch.hpp>
#include <future>

#include "integration/stripe_gateway/fixture.hpp"
#include "rpc/client/client.hpp"
#include "support/patience.hpp"
#include "support/process.hpp"

namespace quittance::stripe_gateway::test {
namespace {

using grpc::StatusCode;
namespace json = boost::json;
using Collect = v1::CreateInvoiceRequest::Collect;

const std::string kKey = "rk_test_51PermissionsOfOurOwn";
constexpr int kLines = 60;  // two calls that add lines

// A call of a creation that is refused, and the call before it, at which the permission goes.
struct Step {
    const char* name;
    const char* permission;
    const char* endpoint;
    const char* method_before;  // null: it lacks from the start
    const char* path_before;
    const char* key_before;
    const char* state;  // of what stands at Stripe then: nothing, a draft for the sweep, an open invoice
    Collect collect = v1::CreateInvoiceRequest::COLLECT_NOW;
};

constexpr Step kSteps[] = {
    {"create", "rak_invoice_write", "POST /v1/invoices", nullptr, "", "", ""},
    {"lines 0-49", "rak_invoice_write", "add_lines", "POST", "/v1/invoices", "*:create", "draft"},
    {"lines 50-59", "rak_invoice_write", "add_lines", "POST", "*/add_lines", "*:lines:0", "draft"},
    {"read lines", "rak_invoice_read", "GET /v1/invoices/{id}/lines", "POST", "*/add_lines", "*:lines:1", "draft"},
    {"finalise", "rak_invoice_write", "/finalize", "GET", "*/lines", "*", "draft"},
    {"pay", "rak_invoice_write", "/pay", "POST", "*/finalize", "*:finalise", "open"},
    {"release", "rak_invoice_write", "POST /v1/invoices/{id}", "GET", "*/lines", "*", "draft",
     v1::CreateInvoiceRequest::COLLECT_LATER},
};

struct Answer {
    grpc::Status status;
    v1::StripeInvoice invoice;
};

Answer create(v1::StripeGateway::Stub& stub, const v1::CreateInvoiceRequest& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    Answer answer;
    answer.status = stub.CreateInvoice(&context, request, &answer.invoice);
    return answer;
}

json::array all_permissions() {
    return {"rak_invoice_write", "rak_accounts_kyc_basic_read"};
}

// What is left at that call: a key that may read where it is a write that is refused.
json::array without(const Step& step) {
    return step.permission == std::string("rak_invoice_write") ? json::array{"rak_invoice_read"} : json::array{};
}

// Lets the creation come as far as that call, and takes the permission away before it.
Answer refused_at(const Step& step, v1::StripeGateway::Stub& stub, const v1::CreateInvoiceRequest& request) {
    auto& emulator = Emulator::shared();
    emulator.behave();
    if (step.method_before == nullptr) {
        emulator.restrict(kKey, without(step));
        return create(stub, request);
    }
    emulator.misbehave({{"kind", "hold"},
                        {"when", "after"},
                        {"method", step.method_before},
                        {"path", step.path_before},
                        {"idempotency_key", step.key_before}});
    auto creating = std::async(std::launch::async, [&] { return create(stub, request); });
    REQUIRE(eventually([&] { return emulator.struck(); }, kPatience));
    emulator.restrict(kKey, without(step));
    emulator.behave();  // releases what is held
    return creating.get();
}

TEST_CASE("a permission that lacks at any call of a creation is our failure, named in the log") {
    auto& emulator = Emulator::shared();
    emulator.restrict(kKey, all_permissions());
    quittance::test::Process program({quittance::test::our_program("quittance-stripe-gateway"),
                                      {},
                                      {{"STRIPE_API_BASE", emulator.url()},
                                       {"STRIPE_API_KEY", kKey},
                                       {"STRIPE_GATEWAY_LISTEN", "127.0.0.1:0"},
                                       {"METRICS_LISTEN", "127.0.0.1:0"},
                                       {"INVOICE_STORE_ADDRESS", ""},
                                       {"SWEEP", "false"},
                                       {"LOG_FORMAT", "json"},
                                       {"LOG_LEVEL", "debug"}}});
    program.wait_until_ready();
    const auto channel = rpc::make_channel(
        {.address = program.address("STRIPE_GATEWAY_LISTEN"), .transport = rpc::Transport::plaintext()});
    const auto stub = v1::StripeGateway::NewStub(channel);
    std::size_t read = 0;  // of the log
    for (const auto& step : kSteps) {
        INFO(step.name);
        auto request = creation(emulator.customer(), many_amounts(kLines));
        request.set_collect(step.collect);
        emulator.restrict(kKey, all_permissions());
        const auto refused = refused_at(step, *stub, request);
        CHECK(refused.status.error_code() == StatusCode::INTERNAL);
        const auto detail = rpc::detail_of(refused.status);
        CHECK(detail.reason() == "stripe_permission");
        CHECK(detail.stripe().http_status() == 403);
        CHECK((refused.status.error_message() + detail.ShortDebugString()).find("rk_test") == std::string::npos);

        const auto log = program.log().substr(read);
        read += log.size();
        INFO(log);
        CHECK(log.find("our API key lacks a permission at Stripe") != std::string::npos);
        CHECK(log.find("\"permission\":\"" + std::string(step.permission) + "\"") != std::string::npos);
        CHECK(log.find(step.endpoint) != std::string::npos);

        const auto left = emulator.invoices_of(request.stripe_customer_id());
        REQUIRE(left.size() == (*step.state == '\0' ? 0U : 1U));
        if (!left.empty()) CHECK(text_of(left[0], "status") == step.state);
        emulator.restrict(kKey, all_permissions());
        const auto repeated = create(*stub, request);
        INFO(repeated.status.error_message());
        REQUIRE(repeated.status.ok());
        check_exactly_one(request, step.collect == v1::CreateInvoiceRequest::COLLECT_LATER ? "draft" : "paid");
    }
    CHECK(program.log().find("Permissions") == std::string::npos);  // of the key
    CHECK(program.log().find("rOwn") == std::string::npos);
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
