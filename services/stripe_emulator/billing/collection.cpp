// Collects the amount due by the default payment: the choice of the card, declines and their retries, payment outside
// of Stripe.
#include <array>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/billing/payments.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

// The steps of fixtures/invoice_payment_failed*.json: three, five and seven days, then no more.
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::array kRetryAfterSeconds{3 * kDaySeconds, 5 * kDaySeconds, 7 * kDaySeconds};

Attempt attempt_of(bool automatic) {
    return automatic ? Attempt::kByClock : Attempt::kByClient;
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

Refusal decline(Account& account, const Cause& cause, Invoice& invoice, PaymentIntent& intent,
                const PaymentMethod& method, bool automatic) {
    const auto before = snapshot(account, invoice);
    auto refused = charge_refused(account, cause, intent, method);
    invoice.charge = intent.latest_charge;
    count_attempt(invoice, attempt_of(automatic));
    plan_retry(account, cause, invoice, automatic);

    emit_refused_charge(account, cause, intent);
    emit_invoice(account, cause, "invoice.payment_failed", invoice);
    emit_invoice_updated(account, cause, invoice, before);
    return refused;
}

Refusal demand_authentication(Account& account, const Cause& cause, Invoice& invoice, PaymentIntent& intent,
                              const PaymentMethod& method, bool automatic) {
    const auto before = snapshot(account, invoice);
    require_action(intent, method);
    count_attempt(invoice, attempt_of(automatic));
    plan_retry(account, cause, invoice, automatic);

    emit_intent(account, cause, "payment_intent.requires_action", intent);
    emit_invoice(account, cause, "invoice.payment_action_required", invoice);
    emit_invoice(account, cause, "invoice.payment_failed", invoice);
    emit_invoice_updated(account, cause, invoice, before);
    return needs_authentication();
}

void clear(Account& account, const Cause& cause, Invoice& invoice, PaymentIntent& intent, const PaymentMethod& method,
           bool automatic) {
    const auto before = snapshot(account, invoice);
    start_clearing(intent, method);
    count_attempt(invoice, attempt_of(automatic));
    emit_intent(account, cause, "payment_intent.processing", intent);
    emit_invoice_updated(account, cause, invoice, before);
}

// Without any payment method an automatic attempt fails; a client only gets an error.
Refusal nothing_to_charge(Account& account, const Cause& cause, Invoice& invoice, bool automatic) {
    if (automatic) {
        const auto before = snapshot(account, invoice);
        count_attempt(invoice, Attempt::kByClock);
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
        case CardBehaviour::kDisputed:
        case CardBehaviour::kQuestioned:
            charge_succeeded(account, cause, intent, *method, attempt_of(automatic));
            return {};
        case CardBehaviour::kNeedsAuthentication:
            return demand_authentication(account, cause, invoice, intent, *method, automatic);
        case CardBehaviour::kClears:
            clear(account, cause, invoice, intent, *method, automatic);
            return {};
        case CardBehaviour::kDeclined:
        case CardBehaviour::kInsufficientFunds:
        case CardBehaviour::kRefusedOnAttach:
            break;
    }
    return decline(account, cause, invoice, intent, *method, automatic);
}

void debit_failed(Account& account, const Cause& cause, Invoice& invoice) {
    auto& intent = *account.payment_intents.find(*invoice.payment_intent);
    const auto& method = *account.payment_methods.find(*intent.payment_method);
    static_cast<void>(decline(account, cause, invoice, intent, method, false));
}

void pay_out_of_band(Account& account, const Cause& cause, Invoice& invoice) {
    const auto before = snapshot(account, invoice);
    cancel_payments(account, cause, invoice);
    invoice.paid_out_of_band = true;
    invoice.out_of_band = amount_to_pay(invoice);
    invoice.amount_paid += invoice.out_of_band;
    mark_paid(account, cause, invoice);
    emit_invoice_updated(account, cause, invoice, before);
    emit_invoice(account, cause, "invoice.paid", invoice);
}

void pay_by_credit_note(Account& account, const Cause& cause, Invoice& invoice) {
    cancel_payments(account, cause, invoice);
    mark_paid(account, cause, invoice);
}

}  // namespace quittance::stripe_emulator
