// The calls that read PaymentIntents, charges, prices and invoice payments.
#include <boost/json/array.hpp>

#include "stripe_emulator/operations/operations.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {

Result<json::object> get_payment_intent(Account& account, const Call& call) {
    const auto* intent = account.payment_intents.find(call.path[0]);
    if (intent == nullptr) return no_such_in_path("payment_intent", call.path[0], "intent");
    return render(account, *intent, call.shape);
}

Result<json::object> list_payment_intents(Account& account, const Call& call) {
    const auto wanted = [&](const PaymentIntent& intent) {
        return matches(call.parameters, "customer", intent.customer) &&
               in_range(call.parameters, "created", intent.created);
    };
    return list_page(account.payment_intents, call, "payment_intent", "/v1/payment_intents", wanted,
                     [&](const PaymentIntent& intent) { return render(account, intent, call.shape); });
}

Result<json::object> get_charge(Account& account, const Call& call) {
    const auto* charge = account.charges.find(call.path[0]);
    if (charge == nullptr) return no_such_in_path("charge", call.path[0], "id");
    return render(account, *charge, call.shape);
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

Result<json::object> get_price(Account& account, const Call& call) {
    const auto* price = account.prices.find(call.path[0]);
    if (price == nullptr) return no_such_in_path("price", call.path[0], "price");
    return render(account, *price);
}

Result<json::object> get_invoice_payment(Account& account, const Call& call) {
    const auto* payment = account.invoice_payments.find(call.path[0]);
    if (payment == nullptr) return no_such_in_path("invoice_payment", call.path[0], "invoice_payment");
    return render(account, *payment);
}

Result<json::object> list_invoice_payments(Account& account, const Call& call) {
    const auto& parameters = call.parameters;
    const auto* payment_filter = object_of(parameters, "payment");
    const OptionalText kind("payment_intent");  // there are no others
    const auto wanted = [&](const InvoicePayment& payment) {
        return matches(parameters, "invoice", payment.invoice) && matches(parameters, "status", payment.status) &&
               (payment_filter == nullptr || (matches(*payment_filter, "type", kind) &&
                                              matches(*payment_filter, "payment_intent", payment.payment_intent))) &&
               in_range(parameters, "created", payment.created);
    };
    return list_page(account.invoice_payments, call, "invoice_payment", "/v1/invoice_payments", wanted,
                     [&](const InvoicePayment& payment) { return render(account, payment); });
}

}  // namespace quittance::stripe_emulator
