// The calls that move a PaymentIntent's money: confirm, capture, cancel.
#include <algorithm>
#include <array>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/payments.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/payments/payments.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

Refusal unexpected_state(const PaymentIntent& intent, const std::string& step) {
    return invalid_request("This PaymentIntent's status is " + intent.status + "; it cannot be " + step + ".", {},
                           "payment_intent_unexpected_state");
}

// Stripe puts the whole intent into the error of a card.
Refusal with_intent(Account& account, Refusal refused, const PaymentIntent& intent, Shape shape) {
    refused.error["payment_intent"] = render(account, intent, shape);
    return refused;
}

// Of the test cards whose payer disputes the charge, or asks about it.
void dispute_charge(Account& account, const Cause& cause, const std::string& charge, bool questioned) {
    const json::object wish{{"charge", charge},
                            {"reason", "fraudulent"},
                            {"status", questioned ? "warning_needs_response" : "needs_response"}};
    static_cast<void>(move_dispute(account, cause, wish).has_value());
}

// The default payment of an invoice is collected by the invoice's rules.
Result<void> confirm_for_invoice(Account& account, const Call& call, PaymentIntent& intent) {
    auto& invoice = *account.invoices.find(*intent.invoice);
    const auto collected = collect(account, call.cause, invoice, intent.payment_method, false);
    if (collected || intent.status == "requires_action") return {};
    return with_intent(account, collected.error(), intent, call.shape);
}

Result<void> demand_authentication(Account& account, const Call& call, PaymentIntent& intent,
                                   const PaymentMethod& method) {
    const auto& parameters = call.parameters;
    const auto* off_session = parameters.if_contains("off_session");
    const bool payer_is_absent = (off_session != nullptr && *off_session != json::value(false)) ||
                                 boolean_of(parameters, "error_on_requires_action").value_or(false);
    if (!payer_is_absent) {
        require_action(intent, method);
        emit_intent(account, call.cause, "payment_intent.requires_action", intent);
        return {};
    }
    auto refused = charge_refused(account, call.cause, intent, method);
    refused.error["code"] = "authentication_required";
    refused.error["decline_code"] = "authentication_required";
    refused.error["message"] = "Your card was declined. This transaction requires authentication.";
    intent.last_payment_error = refused.error;
    emit_refused_charge(account, call.cause, intent);
    return with_intent(account, std::move(refused), intent, call.shape);
}

}  // namespace

Result<void> confirm(Account& account, const Call& call, PaymentIntent& intent) {
    constexpr std::array<std::string_view, 3> kConfirmable{"requires_payment_method", "requires_confirmation",
                                                           "requires_action"};
    if (std::find(kConfirmable.begin(), kConfirmable.end(), intent.status) == kConfirmable.end())
        return unexpected_state(intent, "confirmed");
    if (const auto id = text_of(call.parameters, "payment_method"); id && call.path.size() > 0) {
        const auto given = resolve_payment_method(account, call.cause, *id, "payment_method", false);
        if (!given) return given.error();
        intent.payment_method = (*given)->id;
    }
    if (!intent.payment_method) {
        return invalid_request(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method.",
            "payment_method", "payment_intent_unexpected_state");
    }
    if (intent.invoice) return confirm_for_invoice(account, call, intent);
    const auto& method = *account.payment_methods.find(*intent.payment_method);
    const bool disputed = method.behaviour == CardBehaviour::kDisputed;
    const bool questioned = method.behaviour == CardBehaviour::kQuestioned;
    if (method.behaviour == CardBehaviour::kPays || disputed || questioned) {
        charge_succeeded(account, call.cause, intent, method, Attempt::kByClient);
        if (disputed || questioned) dispute_charge(account, call.cause, *intent.latest_charge, questioned);
        return {};
    }
    if (method.behaviour == CardBehaviour::kClears) {
        start_clearing(intent, method);
        emit_intent(account, call.cause, "payment_intent.processing", intent);
        return {};
    }
    if (method.behaviour == CardBehaviour::kNeedsAuthentication)
        return demand_authentication(account, call, intent, method);
    auto refused = charge_refused(account, call.cause, intent, method);
    emit_refused_charge(account, call.cause, intent);
    return with_intent(account, std::move(refused), intent, call.shape);
}

Result<json::object> confirm_payment_intent(Account& account, const Call& call) {
    const auto intent = intent_in_path(account, call);
    if (!intent) return intent.error();
    if (auto confirmed = confirm(account, call, **intent); !confirmed) return confirmed.error();
    return render(account, **intent, call.shape);
}

Result<json::object> capture_payment_intent(Account& account, const Call& call) {
    const auto found = intent_in_path(account, call);
    if (!found) return found.error();
    auto& intent = **found;
    if (intent.status != "requires_capture") {
        return invalid_request("This PaymentIntent could not be captured because it has a status of " + intent.status +
                                   ". Only a PaymentIntent with one of the following statuses may be captured: "
                                   "requires_capture.",
                               {}, "payment_intent_unexpected_state");
    }
    const auto amount = integer_of(call.parameters, "amount_to_capture").value_or(intent.amount_capturable);
    if (amount < 1 || amount > intent.amount_capturable)
        return invalid_request("You may only capture up to the amount that can be captured.", "amount_to_capture");
    if (auto whole = check_fraction(amount, intent.currency, "amount_to_capture"); !whole) return whole.error();
    capture(account, call.cause, intent, amount);
    return render(account, intent, call.shape);
}

Result<json::object> cancel_payment_intent(Account& account, const Call& call) {
    const auto found = intent_in_path(account, call);
    if (!found) return found.error();
    auto& intent = **found;
    if (intent.status == "succeeded" || intent.status == "canceled") {
        return invalid_request("You cannot cancel this PaymentIntent because it has a status of " + intent.status +
                                   ". Only a PaymentIntent with one of the following statuses may be canceled: "
                                   "requires_payment_method, requires_capture, requires_confirmation, "
                                   "requires_action, processing.",
                               {}, "payment_intent_unexpected_state");
    }
    if (intent.invoice) {
        return invalid_request(
            "You cannot cancel the PaymentIntent of an invoice. Void the invoice to cancel its PaymentIntent.");
    }
    cancel_intent(account, call.cause, intent, text_of(call.parameters, "cancellation_reason"));
    for (const auto& id : intent.invoice_payments) {
        auto& payment = *account.invoice_payments.find(id);
        if (payment.status != "open") continue;
        payment.status = "canceled";
        payment.canceled_at = call.cause.now.unix_seconds;
    }
    return render(account, intent, call.shape);
}

Result<json::object> settle_intent(Account& account, const Cause& cause, const std::string& id, bool succeeds) {
    auto* intent = account.payment_intents.find(id);
    if (intent == nullptr) return no_such_in_path("payment_intent", id, "id");
    if (intent->status != "requires_action" && intent->status != "processing")
        return unexpected_state(*intent, "settled");
    const auto& method = *account.payment_methods.find(*intent->payment_method);
    if (succeeds) {
        charge_succeeded(account, cause, *intent, method, Attempt::kByClient);
    } else if (intent->invoice) {
        debit_failed(account, cause, *account.invoices.find(*intent->invoice));
    } else {
        static_cast<void>(charge_refused(account, cause, *intent, method));
        emit_refused_charge(account, cause, *intent);
    }
    return render(account, *intent, Shape::k2023);
}

}  // namespace quittance::stripe_emulator
