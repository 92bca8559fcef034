// Why an invoice is not paid: the store keeps each failed attempt, and shows the last one until the invoice is paid,
// whatever the order in which Stripe's events come.
#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "integration/invoice_store/settlements/settled_store.hpp"

using namespace quittance;
using test::make_event;
using v1::PaymentFact;
using Outcome = v1::EventOutcome;
using Running = test::SettledStore;

namespace {

v1::InvoiceEvent status_event(const std::string& invoice, const std::string& status, int second) {
    return make_event("evt_" + status + "_" + invoice, status, second, invoice);
}

// Of a payment intent's event, or with `charge_tells` of the charge's.
v1::InvoiceEvent failure(const std::string& charge, const std::string& intent, const std::string& code, int second,
                         bool charge_tells = false) {
    auto event = make_event(std::string("evt_failed_") + (charge_tells ? "charge_" : "") + charge, "open", second);
    event.clear_invoice();
    auto& told = *event.mutable_payment_fact();
    told.set_kind(PaymentFact::PAYMENT_FAILURE);
    told.set_object_id("failure_of_" + charge);
    told.set_payment_intent_id(intent);
    told.set_charge_id(charge);
    told.set_amount_minor(500);
    told.set_currency("eur");
    told.set_status(charge_tells ? "failed" : "requires_payment_method");
    auto& error = *told.mutable_failure();
    error.set_code(code);
    error.set_decline_code("insufficient_funds");
    error.set_message("Your card has\ninsufficient funds.");
    *error.mutable_time() = event.event_time();
    return event;
}

v1::InvoiceEvent payment(const std::string& id, const std::string& invoice, const std::string& intent,
                         const std::string& status, int second) {
    auto event = test::payment_event(id, invoice, intent, 0, status, second);
    event.mutable_payment_fact()->clear_payment();  // as ingesters of the version before
    return event;
}

}  // namespace

TEST_CASE("an open invoice shows why its last attempt failed, in every view, and a paid one does not") {
    Running running;
    running.client.apply({status_event("in_a", "open", 1), payment("inpay_a", "in_a", "pi_1", "open", 1)});
    CHECK_FALSE(running.get("in_a").has_payment_error());
    CHECK(running.client.apply({failure("ch_1", "pi_1", "card_declined", 2)}).second == std::vector{Outcome::APPLIED});
    for (const auto view : {v1::VIEW_BASIC, v1::VIEW_FULL, v1::VIEW_SUMMARY, v1::VIEW_BILLING}) {
        const auto error = running.get("in_a", view).payment_error();
        CHECK(error.code() == "card_declined");
        CHECK(error.decline_code() == "insufficient_funds");
        CHECK(error.message() == "Your card has\ninsufficient funds.");
        CHECK(error.time().seconds() == test::kCreateSecond + 2);
    }
    running.client.apply({failure("ch_2", "pi_1", "expired_card", 3)});
    CHECK(running.failure_code("in_a") == "expired_card");
    CHECK(running.database.value("SELECT count(*) FROM payment_facts WHERE kind = 6") == "2");
    CHECK(running.get("in_a").settlement() == "none");
    running.client.apply({status_event("in_a", "paid", 4)});
    CHECK_FALSE(running.get("in_a").has_payment_error());
}

TEST_CASE("an uncollectible invoice shows the failure, a void one does not") {
    Running running;
    running.client.apply({status_event("in_a", "open", 1), payment("inpay_a", "in_a", "pi_1", "open", 1),
                          failure("ch_1", "pi_1", "card_declined", 2)});
    running.client.apply({status_event("in_a", "uncollectible", 3)});
    CHECK(running.failure_code("in_a") == "card_declined");
    running.client.apply({status_event("in_a", "void", 4)});
    CHECK_FALSE(running.get("in_a").has_payment_error());
}

TEST_CASE("a list shows the failure, too") {
    Running running;
    running.client.apply({status_event("in_a", "open", 1), payment("inpay_a", "in_a", "pi_1", "open", 1),
                          failure("ch_1", "pi_1", "card_declined", 2)});
    for (const auto view : {v1::VIEW_SUMMARY, v1::VIEW_BASIC}) {
        v1::ListInvoicesRequest request;
        request.set_page(1);
        request.set_page_size(10);
        request.set_view(view);
        v1::ListInvoicesResponse list;
        REQUIRE(running.client.call(&v1::InvoiceStore::Stub::ListInvoices, request, list).ok());
        REQUIRE(list.invoices_size() == 1);
        CHECK(list.invoices(0).payment_error().code() == "card_declined");
    }
}

TEST_CASE("every order of failures, payments and invoice events ends in the same row") {
    std::vector<v1::InvoiceEvent> life{status_event("in_a", "open", 1), payment("inpay_a", "in_a", "pi_1", "open", 1),
                                       failure("ch_1", "pi_1", "card_declined", 2),
                                       failure("ch_1", "pi_1", "generic", 2, true),
                                       failure("ch_2", "pi_1", "expired_card", 3)};
    std::vector<std::size_t> order{0, 1, 2, 3, 4};
    Running running;
    int round = 0;
    do {
        const auto suffix = "_" + std::to_string(round++);
        const auto invoice = "in_a" + suffix;
        for (const auto index : order) {
            auto event = life[index];
            event.set_event_id(event.event_id() + suffix);
            if (event.has_invoice()) event.mutable_invoice()->set_stripe_invoice_id(invoice);
            if (event.has_payment_fact()) {
                auto& fact = *event.mutable_payment_fact();
                fact.set_object_id(fact.object_id() + suffix);
                fact.set_payment_intent_id(fact.payment_intent_id() + suffix);
                if (!fact.charge_id().empty()) fact.set_charge_id(fact.charge_id() + suffix);
                if (!fact.stripe_invoice_id().empty()) fact.set_stripe_invoice_id(invoice);
            }
            running.client.apply({event});
        }
        INFO(invoice);
        CHECK(test::eventually([&] { return running.failure_code(invoice) == "expired_card"; }));
        CHECK(running.database.value("SELECT string_agg(failure_code, ' ' ORDER BY object_id) FROM payment_facts"
                                     " WHERE kind = 6 AND payment_intent_id = 'pi_1" +
                                     suffix + "'") == "card_declined expired_card");
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a failure that comes before the invoice and its payment is shown once they are there") {
    Running running;
    running.client.apply({failure("ch_1", "pi_1", "card_declined", 2)});
    auto invoice = status_event("in_a", "open", 1);
    invoice.mutable_invoice()->set_payment_intent_id("pi_1");
    running.client.apply({invoice});
    CHECK(test::eventually([&] { return running.failure_code("in_a") == "card_declined"; }));
}

TEST_CASE("a failed attempt is counted and logged once, whatever tells of it") {
    Running running;
    running.client.apply(
        {failure("ch_1", "pi_1", "card_declined", 2), failure("ch_1", "pi_1", "card_declined", 2, true)});
    running.client.apply({failure("ch_1", "pi_1", "card_declined", 2)});
    running.client.apply({failure("ch_2", "pi_1", "Not a code", 3)});
    const auto metrics = running.server.metrics().text();
    CHECK_THAT(metrics, Catch::Contains("quittance_payment_failures_total{code=\"card_declined\"} 1") &&
                            Catch::Contains("quittance_payment_failures_total{code=\"other\"} 1"));
}

TEST_CASE("a failure with texts that are too long is dead") {
    Running running;
    auto event = failure("ch_1", "pi_1", std::string(256, 'x'), 2);
    CHECK(running.client.apply({event}).second == std::vector{Outcome::DEAD});
    event = failure("ch_2", "pi_1", "card_declined", 2);
    event.mutable_payment_fact()->mutable_failure()->set_message(std::string(4'097, 'x'));
    CHECK(running.client.apply({event}).second == std::vector{Outcome::DEAD});
}
