// Charges PaymentIntents: success, reservation and capture, decline, demand for authentication, cancellation.
#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/billing/payments.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::size_t kSecretLength = 25;

struct Decline {
    std::string_view decline_code;
    std::string_view message;
};

Decline decline_of(CardBehaviour behaviour) {
    if (behaviour == CardBehaviour::kInsufficientFunds)
        return {"insufficient_funds", "Your card has insufficient funds."};
    return {"generic_decline", "Your card was declined."};
}

void emit_charge(Account& account, const Cause& cause, std::string_view type, const Charge& charge,
                 const Snapshot* before = nullptr) {
    emit(
        account, cause, type, [&](Shape shape) { return render(account, charge, shape); }, before);
}

}  // namespace

void emit_intent(Account& account, const Cause& cause, std::string_view type, const PaymentIntent& intent) {
    emit(account, cause, type, [&](Shape shape) { return render(account, intent, shape); });
}

PaymentIntent& add_intent(Account& account, const Cause& cause, PaymentIntent intent) {
    intent.id = account.ids.timed("pi_3", cause.now.unix_seconds);
    intent.created = cause.now.unix_seconds;
    intent.client_secret = intent.id + account.ids.plain("_secret_", kSecretLength);
    return account.payment_intents.add(std::move(intent));
}

Charge& make_charge(Account& account, const Cause& cause, PaymentIntent& intent, const PaymentMethod& method) {
    Charge charge;
    charge.id = account.ids.timed("ch_3", cause.now.unix_seconds);
    charge.created = cause.now.unix_seconds;
    charge.amount = intent.amount;
    charge.currency = intent.currency;
    charge.customer = intent.customer;
    charge.invoice = intent.invoice;
    charge.payment_intent = intent.id;
    charge.payment_method = method.id;
    charge.description = intent.description;
    charge.receipt_email = intent.receipt_email;
    charge.metadata = intent.metadata;
    intent.latest_charge = charge.id;
    intent.payment_method = method.id;
    return account.charges.add(std::move(charge));
}

void charge_succeeded(Account& account, const Cause& cause, PaymentIntent& intent, const PaymentMethod& method,
                      Attempt attempt) {
    auto& charge = make_charge(account, cause, intent, method);
    charge.paid = true;
    intent.last_payment_error = nullptr;
    intent.next_action = nullptr;
    if (intent.capture_method == "manual") {
        intent.status = "requires_capture";
        intent.amount_capturable = intent.amount;
        emit_charge(account, cause, "charge.succeeded", charge);
        emit_intent(account, cause, "payment_intent.amount_capturable_updated", intent);
        return;
    }
    charge.captured = true;
    charge.amount_captured = charge.amount;
    intent.status = "succeeded";
    intent.amount_received = intent.amount;
    emit_charge(account, cause, "charge.succeeded", charge);
    emit_intent(account, cause, "payment_intent.succeeded", intent);
    pay_invoices_of(account, cause, intent, attempt);
}

Refusal charge_refused(Account& account, const Cause& cause, PaymentIntent& intent, const PaymentMethod& method) {
    const auto reason = decline_of(method.behaviour);
    auto& charge = make_charge(account, cause, intent, method);
    charge.failure_code = "card_declined";
    charge.failure_message = reason.message;
    auto refused = card_error("card_declined", reason.decline_code, reason.message, charge.id);
    intent.status = "requires_payment_method";
    intent.last_payment_error = refused.error;
    intent.next_action = nullptr;
    return refused;
}

void emit_refused_charge(Account& account, const Cause& cause, const PaymentIntent& intent) {
    emit_charge(account, cause, "charge.failed", *account.charges.find(*intent.latest_charge));
    emit_intent(account, cause, "payment_intent.payment_failed", intent);
}

void require_action(PaymentIntent& intent, const PaymentMethod& method) {
    intent.status = "requires_action";
    intent.payment_method = method.id;
    intent.next_action = json::object{{"type", "use_stripe_sdk"}, {"use_stripe_sdk", json::object{}}};
}

void start_clearing(PaymentIntent& intent, const PaymentMethod& method) {
    intent.status = "processing";
    intent.payment_method = method.id;
    intent.last_payment_error = nullptr;
    intent.next_action = nullptr;
}

void capture(Account& account, const Cause& cause, PaymentIntent& intent, std::int64_t amount) {
    auto& charge = *account.charges.find(*intent.latest_charge);
    const auto before = snapshot(account, charge);
    charge.captured = true;
    charge.amount_captured = amount;
    charge.amount_refunded = charge.amount - amount;
    intent.status = "succeeded";
    intent.amount_capturable = 0;
    intent.amount_received = amount;
    emit_charge(account, cause, "charge.captured", charge, &before);
    emit_intent(account, cause, "payment_intent.succeeded", intent);
    pay_invoices_of(account, cause, intent, Attempt::kByClient);
}

void cancel_intent(Account& account, const Cause& cause, PaymentIntent& intent, const OptionalText& reason) {
    // What the card reserved is released.
    if (intent.status == "requires_capture") {
        auto& charge = *account.charges.find(*intent.latest_charge);
        const auto before = snapshot(account, charge);
        charge.amount_refunded = charge.amount;
        emit_charge(account, cause, "charge.refunded", charge, &before);
    }
    intent.status = "canceled";
    intent.canceled_at = cause.now.unix_seconds;
    intent.cancellation_reason = reason;
    intent.amount_capturable = 0;
    intent.next_action = nullptr;
    emit_intent(account, cause, "payment_intent.canceled", intent);
}

}  // namespace quittance::stripe_emulator
