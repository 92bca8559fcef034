#include "stripe/reader_payment.hpp"

#include <string_view>
#include <utility>

namespace quittance::stripe {
namespace {

constexpr std::size_t kLongestId = 255;

void put_id(const Fields& fields, std::string_view key, std::string_view id, std::string& target) {
    if (id.size() > kLongestId) fields.report(key, "is longer than 255 bytes");
    assign_text(target, id);
}

// Null while the payment is open.
std::int64_t magnitude(const Fields& fields, std::string_view key) {
    const auto amount = fields.integer(key).value_or(0);
    if (amount >= 0) return amount;
    fields.report(key, "is negative");
    return 0;
}

void put_time(const Fields& fields, std::string_view key, google::protobuf::Timestamp* (v1::InvoicePayment::*target)(),
              v1::InvoicePayment& payment) {
    if (const auto seconds = fields.time(key)) (payment.*target)()->set_seconds(*seconds);
}

bool names_payment(const v1::InvoicePayment& payment) {
    return !payment.payment_intent_id().empty() || !payment.charge_id().empty();
}

// The greater one is shown before the others.
auto preference_of(const v1::InvoicePayment& payment) {
    const auto& status = payment.status();
    const int progress = status == "paid" ? 2 : status == "canceled" || status == "detached" ? 0 : 1;
    return std::pair(progress, payment.is_default());
}

}  // namespace

v1::InvoicePayment read_invoice_payment(const Fields& payment) {
    v1::InvoicePayment out;
    const auto holder = payment.child("payment");
    const auto charge = holder.child("charge");
    const auto intent = holder.child("payment_intent");
    put_id(payment, "id", payment.text("id"), *out.mutable_id());
    put_id(payment, "invoice", payment.id("invoice"), *out.mutable_stripe_invoice_id());
    // An expanded reference tells the other id as well.
    const auto intent_id = holder.id("payment_intent");
    const auto charge_id = holder.id("charge");
    put_id(holder, "payment_intent", intent_id.empty() ? charge.id("payment_intent") : intent_id,
           *out.mutable_payment_intent_id());
    put_id(holder, "charge", charge_id.empty() ? intent.id("latest_charge") : charge_id, *out.mutable_charge_id());
    put_id(holder, "payment_record", holder.id("payment_record"), *out.mutable_payment_record_id());
    out.set_amount_paid_minor(magnitude(payment, "amount_paid"));
    out.set_amount_requested_minor(magnitude(payment, "amount_requested"));
    assign_text(*out.mutable_currency(), payment.text("currency"));
    assign_text(*out.mutable_status(), payment.text("status"));
    out.set_is_default(payment.flag("is_default"));
    const auto transitions = payment.child("status_transitions");
    put_time(payment, "created", &v1::InvoicePayment::mutable_create_time, out);
    put_time(transitions, "paid_at", &v1::InvoicePayment::mutable_paid_time, out);
    put_time(transitions, "canceled_at", &v1::InvoicePayment::mutable_canceled_time, out);
    return out;
}

google::protobuf::RepeatedPtrField<v1::InvoicePayment> read_invoice_payments(const Fields& invoice,
                                                                             std::string& problem) {
    google::protobuf::RepeatedPtrField<v1::InvoicePayment> payments;
    const auto* elements = invoice.child("payments").list("data");
    if (elements == nullptr) return payments;
    for (const auto& element : *elements) {
        auto payment = read_invoice_payment(Fields(object_in(element), problem, "payments.data"));
        if (payment.id().empty()) continue;
        if (payment.stripe_invoice_id().empty()) assign_text(*payment.mutable_stripe_invoice_id(), invoice.text("id"));
        payments.Add(std::move(payment));
    }
    return payments;
}

const v1::InvoicePayment* shown_payment(const google::protobuf::RepeatedPtrField<v1::InvoicePayment>& payments) {
    const v1::InvoicePayment* shown = nullptr;
    for (const auto& payment : payments)
        if (names_payment(payment) && (shown == nullptr || preference_of(*shown) < preference_of(payment)))
            shown = &payment;
    return shown;
}

}  // namespace quittance::stripe
