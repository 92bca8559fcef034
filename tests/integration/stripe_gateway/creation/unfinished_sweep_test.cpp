// The sweep deletes drafts that a crash left, and no draft that a caller may know or that is not ours.
#include <catch2/catch.hpp>

#include "integration/stripe_gateway/fixture.hpp"

namespace quittance::stripe_gateway::test {
namespace {

constexpr std::chrono::seconds kNotYetOld{600};
constexpr std::chrono::seconds kAllOld{-60};  // even what was made this second

// A draft as a gateway leaves it that dies after the first call.
std::string abandoned_draft(const Customer& customer, const std::string& key) {
    return text_of(Emulator::shared().call("POST", "/v1/invoices",
                                           {{"customer", customer.id},
                                            {"auto_advance", false},
                                            {"metadata", {{"quittance_key", key}, {"quittance_generation", "1"}}}}),
                   "id");
}

TEST_CASE("what nobody finished is deleted once it is old") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto customer = emulator.customer();
    const auto id = abandoned_draft(customer, "k");
    gateway.sweep(kNotYetOld);
    CHECK(emulator.status_of("GET", "/v1/invoices/" + id) == 200);
    CHECK(gateway.sweep(kAllOld) >= 1);
    CHECK(emulator.status_of("GET", "/v1/invoices/" + id) == 404);
    CHECK(emulator.invoices_of(customer.id).empty());
}

TEST_CASE("nothing else is touched") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto customer = emulator.customer();
    auto later = creation(customer, {100});
    later.set_collect(v1::CreateInvoiceRequest::COLLECT_LATER);
    const auto released = gateway.create(later);
    REQUIRE(released.ok());
    const auto held_back = gateway.create([&] {
        auto request = later;
        request.set_idempotency_key(later.idempotency_key() + "-2");
        return request;
    }());
    REQUIRE(held_back.ok());
    // Somebody stops it by hand: it was promised all the same.
    const auto& held_id = held_back.answer.invoice().stripe_invoice_id();
    emulator.call("POST", "/v1/invoices/" + held_id, {{"auto_advance", false}});
    const auto paid = gateway.create(creation(customer, {200}));
    REQUIRE(paid.ok());
    const auto foreign = text_of(emulator.call("POST", "/v1/invoices", {{"customer", customer.id}}), "id");
    gateway.sweep(kAllOld);
    for (const auto& id :
         {released.answer.invoice().stripe_invoice_id(), held_id, paid.answer.invoice().stripe_invoice_id(), foreign})
        CHECK(emulator.status_of("GET", "/v1/invoices/" + id) == 200);
}

TEST_CASE("more than a page of them") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto customer = emulator.customer();
    for (int i = 0; i < 130; ++i) abandoned_draft(customer, "k" + std::to_string(i));
    CHECK(gateway.sweep(kAllOld) >= 130);
    CHECK(emulator.invoices_of(customer.id).empty());
}

TEST_CASE("a request that comes back for a swept draft starts anew, however often") {
    auto& emulator = Emulator::shared();
    RunningGateway gateway;
    const auto request = creation(emulator.customer(), {100, 250});
    emulator.behave();
    for (int round = 0; round < 3; ++round) {
        // The gateway cannot clean up after itself this time.
        emulator.misbehave({{"kind", "rate_limit_429"}, {"path", "*/add_lines"}, {"count", 0}});
        emulator.misbehave({{"kind", "rate_limit_429"}, {"method", "DELETE"}, {"count", 0}});
        CHECK_FALSE(gateway.create(request).ok());
        emulator.behave();
        CHECK(emulator.invoices_of(request.stripe_customer_id()).size() == 1);
        CHECK(gateway.sweep(kAllOld) >= 1);
    }
    const auto outcome = gateway.create(request);
    REQUIRE(outcome.ok());
    check_exactly_one(request, "paid");
    CHECK(gateway.create(request).answer.replayed());
    check_exactly_one(request, "paid");
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
