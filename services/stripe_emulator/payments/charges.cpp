// The calls for charges. Most charges come from PaymentIntents; a client may also make one directly, as before 2019.
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/billing/payments.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/payments/payments.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

Result<Charge*> charge_in_path(Account& account, const Call& call) {
    auto* charge = account.charges.find(call.path[0]);
    if (charge == nullptr) return no_such_in_path("charge", call.path[0], "id");
    return charge;
}

// The payment method of a source: "tok_visa" is the card of "pm_card_visa".
Result<PaymentMethod*> method_of_source(Account& account, const Call& call, const std::string& source) {
    constexpr std::string_view kToken = "tok_";
    const auto id = source.starts_with(kToken) ? "pm_card_" + source.substr(kToken.size()) : source;
    if (auto* known = account.payment_methods.find(id)) return known;
    const auto made = resolve_payment_method(account, call.cause, id, "source", false);
    if (!made) return no_such_parameter("token", source, "source");
    return made;
}

void emit_charge(Account& account, const Call& call, std::string_view type, const Charge& charge,
                 const Snapshot* before = nullptr) {
    emit(
        account, call.cause, type, [&](Shape shape) { return render(account, charge, shape); }, before);
}

Result<Charge> charge_from(const Account& account, const Call& call) {
    const auto& parameters = call.parameters;
    for (const auto* name : {"amount", "currency"}) {
        if (!parameters.contains(name)) return parameter_missing(name);
    }
    Charge charge;
    const auto currency = known_currency(*text_of(parameters, "currency"), "currency");
    if (!currency) return currency.error();
    charge.currency = *currency;
    charge.amount = *integer_of(parameters, "amount");
    if (auto fits = check_chargeable(charge.amount, charge.currency, "amount"); !fits) return fits.error();
    charge.customer = text_of(parameters, "customer");
    if (charge.customer && account.customers.find(*charge.customer) == nullptr)
        return no_such_parameter("customer", *charge.customer, "customer");
    set_text(parameters, "description", charge.description);
    set_text(parameters, "receipt_email", charge.receipt_email);
    if (auto applied = apply_metadata(parameters, "metadata", charge.metadata); !applied) return applied.error();
    return charge;
}

}  // namespace

Result<json::object> create_charge(Account& account, const Call& call) {
    auto made = charge_from(account, call);
    if (!made) return made.error();
    auto source = text_of(call.parameters, "source");
    if (!source && made->customer) source = account.customers.find(*made->customer)->default_payment_method;
    if (!source) return invalid_request("Must provide source or customer.");
    const auto method = method_of_source(account, call, *source);
    if (!method) return method.error();
    made->id = account.ids.timed("ch_3", call.cause.now.unix_seconds);
    made->created = call.cause.now.unix_seconds;
    made->payment_method = (*method)->id;
    const auto behaviour = (*method)->behaviour;
    made->paid = behaviour == CardBehaviour::kPays || behaviour == CardBehaviour::kDisputed ||
                 behaviour == CardBehaviour::kQuestioned;
    made->captured = made->paid && boolean_of(call.parameters, "capture").value_or(true);
    made->amount_captured = made->captured ? made->amount : 0;
    if (!made->paid) {
        made->failure_code = "card_declined";
        made->failure_message = "Your card was declined.";
    }
    const auto& charge = account.charges.add(*std::move(made));
    emit_charge(account, call, charge.paid ? "charge.succeeded" : "charge.failed", charge);
    if (!charge.paid) return card_error("card_declined", "generic_decline", *charge.failure_message, charge.id);
    return render(account, charge, call.shape);
}

Result<json::object> get_charge(Account& account, const Call& call) {
    const auto charge = charge_in_path(account, call);
    if (!charge) return charge.error();
    return render(account, **charge, call.shape);
}

Result<json::object> update_charge(Account& account, const Call& call) {
    const auto charge = charge_in_path(account, call);
    if (!charge) return charge.error();
    const auto before = snapshot(account, **charge);
    auto changed = **charge;
    set_text(call.parameters, "description", changed.description);
    set_text(call.parameters, "receipt_email", changed.receipt_email);
    if (auto applied = apply_metadata(call.parameters, "metadata", changed.metadata); !applied) return applied.error();
    **charge = std::move(changed);
    emit_charge(account, call, "charge.updated", **charge, &before);
    return render(account, **charge, call.shape);
}

Result<json::object> capture_charge(Account& account, const Call& call) {
    const auto found = charge_in_path(account, call);
    if (!found) return found.error();
    auto& charge = **found;
    if (charge.captured || !charge.paid)
        return invalid_request("Charge " + charge.id + " has already been captured.", {}, "charge_already_captured");
    const auto amount = integer_of(call.parameters, "amount").value_or(charge.amount);
    if (amount < 1 || amount > charge.amount)
        return invalid_request("You may only capture up to the charge's amount.", "amount");
    if (charge.payment_intent) {
        capture(account, call.cause, *account.payment_intents.find(*charge.payment_intent), amount);
        return render(account, charge, call.shape);
    }
    const auto before = snapshot(account, charge);
    charge.captured = true;
    charge.amount_captured = amount;
    charge.amount_refunded = charge.amount - amount;
    emit_charge(account, call, "charge.captured", charge, &before);
    return render(account, charge, call.shape);
}

Result<json::object> list_charges(Account& account, const Call& call) {
    const auto wanted = [&](const Charge& charge) {
        return matches(call.parameters, "customer", charge.customer) &&
               matches(call.parameters, "payment_intent", charge.payment_intent) &&
               in_range(call.parameters, "created", charge.created);
    };
    return list_page(account.charges, call, "charge", "/v1/charges", wanted,
                     [&](const Charge& charge) { return render(account, charge, call.shape); });
}

}  // namespace quittance::stripe_emulator
