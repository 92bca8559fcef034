// The calls for refunds, by a client or for a credit note. A card refund succeeds at once; a control route makes it
// fail later, as if the bank had returned it.
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/operations/operations.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

// The charge that the parameters name, by itself or by its payment intent.
Result<Charge*> charge_of(Account& account, const json::object& parameters) {
    const auto charge_id = text_of(parameters, "charge");
    const auto intent_id = text_of(parameters, "payment_intent");
    if (charge_id && intent_id) {
        return parameter_invalid("payment_intent",
                                 "You may only specify one of these parameters: charge, payment_intent.",
                                 "parameters_exclusive");
    }
    if (charge_id) {
        auto* charge = account.charges.find(*charge_id);
        if (charge == nullptr) return no_such_parameter("charge", *charge_id, "charge");
        return charge;
    }
    if (!intent_id) return parameter_missing("charge");
    const auto* intent = account.payment_intents.find(*intent_id);
    if (intent == nullptr) return no_such_parameter("payment_intent", *intent_id, "payment_intent");
    if (!intent->latest_charge) {
        return invalid_request("This PaymentIntent (" + *intent_id + ") does not have a successful charge to refund.",
                               "payment_intent");
    }
    return account.charges.find(*intent->latest_charge);
}

void emit_refund(Account& account, const Cause& cause, std::string_view type, const Refund& refund) {
    emit(account, cause, type, [&](Shape) { return render(account, refund); });
}

}  // namespace

Result<std::int64_t> refundable(const Charge& charge) {
    if (!charge.paid) return invalid_request("Charge " + charge.id + " did not succeed and cannot be refunded.");
    if (!charge.captured)
        return invalid_request("Charge " + charge.id + " has not been captured and cannot be refunded.");
    if (charge.disputed) {
        return invalid_request("Charge " + charge.id + " has been charged back; cannot issue a refund.", {},
                               "charge_disputed");
    }
    if (charge.amount_refunded == charge.amount) {
        return invalid_request("Charge " + charge.id + " has already been refunded.", {}, "charge_already_refunded");
    }
    return charge.amount - charge.amount_refunded;
}

Refund& make_refund(Account& account, const Cause& cause, Charge& charge, std::int64_t amount,
                    const OptionalText& reason, const json::object& metadata) {
    Refund refund;
    refund.id = account.ids.timed("re_3", cause.now.unix_seconds);
    refund.created = cause.now.unix_seconds;
    refund.amount = amount;
    refund.currency = charge.currency;
    refund.charge = charge.id;
    refund.payment_intent = charge.payment_intent;
    refund.reason = reason;
    refund.metadata = metadata;
    const auto before = snapshot(account, charge);
    charge.amount_refunded += amount;
    auto& kept = account.refunds.add(std::move(refund));
    emit_refund(account, cause, "refund.created", kept);
    emit(
        account, cause, "charge.refunded", [&](Shape shape) { return render(account, charge, shape); }, &before);
    return kept;
}

Result<json::object> fail_refund(Account& account, const Cause& cause, const std::string& id) {
    auto* refund = account.refunds.find(id);
    if (refund == nullptr) return no_such_in_path("refund", id, "id");
    if (refund->status != "succeeded") return invalid_request("This refund has failed already.");
    refund->status = "failed";
    refund->failure_reason = "expired_or_canceled_card";
    account.charges.find(refund->charge)->amount_refunded -= refund->amount;
    emit_refund(account, cause, "charge.refund.updated", *refund);
    emit_refund(account, cause, "refund.updated", *refund);
    emit_refund(account, cause, "refund.failed", *refund);
    return render(account, *refund);
}

Result<json::object> create_refund(Account& account, const Call& call) {
    const auto charge = charge_of(account, call.parameters);
    if (!charge) return charge.error();
    const auto most = refundable(**charge);
    if (!most) return most.error();
    const auto amount = integer_of(call.parameters, "amount").value_or(*most);
    if (amount < 1) return parameter_invalid("amount", "Invalid positive integer", "parameter_invalid_integer");
    if (amount > *most) {
        return invalid_request("Refund amount (" + std::to_string(amount) +
                                   ") is greater than unrefunded amount on charge (" + std::to_string(*most) + ").",
                               "amount");
    }
    if (auto whole = check_fraction(amount, (*charge)->currency, "amount"); !whole) return whole.error();
    json::object metadata;
    if (auto applied = apply_metadata(call.parameters, "metadata", metadata); !applied) return applied.error();
    const auto& made = make_refund(account, call.cause, **charge, amount, text_of(call.parameters, "reason"), metadata);
    return render(account, made);
}

Result<json::object> update_refund(Account& account, const Call& call) {
    auto* refund = account.refunds.find(call.path[0]);
    if (refund == nullptr) return no_such_in_path("refund", call.path[0], "id");
    if (auto applied = apply_metadata(call.parameters, "metadata", refund->metadata); !applied) return applied.error();
    emit_refund(account, call.cause, "charge.refund.updated", *refund);
    emit_refund(account, call.cause, "refund.updated", *refund);
    return render(account, *refund);
}

Result<json::object> get_refund(Account& account, const Call& call) {
    const auto* refund = account.refunds.find(call.path[0]);
    if (refund == nullptr) return no_such_in_path("refund", call.path[0], "id");
    return render(account, *refund);
}

Result<json::object> list_refunds(Account& account, const Call& call) {
    const auto& parameters = call.parameters;
    const auto wanted = [&](const Refund& refund) {
        return matches(parameters, "charge", refund.charge) &&
               matches(parameters, "payment_intent", refund.payment_intent) &&
               in_range(parameters, "created", refund.created);
    };
    return list_page(account.refunds, call, "refund", "/v1/refunds", wanted,
                     [&](const Refund& refund) { return render(account, refund); });
}

}  // namespace quittance::stripe_emulator
