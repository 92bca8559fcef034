// The calls for a customer's sources: cards in the form that came before payment methods.
#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/payments/payments.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

json::object show(const PaymentMethod& method) {
    return {{"id", method.id},
            {"object", "card"},
            {"brand", "Visa"},
            {"country", "US"},
            {"customer", or_null(method.customer)},
            {"cvc_check", "pass"},
            {"exp_month", method.exp_month},
            {"exp_year", method.exp_year},
            {"fingerprint", method.fingerprint},
            {"funding", "credit"},
            {"last4", method.last4},
            {"metadata", method.metadata},
            {"name", nullptr}};
}

Result<Customer*> customer_of_path(Account& account, const Call& call) {
    auto* customer = account.customers.find(call.path[0]);
    if (customer == nullptr || customer->deleted) return no_such_in_path("customer", call.path[0], "customer");
    return customer;
}

}  // namespace

Result<json::object> create_source(Account& account, const Call& call) {
    const auto customer = customer_of_path(account, call);
    if (!customer) return customer.error();
    const auto source = text_of(call.parameters, "source");
    if (!source) return parameter_missing("source");
    constexpr std::string_view kToken = "tok_";
    const auto shared = source->starts_with(kToken) ? "pm_card_" + source->substr(kToken.size()) : *source;
    const auto method = resolve_payment_method(account, call.cause, shared, "source", false);
    if (!method) return no_such_parameter("token", *source, "source");
    auto card = **method;
    card.id = account.ids.timed("card_1", call.cause.now.unix_seconds);
    card.customer = (*customer)->id;
    const auto& kept = account.payment_methods.add(std::move(card));
    emit(account, call.cause, "customer.source.created", [&](Shape) { return show(kept); });
    return show(kept);
}

Result<json::object> update_source(Account& account, const Call& call) {
    const auto customer = customer_of_path(account, call);
    if (!customer) return customer.error();
    auto* method = account.payment_methods.find(call.path[1]);
    if (method == nullptr || method->customer != (*customer)->id) return no_such_in_path("source", call.path[1], "id");
    if (auto applied = apply_metadata(call.parameters, "metadata", method->metadata); !applied) return applied.error();
    emit(account, call.cause, "customer.source.updated", [&](Shape) { return show(*method); });
    return show(*method);
}

}  // namespace quittance::stripe_emulator
