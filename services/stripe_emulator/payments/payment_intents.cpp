// The calls that make, read and change PaymentIntents. The steps that move money are in payment_intent_steps.cpp.
#include <array>
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/payments.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/payments/payments.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

Result<void> apply_customer(const Account& account, const json::object& parameters, PaymentIntent& intent) {
    const auto id = text_of(parameters, "customer");
    if (!id || id->empty()) return {};
    const auto* customer = account.customers.find(*id);
    if (customer == nullptr || customer->deleted) return no_such_parameter("customer", *id, "customer");
    intent.customer = *id;
    return {};
}

// A payment method by its id, a shared test id, or a card in payment_method_data.
Result<void> apply_method(Account& account, const Cause& cause, const json::object& parameters, PaymentIntent& intent) {
    auto id = text_of(parameters, "payment_method");
    if (const auto* data = object_of(parameters, "payment_method_data"); data != nullptr && !id) {
        if (text_of(*data, "type").value_or("") != "card")
            return invalid_request("The emulator has cards only.", "payment_method_data[type]");
        id = "pm_card_visa";
    }
    if (!id || id->empty()) return {};
    const auto method = resolve_payment_method(account, cause, *id, "payment_method", false);
    if (!method) return method.error();
    if ((*method)->customer && (*method)->customer != intent.customer) {
        return invalid_request(
            "The provided PaymentMethod cannot be used with this PaymentIntent, because it belongs to a customer that "
            "is not the PaymentIntent's.",
            "payment_method");
    }
    intent.payment_method = (*method)->id;
    if (intent.status == "requires_payment_method") intent.status = "requires_confirmation";
    return {};
}

Result<void> apply_amount(const json::object& parameters, PaymentIntent& intent) {
    if (const auto currency = text_of(parameters, "currency")) {
        auto code = known_currency(*currency, "currency");
        if (!code) return code.error();
        intent.currency = *code;
    }
    const auto amount = integer_of(parameters, "amount");
    if (!amount) return {};
    if (auto chargeable = check_chargeable(*amount, intent.currency, "amount"); !chargeable) return chargeable.error();
    intent.amount = *amount;
    return {};
}

Result<void> apply(Account& account, const Call& call, PaymentIntent& intent) {
    const auto& parameters = call.parameters;
    if (auto applied = apply_amount(parameters, intent); !applied) return applied.error();
    if (auto applied = apply_customer(account, parameters, intent); !applied) return applied.error();
    if (auto applied = apply_method(account, call.cause, parameters, intent); !applied) return applied.error();
    if (const auto method = text_of(parameters, "capture_method")) intent.capture_method = *method;
    set_text(parameters, "description", intent.description);
    set_text(parameters, "receipt_email", intent.receipt_email);
    set_text(parameters, "setup_future_usage", intent.setup_future_usage);
    set_text(parameters, "statement_descriptor", intent.statement_descriptor);
    return apply_metadata(parameters, "metadata", intent.metadata);
}

}  // namespace

Result<PaymentIntent*> intent_in_path(Account& account, const Call& call) {
    auto* intent = account.payment_intents.find(call.path[0]);
    if (intent == nullptr) return no_such_in_path("payment_intent", call.path[0], "intent");
    return intent;
}

Result<json::object> create_payment_intent(Account& account, const Call& call) {
    for (const auto* name : {"currency", "amount"}) {
        if (!call.parameters.contains(name)) return parameter_missing(name);
    }
    PaymentIntent wanted;
    if (auto applied = apply(account, call, wanted); !applied) return applied.error();
    auto& intent = add_intent(account, call.cause, std::move(wanted));
    emit_intent(account, call.cause, "payment_intent.created", intent);
    if (boolean_of(call.parameters, "confirm").value_or(false)) {
        if (auto confirmed = confirm(account, call, intent); !confirmed) return confirmed.error();
    }
    return render(account, intent, call.shape);
}

Result<json::object> get_payment_intent(Account& account, const Call& call) {
    const auto intent = intent_in_path(account, call);
    if (!intent) return intent.error();
    return render(account, **intent, call.shape);
}

Result<json::object> update_payment_intent(Account& account, const Call& call) {
    const auto intent = intent_in_path(account, call);
    if (!intent) return intent.error();
    const bool final = (*intent)->status == "succeeded" || (*intent)->status == "canceled";
    for (const auto* name : {"amount", "currency", "customer", "payment_method"}) {
        if (!call.parameters.contains(name)) continue;
        if (final) {
            return invalid_request("This PaymentIntent's " + std::string(name) +
                                       " could not be updated because it has a status of " + (*intent)->status + ".",
                                   name, "payment_intent_unexpected_state");
        }
        if ((*intent)->invoice) {
            return invalid_request("The " + std::string(name) + " of an invoice's PaymentIntent cannot be changed.",
                                   name);
        }
    }
    auto changed = **intent;
    if (auto applied = apply(account, call, changed); !applied) return applied.error();
    **intent = std::move(changed);
    return render(account, **intent, call.shape);
}

Result<json::object> list_payment_intents(Account& account, const Call& call) {
    const auto wanted = [&](const PaymentIntent& intent) {
        return matches(call.parameters, "customer", intent.customer) &&
               in_range(call.parameters, "created", intent.created);
    };
    return list_page(account.payment_intents, call, "payment_intent", "/v1/payment_intents", wanted,
                     [&](const PaymentIntent& intent) { return render(account, intent, call.shape); });
}

}  // namespace quittance::stripe_emulator
