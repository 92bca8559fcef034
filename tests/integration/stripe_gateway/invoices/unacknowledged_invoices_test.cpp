// An invoice that a creation issued and told nobody of is voided by the sweep; one that anybody was told of, or that a
// person issued or took over, never is; and who comes back with the key gets a new one in its place.
#include <catch2/catch.hpp>
#include <future>

#include "integration/stripe_gateway/fixture.hpp"
#include "support/patience.hpp"

namespace quittance::stripe_gateway::test {
namespace {

using grpc::StatusCode;
namespace json = boost::json;

constexpr std::chrono::seconds kNotYetOld{600};
constexpr std::chrono::seconds kAllOld{-60};  // even what was issued this second

std::string status_of(const std::string& id) {
    return text_of(Emulator::shared().call("GET", "/v1/invoices/" + id), "status");
}

// Finalised, its payment never asked for: the gateway could not, and the caller was told of a failure. Its id.
std::string left_open(RunningGateway& gateway, const v1::CreateInvoiceRequest& request) {
    auto& emulator = Emulator::shared();
    emulator.behave();
    emulator.misbehave({{"kind", "rate_limit_429"}, {"path", "*/pay"}, {"count", 0}});
    CHECK_FALSE(gateway.create(request).ok());
    emulator.behave();
    const auto invoices = emulator.invoices_of(request.stripe_customer_id());
    REQUIRE(invoices.size() == 1);
    CHECK(text_of(invoices[0], "status") == "open");
    return text_of(invoices[0], "id");
}

TEST_CASE("an invoice that nobody was told of is voided once it is old, and its key makes a new one") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto request = creation(emulator.customer(), {100, 250});
    const auto id = left_open(gateway, request);
    gateway.sweep(kNotYetOld);
    CHECK(status_of(id) == "open");
    CHECK(gateway.sweep(kAllOld) == 1);
    CHECK(status_of(id) == "void");
    CHECK(gateway.metrics_text().find("quittance_sweep_invoices_voided_total{account=\"default\"} 1") !=
          std::string::npos);
    const auto again = gateway.create(request);
    REQUIRE(again.ok());
    CHECK(again.answer.invoice().stripe_invoice_id() != id);
    check_exactly_one(request, "paid");
    // Also for a caller whom the store has told of the void one, and where Stripe has forgotten the keys.
    auto known = request;
    known.set_known_stripe_invoice_id(id);
    CHECK(gateway.create(known).answer.invoice().stripe_invoice_id() == again.answer.invoice().stripe_invoice_id());
    known.set_known_stripe_invoice_id(again.answer.invoice().stripe_invoice_id());
    emulator.forget_keys();
    CHECK(gateway.create(known).answer.replayed());
    check_exactly_one(request, "paid");
}

TEST_CASE("before the sweep comes, the key finds the open invoice and collects it") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto request = creation(emulator.customer(), {100});
    const auto id = left_open(gateway, request);
    const auto again = gateway.create(request);
    REQUIRE(again.ok());
    CHECK(again.answer.invoice().stripe_invoice_id() == id);
    CHECK(gateway.sweep(kAllOld) == 0);
    check_exactly_one(request, "paid");
}

TEST_CASE("what a caller was told of stays open: declined, or with nothing to pay by") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto declined = gateway.create(creation(emulator.customer("pm_card_chargeCustomerFail"), {900}));
    REQUIRE(declined.ok());
    CHECK(declined.answer.has_payment_error());
    const Customer poor{text_of(emulator.call("POST", "/v1/customers", {{"name", "Ada"}}), "id"), ""};
    const auto unpayable = gateway.create(creation(poor, {900}));
    REQUIRE(unpayable.ok());
    CHECK(unpayable.answer.invoice().status() == "open");
    CHECK(gateway.sweep(kAllOld) == 0);
    for (const auto* outcome : {&declined, &unpayable})
        CHECK(status_of(outcome->answer.invoice().stripe_invoice_id()) == "open");
}

TEST_CASE("what a person issued, released or took over is left alone") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto foreign = creation(emulator.customer(), {100});
    // A draft that a gateway left complete, and that somebody finalises at Stripe.
    emulator.behave();
    emulator.misbehave({{"kind", "rate_limit_429"}, {"path", "*/finalize"}, {"count", 0}});
    emulator.misbehave({{"kind", "rate_limit_429"}, {"method", "DELETE"}, {"count", 0}});
    CHECK_FALSE(gateway.create(foreign).ok());
    emulator.behave();
    const auto by_hand = text_of(emulator.invoices_of(foreign.stripe_customer_id()).at(0), "id");
    emulator.call("POST", "/v1/invoices/" + by_hand + "/finalize", {{"auto_advance", false}});

    auto later = creation(emulator.customer(), {100});
    later.set_collect(v1::CreateInvoiceRequest::COLLECT_LATER);
    const auto released = gateway.create(later);
    REQUIRE(released.ok());
    const auto& issued = released.answer.invoice().stripe_invoice_id();
    REQUIRE(gateway.finalise(issued, "finalise-it").ok());

    const auto taken = left_open(gateway, creation(emulator.customer("pm_card_chargeCustomerFail"), {300}));
    REQUIRE(gateway.pay(taken, "pay-it").ok());

    const auto collected = left_open(gateway, creation(emulator.customer(), {400}));
    emulator.call("POST", "/v1/invoices/" + collected, {{"auto_advance", true}});

    CHECK(gateway.sweep(kAllOld) == 0);
    for (const auto& id : {by_hand, issued, taken, collected}) CHECK(status_of(id) == "open");
    emulator.call("POST", "/v1/invoices/" + by_hand + "/void");
}

// The sweep and the returning client meet on one invoice: who marks first, wins, and the client is never told of an
// invoice that ends void.
TEST_CASE("a client that comes back while the sweep is at its invoice") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    RunningGateway sweeper;
    const auto path = GENERATE(as<std::string>{}, "/v1/invoices/*", "*/void");  // marked, voided
    const auto card = GENERATE(as<std::string>{}, "pm_card_visa", "pm_card_chargeCustomerFail");
    INFO(path << ", " << card);
    const auto request = creation(emulator.customer(card), {100, 250});
    const auto id = left_open(gateway, request);
    emulator.misbehave({{"kind", "hold"}, {"method", "POST"}, {"path", path}});
    auto sweeping = std::async(std::launch::async, [&] { return sweeper.sweep(kAllOld); });
    REQUIRE(eventually([&] { return emulator.struck(); }));
    const auto outcome = gateway.create(request);
    REQUIRE(outcome.ok());
    emulator.behave();  // releases what is held
    sweeping.get();
    const auto& told = outcome.answer.invoice();
    CHECK(status_of(told.stripe_invoice_id()) == told.status());
    const auto invoice = check_exactly_one(request, told.status());
    CHECK(text_of(invoice, "id") == told.stripe_invoice_id());
    const auto again = gateway.create(request);
    CHECK(again.answer.invoice().stripe_invoice_id() == told.stripe_invoice_id());
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
