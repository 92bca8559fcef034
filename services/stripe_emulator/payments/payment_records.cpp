// The calls for payment records: payments that a business received outside of Stripe and reports to it.
#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/billing/payments.hpp"
#include "stripe_emulator/payments/payments.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

Result<PaymentRecord*> record_in_path(Account& account, const Call& call) {
    auto* record = account.payment_records.find(call.path[0]);
    if (record == nullptr) return no_such_in_path("payment_record", call.path[0], "id");
    return record;
}

json::object method_details_of(const json::object& parameters) {
    const auto* given = object_of(parameters, "payment_method_details");
    if (given == nullptr) return {{"billing_details", nullptr}, {"payment_method", nullptr}, {"type", "custom"}};
    json::value custom = nullptr;
    if (const auto* details = object_of(*given, "custom")) {
        custom = json::object{{"display_name", text_of(*details, "display_name").value_or("")},
                              {"type", json::value(nullptr)}};
    }
    return {{"billing_details", nullptr},
            {"custom", std::move(custom)},
            {"payment_method", or_null(text_of(*given, "payment_method"))},
            {"type", text_of(*given, "type").value_or("custom")}};
}

json::value processor_details_of(const json::object& parameters) {
    const auto* given = object_of(parameters, "processor_details");
    json::value reference = nullptr;
    if (given != nullptr) {
        if (const auto* custom = object_of(*given, "custom"))
            reference = or_null(text_of(*custom, "payment_reference"));
    }
    return json::object{{"custom", {{"payment_reference", std::move(reference)}}}, {"type", "custom"}};
}

json::value customer_details_of(const json::object& parameters) {
    const auto* given = object_of(parameters, "customer_details");
    if (given == nullptr) return nullptr;
    json::object details;
    for (const auto* name : {"customer", "email", "name", "phone"}) details[name] = or_null(text_of(*given, name));
    return details;
}

// The moment that the parameters name for an outcome: guaranteed[guaranteed_at], failed[failed_at].
OptionalInteger moment_of(const json::object& parameters, const std::string& outcome) {
    const auto* details = object_of(parameters, outcome);
    return integer_of(details == nullptr ? parameters : *details, outcome + "_at");
}

// Guaranteed money reaches the invoices that wait for it.
void settle(Account& account, const Call& call, PaymentRecord& record, std::string outcome) {
    record.settled_at = moment_of(call.parameters, outcome).value_or(call.cause.now.unix_seconds);
    record.outcome = std::move(outcome);
    if (record.outcome != "guaranteed") return;
    for (const auto& id : record.invoice_payments) {
        auto& payment = *account.invoice_payments.find(id);
        if (payment.status == "open")
            pay_invoice_by(account, call.cause, payment, payment.amount_requested, Attempt::kNone);
    }
}

Result<json::object> settle_in_path(Account& account, const Call& call, const std::string& outcome) {
    const auto record = record_in_path(account, call);
    if (!record) return record.error();
    if (!(*record)->outcome.empty()) return invalid_request("This payment record has its outcome already.");
    settle(account, call, **record, outcome);
    return render(account, **record);
}

}  // namespace

Result<json::object> report_payment(Account& account, const Call& call) {
    const auto& parameters = call.parameters;
    const auto* amount = object_of(parameters, "amount_requested");
    if (amount == nullptr) return parameter_missing("amount_requested");
    for (const auto* name : {"payment_method_details", "initiated_at"}) {
        if (!parameters.contains(name)) return parameter_missing(name);
    }
    PaymentRecord record;
    const auto currency = known_currency(text_of(*amount, "currency").value_or(""), "amount_requested[currency]");
    if (!currency) return currency.error();
    record.currency = *currency;
    record.amount = integer_of(*amount, "value").value_or(0);
    if (record.amount < 1 || record.amount > kLargestAmount)
        return parameter_invalid("amount_requested[value]", "Invalid positive integer", "parameter_invalid_integer");
    record.id = account.ids.timed("pr_1", call.cause.now.unix_seconds);
    record.attempt = account.ids.timed("par_1", call.cause.now.unix_seconds);
    record.created = call.cause.now.unix_seconds;
    record.initiated_at = integer_of(parameters, "initiated_at").value_or(record.created);
    record.method_details = method_details_of(parameters);
    record.processor_details = processor_details_of(parameters);
    record.customer_details = customer_details_of(parameters);
    set_text(parameters, "description", record.description);
    if (auto applied = apply_metadata(parameters, "metadata", record.metadata); !applied) return applied.error();
    auto& kept = account.payment_records.add(std::move(record));
    if (const auto outcome = text_of(parameters, "outcome")) settle(account, call, kept, *outcome);
    return render(account, kept);
}

Result<json::object> get_payment_record(Account& account, const Call& call) {
    const auto record = record_in_path(account, call);
    if (!record) return record.error();
    return render(account, **record);
}

Result<json::object> report_payment_guaranteed(Account& account, const Call& call) {
    return settle_in_path(account, call, "guaranteed");
}

Result<json::object> report_payment_failed(Account& account, const Call& call) {
    return settle_in_path(account, call, "failed");
}

// Stripe makes no refund object for this: only the record shows it, and the credit note that names it.
Result<json::object> report_payment_refund(Account& account, const Call& call) {
    const auto record = record_in_path(account, call);
    if (!record) return record.error();
    if ((*record)->outcome != "guaranteed") return invalid_request("Only a guaranteed payment can be refunded.");
    const auto* given = object_of(call.parameters, "amount");
    const auto left = (*record)->amount - (*record)->amount_refunded;
    const auto amount = given == nullptr ? left : integer_of(*given, "value").value_or(left);
    if (amount < 1 || amount > left)
        return invalid_request("The refund is greater than what the payment has left.", "amount");
    (*record)->amount_refunded += amount;
    return render(account, **record);
}

}  // namespace quittance::stripe_emulator
