// A running store, what it shows of the money of an invoice, and the events that tell of payments.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "support/patience.hpp"
#include "unit/invoice_store/generated_events.hpp"

namespace quittance::test {

struct SettledStore {
    StoreDatabase database;
    StoreServer server{database.url()};
    StoreClient client{server.stub()};

    v1::Invoice get(const std::string& id, v1::View view = v1::VIEW_BASIC) {
        v1::GetInvoiceRequest request;
        request.set_id(id);
        request.set_view(view);
        v1::Invoice invoice;
        REQUIRE(client.get(request, invoice).ok());
        return invoice;
    }

    // "refunded 3000"
    std::string shown(const std::string& id) {
        const auto invoice = get(id);
        return invoice.settlement() + " " + std::to_string(invoice.amount_refunded_minor());
    }

    std::string failure_code(const std::string& id) { return get(id).payment_error().code(); }

    // Some changes follow the answer to a call a moment later.
    bool becomes(const std::string& id, const std::string& expected) {
        return eventually([&] { return shown(id) == expected; });
    }

    // Sends every order of a life's events, the first event of each order first. `life` makes the events of an invoice
    // with a name of its own. Returns the names.
    template <class Life>
    std::vector<std::string> send_every_order(std::size_t events, Life life) {
        constexpr std::ptrdiff_t kBatch = 240;
        std::vector<std::size_t> order(events);
        for (std::size_t i = 0; i < events; ++i) order[i] = i;
        std::vector<std::string> names;
        std::vector<std::vector<v1::InvoiceEvent>> rounds(events);
        do {
            names.push_back(std::to_string(names.size()));
            const auto told = life(names.back());
            for (std::size_t i = 0; i < events; ++i) rounds[i].push_back(told[order[i]]);
        } while (std::next_permutation(order.begin(), order.end()));
        for (const auto& round : rounds)
            for (auto from = round.begin(); from < round.end();) {
                const auto to = from + std::min(kBatch, round.end() - from);
                REQUIRE(client.apply({from, to}).first.ok());
                from = to;
            }
        return names;
    }
};

inline v1::InvoiceEvent fact_event(v1::PaymentFact::Kind kind, const std::string& object, std::int64_t amount,
                                   const std::string& status, int second) {
    auto event = make_event("evt_" + object + "_" + status + "_" + std::to_string(second), "open", second, object);
    event.clear_invoice();
    event.set_type("charge.refunded");
    auto& told = *event.mutable_payment_fact();
    told.set_kind(kind);
    told.set_object_id(object);
    told.set_amount_minor(amount);
    told.set_currency("eur");
    told.set_status(status);
    return event;
}

inline v1::InvoiceEvent payment_event(const std::string& id, const std::string& invoice, const std::string& intent,
                                      std::int64_t amount, const std::string& status, int second) {
    auto event = fact_event(v1::PaymentFact::INVOICE_PAYMENT, id, amount, status, second);
    auto& told = *event.mutable_payment_fact();
    told.set_stripe_invoice_id(invoice);
    told.set_payment_intent_id(intent);
    auto& whole = *told.mutable_payment();
    whole.set_id(id);
    whole.set_stripe_invoice_id(invoice);
    whole.set_payment_intent_id(intent);
    whole.set_amount_paid_minor(amount);
    whole.set_currency("eur");
    whole.set_status(status);
    return event;
}

// The event of an invoice that names its payment intent and charge, as the versions before basil do.
inline v1::InvoiceEvent naming_event(const std::string& invoice, const std::string& status, const std::string& intent,
                                     const std::string& charge, int second) {
    auto event = make_event("evt_" + status + "_" + std::to_string(second) + "_" + invoice, status, second, invoice);
    auto& told = *event.mutable_invoice();
    told.set_payment_intent_id(intent);
    told.set_charge_id(charge);
    if (status == "paid") told.set_amount_paid_minor(3'300);
    if (status == "paid") told.mutable_paid_time()->set_seconds(kCreateSecond + second);
    return event;
}

}  // namespace quittance::test
