// The calls for payment methods. Stripe's test ids and test numbers select cards that pay, decline or ask for
// authentication.
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/operations/operations.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

struct TestCard {
    std::string_view name;  // a shared payment method id, or a card number
    CardBehaviour behaviour;
    std::string_view brand;
    std::string_view last4;
};

constexpr std::array<TestCard, 13> kSharedIds{{
    {"pm_card_visa", CardBehaviour::kPays, "visa", "4242"},
    {"pm_card_bypassPending", CardBehaviour::kPays, "visa", "0077"},
    {"pm_card_createDispute", CardBehaviour::kDisputed, "visa", "0259"},
    {"pm_card_createDisputeInquiry", CardBehaviour::kQuestioned, "visa", "1976"},
    {"pm_card_mastercard", CardBehaviour::kPays, "mastercard", "4444"},
    {"pm_card_amex", CardBehaviour::kPays, "amex", "8431"},
    {"pm_card_chargeCustomerFail", CardBehaviour::kDeclined, "visa", "0341"},
    {"pm_card_chargeDeclined", CardBehaviour::kRefusedOnAttach, "visa", "0002"},
    {"pm_card_visa_chargeDeclined", CardBehaviour::kRefusedOnAttach, "visa", "0002"},
    {"pm_card_chargeDeclinedInsufficientFunds", CardBehaviour::kInsufficientFunds, "visa", "9995"},
    {"pm_card_visa_chargeDeclinedInsufficientFunds", CardBehaviour::kInsufficientFunds, "visa", "9995"},
    {"pm_card_threeDSecure2Required", CardBehaviour::kNeedsAuthentication, "visa", "3220"},
    {"pm_card_authenticationRequired", CardBehaviour::kNeedsAuthentication, "visa", "3184"},
}};

constexpr std::array<TestCard, 9> kNumbers{{
    {"4242424242424242", CardBehaviour::kPays, "visa", "4242"},
    {"5555555555554444", CardBehaviour::kPays, "mastercard", "4444"},
    {"378282246310005", CardBehaviour::kPays, "amex", "0005"},
    {"4000000000000341", CardBehaviour::kDeclined, "visa", "0341"},
    {"4000000000000002", CardBehaviour::kRefusedOnAttach, "visa", "0002"},
    {"4000000000009995", CardBehaviour::kInsufficientFunds, "visa", "9995"},
    {"4000000000003220", CardBehaviour::kNeedsAuthentication, "visa", "3220"},
    {"4000002760003184", CardBehaviour::kNeedsAuthentication, "visa", "3184"},
    {"4000002500003155", CardBehaviour::kNeedsAuthentication, "visa", "3155"},
}};

template <class Cards>
const TestCard* find_card(const Cards& cards, std::string_view name) {
    const auto found =
        std::find_if(cards.begin(), cards.end(), [&](const TestCard& card) { return card.name == name; });
    return found == cards.end() ? nullptr : &*found;
}

json::object empty_billing_details() {
    return {{"address",
             {{"city", nullptr},
              {"country", nullptr},
              {"line1", nullptr},
              {"line2", nullptr},
              {"postal_code", nullptr},
              {"state", nullptr}}},
            {"email", nullptr},
            {"name", nullptr},
            {"phone", nullptr},
            {"tax_id", nullptr}};
}

PaymentMethod& mint(Account& account, const Cause& cause, const TestCard& card) {
    PaymentMethod method;
    method.id = account.ids.timed("pm_", cause.now.unix_seconds);
    method.created = cause.now.unix_seconds;
    method.behaviour = card.behaviour;
    method.brand = card.brand;
    method.last4 = card.last4;
    method.fingerprint = account.ids.plain("", 16);
    method.billing_details = empty_billing_details();
    return account.payment_methods.add(std::move(method));
}

void apply_billing_details(const json::object& parameters, PaymentMethod& method) {
    const auto* given = object_of(parameters, "billing_details");
    if (given == nullptr) return;
    for (const auto* name : {"email", "name", "phone"}) {
        if (const auto text = text_of(*given, name))
            method.billing_details[name] = text->empty() ? json::value(nullptr) : json::value(*text);
    }
    if (const auto* address = object_of(*given, "address")) {
        for (const auto& [key, value] : *address) method.billing_details["address"].as_object()[key] = value;
    }
}

Result<json::object> list_of(Account& account, const Call& call, const OptionalText& customer, std::string_view url) {
    const auto wanted = [&](const PaymentMethod& method) {
        return method.customer && (!customer || method.customer == customer) &&
               matches(call.parameters, "type", OptionalText("card"));
    };
    return list_page(account.payment_methods, call, "payment_method", url, wanted,
                     [&](const PaymentMethod& method) { return render(account, method); });
}

}  // namespace

Result<PaymentMethod*> resolve_payment_method(Account& account, const Cause& cause, const std::string& id,
                                              std::string_view param, bool in_path) {
    if (auto* method = account.payment_methods.find(id)) return method;
    if (const auto* card = find_card(kSharedIds, id)) return &mint(account, cause, *card);
    if (in_path) return no_such_in_path("PaymentMethod", id, param);
    return no_such_parameter("PaymentMethod", id, param);
}

Result<void> attach(Account& account, const Cause& cause, PaymentMethod& method, const Customer& customer) {
    if (method.customer && *method.customer != customer.id) {
        return invalid_request("The payment method you provided has already been attached to a customer.");
    }
    if (method.behaviour == CardBehaviour::kRefusedOnAttach) {
        return card_error("card_declined", "generic_decline", "Your card was declined.", {});
    }
    if (method.customer) return {};
    method.customer = customer.id;
    emit(account, cause, "payment_method.attached", [&](Shape) { return render(account, method); });
    return {};
}

namespace {

// Debits from every account clear, once a control route says so.
Result<json::object> create_sepa_debit(Account& account, const Call& call) {
    const auto* debit = object_of(call.parameters, "sepa_debit");
    const auto iban = debit == nullptr ? std::nullopt : text_of(*debit, "iban");
    constexpr std::size_t kShown = 4;
    if (!iban || iban->size() < kShown) return parameter_missing("sepa_debit[iban]");
    auto& method = mint(account, call.cause, {"", CardBehaviour::kClears, "", ""});
    method.iban_last4 = iban->substr(iban->size() - kShown);
    apply_billing_details(call.parameters, method);
    if (auto applied = apply_metadata(call.parameters, "metadata", method.metadata); !applied) return applied.error();
    return render(account, method);
}

}  // namespace

Result<json::object> create_payment_method(Account& account, const Call& call) {
    const auto type = text_of(call.parameters, "type");
    if (!type) return parameter_missing("type");
    if (*type == "sepa_debit") return create_sepa_debit(account, call);
    if (*type != "card") return invalid_request("The emulator has cards and SEPA debits only.", "type");
    const auto* card = object_of(call.parameters, "card");
    if (card == nullptr) return parameter_missing("card");
    const auto number = text_of(*card, "number");
    if (!number) return parameter_missing("card[number]");
    const auto* known = find_card(kNumbers, *number);
    if (known == nullptr) {
        auto refused = card_error("incorrect_number", {}, "Your card number is incorrect.", {});
        refused.error["param"] = "number";
        return refused;
    }
    auto& method = mint(account, call.cause, *known);
    method.exp_month = integer_of(*card, "exp_month").value_or(method.exp_month);
    method.exp_year = integer_of(*card, "exp_year").value_or(method.exp_year);
    apply_billing_details(call.parameters, method);
    if (auto applied = apply_metadata(call.parameters, "metadata", method.metadata); !applied) return applied.error();
    return render(account, method);
}

Result<json::object> get_payment_method(Account& account, const Call& call) {
    const auto method = resolve_payment_method(account, call.cause, call.path[0], "payment_method", true);
    if (!method) return method.error();
    return render(account, **method);
}

Result<json::object> update_payment_method(Account& account, const Call& call) {
    const auto method = resolve_payment_method(account, call.cause, call.path[0], "payment_method", true);
    if (!method) return method.error();
    apply_billing_details(call.parameters, **method);
    if (const auto* card = object_of(call.parameters, "card")) {
        (*method)->exp_month = integer_of(*card, "exp_month").value_or((*method)->exp_month);
        (*method)->exp_year = integer_of(*card, "exp_year").value_or((*method)->exp_year);
    }
    if (auto applied = apply_metadata(call.parameters, "metadata", (*method)->metadata); !applied)
        return applied.error();
    emit(account, call.cause, "payment_method.updated", [&](Shape) { return render(account, **method); });
    return render(account, **method);
}

Result<json::object> attach_payment_method(Account& account, const Call& call) {
    const auto id = text_of(call.parameters, "customer");
    if (!id) return parameter_missing("customer");
    const auto* customer = account.customers.find(*id);
    if (customer == nullptr || customer->deleted) return no_such_parameter("customer", *id, "customer");
    const auto method = resolve_payment_method(account, call.cause, call.path[0], "payment_method", true);
    if (!method) return method.error();
    if (auto attached = attach(account, call.cause, **method, *customer); !attached) return attached.error();
    return render(account, **method);
}

Result<json::object> detach_payment_method(Account& account, const Call& call) {
    const auto method = resolve_payment_method(account, call.cause, call.path[0], "payment_method", true);
    if (!method) return method.error();
    if (!(*method)->customer) {
        return invalid_request(
            "The payment method you provided is not attached to a customer so detachment is impossible.");
    }
    auto* customer = account.customers.find(*(*method)->customer);
    if (customer != nullptr && customer->default_payment_method == (*method)->id)
        customer->default_payment_method.reset();
    (*method)->customer.reset();
    emit(account, call.cause, "payment_method.detached", [&](Shape) { return render(account, **method); });
    return render(account, **method);
}

Result<json::object> list_payment_methods(Account& account, const Call& call) {
    return list_of(account, call, text_of(call.parameters, "customer"), "/v1/payment_methods");
}

Result<json::object> list_customer_payment_methods(Account& account, const Call& call) {
    const auto* customer = account.customers.find(call.path[0]);
    if (customer == nullptr || customer->deleted) return no_such_in_path("customer", call.path[0], "customer");
    return list_of(account, call, call.path[0], "/v1/customers/" + call.path[0] + "/payment_methods");
}

}  // namespace quittance::stripe_emulator
