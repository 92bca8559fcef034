// Collects the amount due: the charge, its success, its decline, the demand for authentication, payment outside of
// Stripe.
#include <array>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

// The steps of fixtures/invoice_payment_failed*.json: three, five and seven days, then no more.
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::array kRetryAfterSeconds{3 * kDaySeconds, 5 * kDaySeconds, 7 * kDaySeconds};

struct Decline {
    std::string_view decline_code;
    std::string_view message;
};

Decline decline_of(CardBehaviour behaviour) {
    if (behaviour == CardBehaviour::kInsufficientFunds)
        return {"insufficient_funds", "Your card has insufficient funds."};
    return {"generic_decline", "Your card was declined."};
}

Refusal needs_authentication() {
    return card_error(
        "invoice_payment_intent_requires_action", {},
        "Payment for this invoice requires additional user action before it can be completed successfully. Payment "
        "can be completed using the PaymentIntent associated with `invoice.payment_intent`.",
        {});
}

Refusal nothing_to_charge() {
    return invalid_request(
        "This customer has no attached payment source or default payment method. Please consider adding a default "
        "payment method. "
        "For more information, visit "
        "https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.",
        {}, "resource_missing");
}

// The first attempt always counts; later ones count only if the clock makes them.
void count_attempt(Invoice& invoice, bool automatic) {
    if (invoice.attempt_count == 0 || automatic) ++invoice.attempt_count;
    invoice.attempted = true;
}

// After a failure: schedules the clock's next attempt. A manual attempt does not use up one of the clock's attempts.
void plan_retry(Account& account, const Cause& cause, Invoice& invoice, bool automatic) {
    const bool retries = invoice.auto_advance && !invoice.send_invoice && invoice.status == InvoiceStatus::kOpen;
    const auto step = static_cast<std::size_t>(invoice.automatic_retries);
    if (!retries || step >= kRetryAfterSeconds.size()) {
        invoice.next_payment_attempt.reset();
        invoice.collect_ms.reset();
    } else if (automatic || !invoice.next_payment_attempt) {
        invoice.next_payment_attempt = cause.now.unix_seconds + kRetryAfterSeconds.at(step);
        invoice.collect_ms = cause.now.schedule_ms + kRetryAfterSeconds.at(step) * 1000;
        ++invoice.automatic_retries;
    }
    plan(account, invoice);
}

Charge& make_charge(Account& account, const Cause& cause, const Invoice& invoice, PaymentIntent& intent,
                    const PaymentMethod& method) {
    Charge charge;
    charge.id = account.ids.timed("ch_3", cause.now.unix_seconds);
    charge.created = cause.now.unix_seconds;
    charge.amount = amount_to_pay(invoice);
    charge.currency = invoice.currency;
    charge.customer = invoice.customer;
    charge.invoice = invoice.id;
    charge.payment_intent = intent.id;
    charge.payment_method = method.id;
    intent.latest_charge = charge.id;
    intent.payment_method = method.id;
    return account.charges.add(std::move(charge));
}

void mark_paid(Account& account, const Cause& cause, Invoice& invoice) {
    invoice.status = InvoiceStatus::kPaid;
    invoice.paid = true;
    invoice.paid_at = cause.now.unix_seconds;
    invoice.amount_paid = amount_to_pay(invoice);
    invoice.auto_advance = false;
    invoice.next_payment_attempt.reset();
    invoice.collect_ms.reset();
    plan(account, invoice);
}

void succeed(Account& account, const Cause& cause, Invoice& invoice, PaymentIntent& intent, const PaymentMethod& method,
             bool automatic) {
    const auto before = snapshot(account, invoice);
    auto& charge = make_charge(account, cause, invoice, intent, method);
    charge.paid = true;
    intent.status = "succeeded";
    intent.amount_received = intent.amount;
    intent.last_payment_error = nullptr;
    intent.next_action = nullptr;
    invoice.charge = charge.id;
    count_attempt(invoice, automatic);
    mark_paid(account, cause, invoice);
    auto& payment = *account.invoice_payments.find(*invoice.invoice_payment);
    payment.status = "paid";
    payment.amount_paid = invoice.amount_paid;
    payment.paid_at = cause.now.unix_seconds;

    emit(account, cause, "charge.succeeded", [&](Shape shape) { return render(account, charge, shape); });
    emit(account, cause, "payment_intent.succeeded", [&](Shape shape) { return render(account, intent, shape); });
    emit_invoice_updated(account, cause, invoice, before);
    emit_invoice(account, cause, "invoice.payment_succeeded", invoice);
    emit_invoice(account, cause, "invoice.paid", invoice);
    emit_basil_only(account, cause, "invoice_payment.paid", [&](Shape) { return render(account, payment); });
}

Refusal decline(Account& account, const Cause& cause, Invoice& invoice, PaymentIntent& intent,
                const PaymentMethod& method, bool automatic) {
    const auto before = snapshot(account, invoice);
    const auto reason = decline_of(method.behaviour);
    auto& charge = make_charge(account, cause, invoice, intent, method);
    charge.failure_code = "card_declined";
    charge.failure_message = reason.message;
    auto refused = card_error("card_declined", reason.decline_code, reason.message, charge.id);
    intent.status = "requires_payment_method";
    intent.last_payment_error = refused.error;
    intent.next_action = nullptr;
    invoice.charge = charge.id;
    count_attempt(invoice, automatic);
    plan_retry(account, cause, invoice, automatic);

    emit(account, cause, "charge.failed", [&](Shape shape) { return render(account, charge, shape); });
    emit(account, cause, "payment_intent.payment_failed", [&](Shape shape) { return render(account, intent, shape); });
    emit_invoice(account, cause, "invoice.payment_failed", invoice);
    emit_invoice_updated(account, cause, invoice, before);
    return refused;
}

Refusal demand_authentication(Account& account, const Cause& cause, Invoice& invoice, PaymentIntent& intent,
                              const PaymentMethod& method, bool automatic) {
    const auto before = snapshot(account, invoice);
    intent.status = "requires_action";
    intent.payment_method = method.id;
    intent.next_action = json::object{{"type", "use_stripe_sdk"}, {"use_stripe_sdk", json::object{}}};
    count_attempt(invoice, automatic);
    plan_retry(account, cause, invoice, automatic);

    emit(account, cause, "payment_intent.requires_action", [&](Shape shape) { return render(account, intent, shape); });
    emit_invoice(account, cause, "invoice.payment_action_required", invoice);
    emit_invoice(account, cause, "invoice.payment_failed", invoice);
    emit_invoice_updated(account, cause, invoice, before);
    return needs_authentication();
}

// Without any payment method an automatic attempt fails; a client only gets an error.
Refusal nothing_to_charge(Account& account, const Cause& cause, Invoice& invoice, bool automatic) {
    if (automatic) {
        const auto before = snapshot(account, invoice);
        count_attempt(invoice, true);
        plan_retry(account, cause, invoice, true);
        emit_invoice(account, cause, "invoice.payment_failed", invoice);
        emit_invoice_updated(account, cause, invoice, before);
    }
    return nothing_to_charge();
}

}  // namespace

Result<void> check_attached(const Account& account, const Invoice& invoice, std::string_view payment_method,
                            std::string_view param) {
    const auto* method = account.payment_methods.find(payment_method);
    if (method != nullptr && method->customer == invoice.customer) return {};
    Refusal refused;
    refused.error = json::object{
        {"message", "The customer does not have a payment method with the ID " + std::string(payment_method) +
                        ". The payment method must be attached to the customer."},
        {"type", "invalid_request_error"},
        {"code", "resource_missing"},
        {"param", param}};
    return refused;
}

Result<void> collect(Account& account, const Cause& cause, Invoice& invoice, const OptionalText& payment_method,
                     bool automatic) {
    if (payment_method) {
        if (auto attached = check_attached(account, invoice, *payment_method, "payment_method"); !attached)
            return attached.error();
    }
    const auto& customer = *account.customers.find(invoice.customer);
    auto chosen = payment_method ? payment_method : invoice.default_payment_method;
    if (!chosen) chosen = customer.default_payment_method;
    const auto* method = chosen ? account.payment_methods.find(*chosen) : nullptr;
    if (method == nullptr || method->customer != invoice.customer)
        return nothing_to_charge(account, cause, invoice, automatic);

    auto& intent = *account.payment_intents.find(*invoice.payment_intent);
    switch (method->behaviour) {
        case CardBehaviour::kPays:
            succeed(account, cause, invoice, intent, *method, automatic);
            return {};
        case CardBehaviour::kNeedsAuthentication:
            return demand_authentication(account, cause, invoice, intent, *method, automatic);
        case CardBehaviour::kDeclined:
        case CardBehaviour::kInsufficientFunds:
        case CardBehaviour::kRefusedOnAttach:
            break;
    }
    return decline(account, cause, invoice, intent, *method, automatic);
}

void pay_out_of_band(Account& account, const Cause& cause, Invoice& invoice) {
    const auto before = snapshot(account, invoice);
    cancel_payment(account, cause, invoice);
    invoice.paid_out_of_band = true;
    mark_paid(account, cause, invoice);
    emit_invoice_updated(account, cause, invoice, before);
    emit_invoice(account, cause, "invoice.paid", invoice);
}

void pay_by_credit_note(Account& account, const Cause& cause, Invoice& invoice) {
    cancel_payment(account, cause, invoice);
    mark_paid(account, cause, invoice);
}

}  // namespace quittance::stripe_emulator
