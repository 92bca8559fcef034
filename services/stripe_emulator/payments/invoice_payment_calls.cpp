// The calls for the payments of invoices: read, list, attach, detach.
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/payments.hpp"
#include "stripe_emulator/model/version.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/payments/payments.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

bool fits(const json::object& filter, const InvoicePayment& payment) {
    const OptionalText kind(payment.payment_record ? "payment_record" : "payment_intent");
    return matches(filter, "type", kind) && matches(filter, "payment_intent", payment.payment_intent) &&
           matches(filter, "payment_record", payment.payment_record);
}

}  // namespace

Result<json::object> get_invoice_payment(Account& account, const Call& call) {
    const auto* payment = account.invoice_payments.find(call.path[0]);
    if (payment == nullptr) return no_such_in_path("invoice_payment", call.path[0], "invoice_payment");
    return render(account, *payment);
}

// A detached payment is in no list any more.
Result<json::object> list_invoice_payments(Account& account, const Call& call) {
    const auto& parameters = call.parameters;
    const auto* filter = object_of(parameters, "payment");
    const auto wanted = [&](const InvoicePayment& payment) {
        return payment.status != "detached" && matches(parameters, "invoice", payment.invoice) &&
               matches(parameters, "status", payment.status) && (filter == nullptr || fits(*filter, payment)) &&
               in_range(parameters, "created", payment.created);
    };
    return list_page(account.invoice_payments, call, "invoice_payment", "/v1/invoice_payments", wanted,
                     [&](const InvoicePayment& payment) { return render(account, payment); });
}

Result<json::object> attach_invoice_payment(Account& account, const Call& call) {
    const auto invoice = invoice_in_path(account, call, "invoice");
    if (!invoice) return invoice.error();
    const auto intent_id = text_of(call.parameters, "payment_intent");
    const auto record_id = text_of(call.parameters, "payment_record");
    if (intent_id && record_id) {
        return parameter_invalid("payment_record",
                                 "You may only specify one of these parameters: payment_intent, payment_record.",
                                 "parameters_exclusive");
    }
    if (!intent_id && !record_id) return parameter_missing("payment_intent");
    if (intent_id) {
        auto* intent = account.payment_intents.find(*intent_id);
        if (intent == nullptr) return no_such_parameter("payment_intent", *intent_id, "payment_intent");
        auto attached = attach_payment(account, call.cause, **invoice, *intent);
        if (!attached) return attached.error();
    } else {
        auto* record = account.payment_records.find(*record_id);
        if (record == nullptr) return no_such_parameter("payment_record", *record_id, "payment_record");
        auto attached = attach_payment(account, call.cause, **invoice, *record);
        if (!attached) return attached.error();
    }
    return render(account, **invoice, call.shape);
}

Result<json::object> detach_invoice_payment(Account& account, const Call& call) {
    if (!may_detach_payments(call.version))
        return unrecognized_url("POST", "/v1/invoices/" + call.path[0] + "/detach_payment");
    const auto invoice = invoice_in_path(account, call, "invoice");
    if (!invoice) return invoice.error();
    const auto id = text_of(call.parameters, "payment_intent");
    if (!id) return parameter_missing("payment_intent");
    auto* intent = account.payment_intents.find(*id);
    if (intent == nullptr) return no_such_parameter("payment_intent", *id, "payment_intent");
    auto detached = detach_payment(account, call.cause, **invoice, *intent);
    if (!detached) return detached.error();
    return render(account, **invoice, call.shape);
}

}  // namespace quittance::stripe_emulator
