// The calls for SetupIntents, by which a payer's method is kept without a payment.
#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/payments/payments.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

void emit_setup(Account& account, const Call& call, std::string_view type, const SetupIntent& intent) {
    emit(account, call.cause, type, [&](Shape) { return render(account, intent); });
}

Result<SetupIntent*> intent_of_path(Account& account, const Call& call) {
    auto* intent = account.setup_intents.find(call.path[0]);
    if (intent == nullptr) return no_such_in_path("setupintent", call.path[0], "intent");
    return intent;
}

Result<void> refuse_card(Account& account, const Call& call, SetupIntent& intent) {
    auto refused = card_error("card_declined", "generic_decline", "Your card was declined.", {});
    intent.status = "requires_payment_method";
    intent.last_setup_error = refused.error;
    emit_setup(account, call, "setup_intent.setup_failed", intent);
    refused.error["setup_intent"] = render(account, intent);
    return refused;
}

Result<void> confirm_setup(Account& account, const Call& call, SetupIntent& intent) {
    if (!intent.payment_method) {
        return invalid_request("You cannot confirm this SetupIntent because it's missing a payment method.",
                               "payment_method", "setup_intent_unexpected_state");
    }
    auto& method = *account.payment_methods.find(*intent.payment_method);
    if (method.behaviour == CardBehaviour::kRefusedOnAttach) return refuse_card(account, call, intent);
    if (method.behaviour == CardBehaviour::kNeedsAuthentication) {
        intent.status = "requires_action";
        intent.next_action = json::object{{"type", "use_stripe_sdk"}, {"use_stripe_sdk", json::object{}}};
        emit_setup(account, call, "setup_intent.requires_action", intent);
        return {};
    }
    if (intent.customer) {
        auto attached = attach(account, call.cause, method, *account.customers.find(*intent.customer));
        if (!attached) return attached.error();
    }
    intent.status = "succeeded";
    emit_setup(account, call, "setup_intent.succeeded", intent);
    return {};
}

Result<void> apply(Account& account, const Call& call, SetupIntent& intent) {
    if (const auto customer = text_of(call.parameters, "customer")) {
        if (account.customers.find(*customer) == nullptr) return no_such_parameter("customer", *customer, "customer");
        intent.customer = *customer;
    }
    if (const auto id = text_of(call.parameters, "payment_method")) {
        const auto method = resolve_payment_method(account, call.cause, *id, "payment_method", false);
        if (!method) return method.error();
        intent.payment_method = (*method)->id;
        intent.status = "requires_confirmation";
    }
    set_text(call.parameters, "description", intent.description);
    return apply_metadata(call.parameters, "metadata", intent.metadata);
}

}  // namespace

Result<json::object> create_setup_intent(Account& account, const Call& call) {
    SetupIntent wanted;
    wanted.id = account.ids.timed("seti_1", call.cause.now.unix_seconds);
    wanted.created = call.cause.now.unix_seconds;
    if (auto applied = apply(account, call, wanted); !applied) return applied.error();
    auto& intent = account.setup_intents.add(std::move(wanted));
    emit_setup(account, call, "setup_intent.created", intent);
    if (boolean_of(call.parameters, "confirm").value_or(false)) {
        if (auto confirmed = confirm_setup(account, call, intent); !confirmed) return confirmed.error();
    }
    return render(account, intent);
}

Result<json::object> get_setup_intent(Account& account, const Call& call) {
    const auto intent = intent_of_path(account, call);
    if (!intent) return intent.error();
    return render(account, **intent);
}

Result<json::object> confirm_setup_intent(Account& account, const Call& call) {
    const auto intent = intent_of_path(account, call);
    if (!intent) return intent.error();
    if (auto applied = apply(account, call, **intent); !applied) return applied.error();
    if (auto confirmed = confirm_setup(account, call, **intent); !confirmed) return confirmed.error();
    return render(account, **intent);
}

Result<json::object> cancel_setup_intent(Account& account, const Call& call) {
    const auto intent = intent_of_path(account, call);
    if (!intent) return intent.error();
    if ((*intent)->status == "succeeded" || (*intent)->status == "canceled") {
        return invalid_request(
            "You cannot cancel this SetupIntent because it has a status of " + (*intent)->status + ".", {},
            "setup_intent_unexpected_state");
    }
    (*intent)->status = "canceled";
    (*intent)->cancellation_reason = text_of(call.parameters, "cancellation_reason");
    emit_setup(account, call, "setup_intent.canceled", **intent);
    return render(account, **intent);
}

}  // namespace quittance::stripe_emulator
