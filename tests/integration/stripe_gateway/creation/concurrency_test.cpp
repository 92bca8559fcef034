// Many at once: with one key, with keys of their own, through two gateways, and callers that go away.
#include <catch2/catch.hpp>
#include <future>
#include <set>

#include "integration/stripe_gateway/fixture.hpp"
#include "support/patience.hpp"

namespace quittance::stripe_gateway::test {
namespace {

using grpc::StatusCode;

TEST_CASE("the same request many times at once is one invoice") {
    // As many tries as a slow machine needs until the first one is through.
    RunningGateway gateways[2]{RunningGateway({.attempts = 200}), RunningGateway({.attempts = 200})};
    for (const auto collect : {v1::CreateInvoiceRequest::COLLECT_NOW, v1::CreateInvoiceRequest::COLLECT_LATER}) {
        auto request = creation(Emulator::shared().customer(), many_amounts(60));
        request.set_collect(collect);
        std::vector<std::future<Outcome>> racing;
        for (int i = 0; i < 20; ++i)
            racing.push_back(std::async(std::launch::async, [&, i] { return gateways[i % 2].create(request); }));
        std::set<std::string> invoices;
        int fresh = 0;
        for (auto& future : racing) {
            const auto outcome = future.get();
            INFO(outcome.message);
            // ABORTED: the first one was still at it when the tries were over.
            CHECK((outcome.ok() || outcome.code == StatusCode::ABORTED));
            if (!outcome.ok()) continue;
            invoices.insert(outcome.answer.invoice().stripe_invoice_id());
            if (!outcome.answer.replayed()) ++fresh;
        }
        CHECK(invoices.size() == 1);
        CHECK(fresh == 1);
        const auto invoice =
            check_exactly_one(request, collect == v1::CreateInvoiceRequest::COLLECT_NOW ? "paid" : "draft");
        CHECK(invoices.contains(text_of(invoice, "id")));
    }
}

TEST_CASE("different requests at once do not mix") {
    RunningGateway gateways[2];
    std::vector<v1::CreateInvoiceRequest> requests;
    for (int i = 0; i < 40; ++i) requests.push_back(creation(Emulator::shared().customer(), many_amounts(1 + i % 7)));
    std::vector<std::future<Outcome>> racing;
    for (std::size_t i = 0; i < requests.size(); ++i)
        racing.push_back(std::async(std::launch::async, [&, i] { return gateways[i % 2].create(requests[i]); }));
    for (auto& future : racing) {
        const auto outcome = future.get();
        INFO(outcome.code << " " << outcome.message);
        CHECK(outcome.ok());
    }
    for (const auto& request : requests) check_exactly_one(request, "paid");
}

TEST_CASE("a caller that goes away before the invoice is issued is billed nothing") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto request = creation(emulator.customer(), {100});
    emulator.behave();
    emulator.misbehave({{"kind", "hold"}, {"idempotency_key", "*:lines:0"}});
    grpc::ClientContext context;
    auto call = std::async(std::launch::async, [&] {
        v1::StripeInvoice answer;
        return gateway.stub().CreateInvoice(&context, request, &answer);
    });
    REQUIRE(eventually([&] { return emulator.struck(); }));
    CHECK(emulator.invoices_of(request.stripe_customer_id()).size() == 1);
    context.TryCancel();
    CHECK(call.get().error_code() == StatusCode::CANCELLED);
    // What comes behind it on the same connection has been answered: the gateway has heard of it.
    CHECK(gateway.retrieve("in_nothing").code == StatusCode::NOT_FOUND);
    emulator.behave();  // releases what is held
    CHECK(eventually([&] { return emulator.invoices_of(request.stripe_customer_id()).empty(); }));
    // The caller comes back with its key.
    REQUIRE(gateway.create(request).ok());
    check_exactly_one(request, "paid");
}

TEST_CASE("a retry that overtakes a caller's abandoned request ends with one invoice") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    for (const auto collect : {v1::CreateInvoiceRequest::COLLECT_NOW, v1::CreateInvoiceRequest::COLLECT_LATER}) {
        auto request = creation(emulator.customer(), many_amounts(3));
        request.set_collect(collect);
        emulator.behave();
        emulator.misbehave({{"kind", "slow"}, {"ms", 400}, {"idempotency_key", "*:lines:0"}});
        const auto abandoned = gateway.create(request, std::chrono::milliseconds(250));
        CHECK(abandoned.code == StatusCode::DEADLINE_EXCEEDED);
        const auto again = gateway.create(request);
        emulator.behave();
        REQUIRE(again.ok());
        const char* status = collect == v1::CreateInvoiceRequest::COLLECT_NOW ? "paid" : "draft";
        CHECK(eventually([&] { return emulator.invoices_of(request.stripe_customer_id()).size() == 1; }));
        const auto invoice = check_exactly_one(request, status);
        CHECK(text_of(invoice, "id") == again.answer.invoice().stripe_invoice_id());
    }
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
