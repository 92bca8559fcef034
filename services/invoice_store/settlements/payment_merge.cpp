#include "invoice_store/settlements/payment_merge.hpp"

#include <tuple>
#include <utility>

namespace quittance::invoice_store {
namespace {

using v1::PaymentFact;

// libs/reconcile names a payment so.
constexpr std::string_view kLinkPrefix = "payment_of_";

// The progress of an object with this status, which orders two states of one second. An unknown status is between the
// first and the last ones. An appeal follows a lost dispute.
int progress_of(std::string_view status) {
    if (status == "pending" || status == "open" || status.starts_with("warning_needs")) return 0;
    if (status == "needs_response" || status == "requires_action") return 1;
    if (status == "succeeded" || status == "paid" || status == "lost" || status == "prevented" ||
        status == "warning_closed")
        return 3;
    if (status == "failed" || status == "canceled" || status == "void" || status == "appeal_needs_response") return 4;
    if (status.starts_with("appeal_")) return 5;
    if (status == "won") return 6;
    return 2;
}

// How much a statement tells of a failed attempt. A payment intent knows the decline code, and the charge of the
// attempt ("failed") only the reason of the bank.
int detail_of(const PaymentFact& fact) {
    if (fact.kind() != PaymentFact::PAYMENT_FAILURE) return 0;
    return (fact.status() == "failed" ? 0 : 2) + (fact.failure().decline_code().empty() ? 0 : 1);
}

auto order_of(const StoredFact& known) {
    return std::tuple(detail_of(known.fact), known.event_time.seconds(), progress_of(known.fact.status()),
                      known.fact.amount_minor(), std::string_view(known.event_id));
}

auto order_of(const StoredPayment& known) {
    return std::tuple(known.event_time.seconds(), payment_progress_of(known.payment.status()),
                      known.payment.amount_paid_minor(), std::string_view(known.event_id));
}

void keep_greater(std::string& name, const std::string& other) {
    if (name < other) name = other;
}

// A fact of an ingester of the version before, or of a look-up that found the invoice alone, has no payment.
v1::InvoicePayment payment_of(const PaymentFact& fact) {
    if (fact.has_payment() && !fact.payment().id().empty()) return fact.payment();
    v1::InvoicePayment payment;
    payment.set_id(fact.object_id());
    payment.set_stripe_invoice_id(fact.stripe_invoice_id());
    payment.set_payment_intent_id(fact.payment_intent_id());
    payment.set_charge_id(fact.charge_id());
    payment.set_amount_paid_minor(fact.amount_minor());
    payment.set_currency(fact.currency());
    payment.set_status(fact.status());
    return payment;
}

}  // namespace

StoredFact merge_facts(StoredFact left, StoredFact right) {
    if (order_of(left) < order_of(right)) std::swap(left, right);
    keep_greater(*left.fact.mutable_stripe_invoice_id(), right.fact.stripe_invoice_id());
    keep_greater(*left.fact.mutable_payment_intent_id(), right.fact.payment_intent_id());
    keep_greater(*left.fact.mutable_charge_id(), right.fact.charge_id());
    return left;
}

StoredPayment merge_payments(StoredPayment left, StoredPayment right) {
    if (order_of(left) < order_of(right)) std::swap(left, right);
    keep_greater(*left.payment.mutable_stripe_invoice_id(), right.payment.stripe_invoice_id());
    keep_greater(*left.payment.mutable_payment_intent_id(), right.payment.payment_intent_id());
    keep_greater(*left.payment.mutable_charge_id(), right.payment.charge_id());
    keep_greater(*left.payment.mutable_payment_record_id(), right.payment.payment_record_id());
    return left;
}

int payment_progress_of(std::string_view status) {
    if (status == "open") return 0;
    if (status == "paid") return 2;
    if (status == "canceled") return 3;
    return status == "detached" ? 4 : 1;
}

bool is_over(const v1::InvoicePayment& payment) {
    return payment.status() == "canceled" || payment.status() == "detached";
}

bool is_link(const v1::InvoicePayment& payment) {
    return payment.id().starts_with(kLinkPrefix);
}

bool names_payment(const v1::Invoice& invoice) {
    return !invoice.payment_intent_id().empty() || !invoice.charge_id().empty();
}

v1::InvoicePayment named_payment_of(const v1::Invoice& invoice) {
    v1::InvoicePayment payment;
    payment.set_stripe_invoice_id(invoice.stripe_invoice_id());
    payment.set_payment_intent_id(invoice.payment_intent_id());
    payment.set_charge_id(invoice.charge_id());
    payment.set_currency(invoice.currency());
    // What was paid out of band did not come through the payment intent.
    const bool paid = invoice.amount_paid_minor() > 0 && !invoice.paid_out_of_band();
    payment.set_status(paid ? "paid" : "open");
    if (paid) payment.set_amount_paid_minor(invoice.amount_paid_minor());
    return payment;
}

std::vector<StoredPayment> payments_in(const v1::InvoiceEvent& event) {
    std::vector<StoredPayment> payments;
    const auto add = [&](const v1::InvoicePayment& payment) {
        auto& known = payments.emplace_back();
        known.payment = payment;
        known.event_time.set_seconds(event.event_time().seconds());
        known.event_id = event.event_id();
    };
    if (event.has_payment_fact()) {
        if (event.payment_fact().kind() == PaymentFact::INVOICE_PAYMENT) add(payment_of(event.payment_fact()));
        return payments;
    }
    const auto& invoice = event.invoice();
    for (const auto& payment : invoice.payments()) {
        if (payment.id().empty()) continue;
        add(payment);
        payments.back().payment.set_stripe_invoice_id(invoice.stripe_invoice_id());
    }
    return payments;
}

StoredFact fact_in(const v1::InvoiceEvent& event) {
    StoredFact known{event.payment_fact(), event.event_time(), event.event_id()};
    known.event_time.set_nanos(0);
    if (known.fact.kind() == PaymentFact::CHARGE && known.fact.charge_id().empty())
        known.fact.set_charge_id(known.fact.object_id());
    return known;
}

}  // namespace quittance::invoice_store
