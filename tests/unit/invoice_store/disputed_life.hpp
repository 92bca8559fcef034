// The life of an invoice whose money comes, goes back in part and is disputed, told by events of the invoice and by
// events of its payment, which name each other in turns.
#pragma once

#include <string>
#include <vector>

#include "unit/invoice_store/lives.hpp"

namespace quittance::test {

class PaymentTeller {
  public:
    // `second`: of the payment, from which all others count.
    PaymentTeller(std::string name, int second) : name_(std::move(name)), second_(second) {}

    PaymentTeller& then(v1::PaymentFact::Kind kind, const std::string& object, std::int64_t amount_minor,
                        const std::string& status, int later) {
        second_ += later;
        // Ids against the order of time, as in the lives of invoices.
        auto event = make_event("evt_" + std::to_string(800 - static_cast<int>(events_.size())) + "_" + name_, "paid",
                                second_, object + "_" + name_);
        event.clear_invoice();
        event.set_type("charge.updated");
        auto& fact = *event.mutable_payment_fact();
        fact.set_kind(kind);
        fact.set_object_id(object + "_" + name_);
        fact.set_amount_minor(amount_minor);
        fact.set_currency("eur");
        fact.set_status(status);
        // Only the payment and the credit note know the invoice; everything else knows the charge.
        const bool knows_invoice = kind == v1::PaymentFact::INVOICE_PAYMENT || kind == v1::PaymentFact::CREDIT_NOTE;
        if (knows_invoice) fact.set_stripe_invoice_id(name_);
        if (kind == v1::PaymentFact::INVOICE_PAYMENT || kind == v1::PaymentFact::CHARGE)
            fact.set_payment_intent_id("pi_" + name_);
        if (!knows_invoice) fact.set_charge_id("ch_" + name_);
        events_.push_back(std::move(event));
        return *this;
    }
    std::vector<v1::InvoiceEvent> take() { return std::move(events_); }

  private:
    const std::string name_;
    int second_;
    std::vector<v1::InvoiceEvent> events_;
};

// Thirteen events; some seconds are shared, and the dispute is won, lost or still open.
inline std::vector<v1::InvoiceEvent> disputed_life(const std::string& invoice, EventGenerator& random) {
    using Fact = v1::PaymentFact;
    const auto soon = [&random] { return static_cast<int>(random.below(2)); };
    auto events =
        LifeTeller(invoice).then("draft", 0).then("open", 1).then("open", soon(), 1).then("paid", 1, 2).take();
    const std::string end = std::vector<std::string>{"won", "lost", "under_review"}[random.below(3)];
    auto told = PaymentTeller(invoice, 4)
                    .then(Fact::INVOICE_PAYMENT, "inpay", 3'300, "paid", 0)
                    .then(Fact::CHARGE, "ch", 0, "succeeded", 0)
                    .then(Fact::REFUND, "re", 300, "pending", 2)
                    .then(Fact::REFUND, "re", 300, random.below(3) == 0 ? "failed" : "succeeded", 1)
                    .then(Fact::CHARGE, "ch", 300, "succeeded", soon())
                    .then(Fact::CREDIT_NOTE, "cn", 300, "issued", soon())
                    .then(Fact::DISPUTE, "dp", 3'000, "needs_response", 5)
                    .then(Fact::DISPUTE, "dp", 3'000, "under_review", 1 + soon())
                    .then(Fact::DISPUTE, "dp", 3'000, end, 1)
                    .take();
    for (auto& event : told) events.push_back(std::move(event));
    return events;
}

}  // namespace quittance::test
