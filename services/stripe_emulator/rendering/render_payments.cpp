// Renders payments: PaymentIntents, charges, the payments of invoices.
#include <boost/json/array.hpp>

#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

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

const PaymentMethod* method_of(const Account& account, const Charge& charge) {
    return charge.payment_method ? account.payment_methods.find(*charge.payment_method) : nullptr;
}

json::value billing_details_of(const Account& account, const Charge& charge) {
    const auto* method = method_of(account, charge);
    auto details = empty_billing_details();
    if (method == nullptr) return details;
    for (const auto& [key, value] : method->billing_details) details[key] = value;
    return details;
}

json::value method_details_of(const Account& account, const Charge& charge) {
    const auto* method = method_of(account, charge);
    if (method == nullptr) return nullptr;
    if (method->iban_last4) {
        return json::object{{"sepa_debit",
                             {{"bank_code", nullptr},
                              {"branch_code", nullptr},
                              {"country", nullptr},
                              {"fingerprint", method->fingerprint},
                              {"last4", *method->iban_last4},
                              {"mandate", nullptr}}},
                            {"type", "sepa_debit"}};
    }
    return json::object{
        {"card",
         {{"amount_authorized", charge.amount},
          {"authorization_code", nullptr},
          {"brand", method->brand},
          {"checks", {{"address_line1_check", nullptr}, {"address_postal_code_check", nullptr}, {"cvc_check", "pass"}}},
          {"country", "US"},
          {"electronic_commerce_indicator", nullptr},
          {"exp_month", method->exp_month},
          {"exp_year", method->exp_year},
          {"fingerprint", method->fingerprint},
          {"funding", "credit"},
          {"installments", nullptr},
          {"last4", method->last4},
          {"mandate", nullptr},
          {"network", method->brand},
          {"network_token", nullptr},
          {"network_transaction_id", nullptr},
          {"regulated_status", nullptr},
          {"three_d_secure", nullptr},
          {"transaction_link_id", nullptr},
          {"wallet", nullptr}}},
        {"type", "card"}};
}

json::object outcome_of(const Charge& charge) {
    const auto* network = charge.paid ? "approved_by_network" : "declined_by_network";
    return {{"advice_code", nullptr},
            {"network_advice_code", nullptr},
            {"network_decline_code", nullptr},
            {"network_status", network},
            {"reason", charge.paid ? json::value(nullptr) : json::value("generic_decline")},
            {"risk_level", "normal"},
            {"risk_score", 20},
            {"seller_message", charge.paid ? "Payment complete." : "The bank did not return any further details."},
            {"type", charge.paid ? "authorized" : "issuer_declined"}};
}

}  // namespace

json::object render(const Account& account, const PaymentIntent& intent, Shape shape) {
    json::object out{
        {"id", intent.id},
        {"object", "payment_intent"},
        {"allowed_payment_method_types", nullptr},
        {"amount", intent.amount},
        {"amount_capturable", intent.amount_capturable},
        {"amount_details", {{"tip", json::object{}}}},
        {"amount_received", intent.amount_received},
        {"application", nullptr},
        {"application_fee_amount", nullptr},
        {"automatic_payment_methods", nullptr},
        {"canceled_at", or_null(intent.canceled_at)},
        {"cancellation_reason", or_null(intent.cancellation_reason)},
        {"capture_method", intent.capture_method},
        {"client_secret", intent.client_secret},
        {"confirmation_method", "automatic"},
        {"created", intent.created},
        {"currency", intent.currency},
        {"customer", or_null(intent.customer)},
        {"customer_account", nullptr},
        {"description", or_null(intent.description)},
        {"excluded_payment_method_types", nullptr},
    };
    if (is_before_basil(shape)) out["invoice"] = or_null(intent.invoice);
    out["last_payment_error"] = intent.last_payment_error;
    out["latest_charge"] = or_null(intent.latest_charge);
    out["livemode"] = account.settings.livemode;
    out["managed_payments"] = nullptr;
    out["metadata"] = intent.metadata;
    out["next_action"] = intent.next_action;
    out["on_behalf_of"] = nullptr;
    out["payment_method"] = or_null(intent.payment_method);
    out["payment_method_configuration_details"] = nullptr;
    out["payment_method_options"] = json::object{};
    out["payment_record"] = nullptr;
    out["payment_method_types"] = json::array{json::value("card")};
    out["processing"] = nullptr;
    out["receipt_email"] = or_null(intent.receipt_email);
    out["review"] = nullptr;
    out["setup_future_usage"] = or_null(intent.setup_future_usage);
    out["shipping"] = nullptr;
    out["source"] = nullptr;
    out["statement_descriptor"] = or_null(intent.statement_descriptor);
    out["statement_descriptor_suffix"] = nullptr;
    out["status"] = intent.status;
    out["transfer_data"] = nullptr;
    out["transfer_group"] = nullptr;
    return out;
}

json::object render(const Account& account, const Charge& charge, Shape shape) {
    json::object out{
        {"id", charge.id},
        {"object", "charge"},
        {"amount", charge.amount},
        {"amount_captured", charge.amount_captured},
        {"amount_refunded", charge.amount_refunded},
        {"application", nullptr},
        {"application_fee", nullptr},
        {"application_fee_amount", nullptr},
        {"balance_transaction", nullptr},
        {"billing_details", billing_details_of(account, charge)},
        {"calculated_statement_descriptor", charge.paid ? json::value("EMULATOR") : json::value(nullptr)},
        {"captured", charge.captured},
        {"created", charge.created},
        {"currency", charge.currency},
        {"customer", or_null(charge.customer)},
        {"description", or_null(charge.description)},
        {"disputed", charge.disputed},
        {"failure_balance_transaction", nullptr},
        {"failure_code", or_null(charge.failure_code)},
        {"failure_message", or_null(charge.failure_message)},
        {"fraud_details", json::object{}},
    };
    if (is_before_basil(shape)) out["invoice"] = or_null(charge.invoice);
    out["livemode"] = account.settings.livemode;
    out["metadata"] = charge.metadata;
    out["on_behalf_of"] = nullptr;
    out["outcome"] = outcome_of(charge);
    out["paid"] = charge.paid;
    out["payment_intent"] = or_null(charge.payment_intent);
    out["payment_method"] = or_null(charge.payment_method);
    out["payment_method_details"] = method_details_of(account, charge);
    out["receipt_email"] = or_null(charge.receipt_email);
    out["receipt_number"] = nullptr;
    out["receipt_url"] = "https://pay.stripe.com/receipts/payment/" + charge.id;
    out["refunded"] = charge.captured && charge.amount_refunded == charge.amount;
    if (shape == Shape::k2023) out["refunds"] = nullptr;
    out["review"] = nullptr;
    out["shipping"] = nullptr;
    out["source"] = nullptr;
    out["source_transfer"] = nullptr;
    out["statement_descriptor"] = nullptr;
    out["statement_descriptor_suffix"] = nullptr;
    out["status"] = charge.paid ? "succeeded" : "failed";
    out["transfer_data"] = nullptr;
    out["transfer_group"] = nullptr;
    return out;
}

json::object render(const Account& account, const InvoicePayment& payment) {
    const auto* type = payment.payment_record ? "payment_record" : "payment_intent";
    return {
        {"id", payment.id},
        {"object", "invoice_payment"},
        {"amount_paid", or_null(payment.amount_paid)},
        {"amount_requested", payment.amount_requested},
        {"created", payment.created},
        {"currency", payment.currency},
        {"invoice", payment.invoice},
        {"is_default", payment.is_default},
        {"livemode", account.settings.livemode},
        {"payment",
         {{type, payment.payment_record ? *payment.payment_record : *payment.payment_intent}, {"type", type}}},
        {"status", payment.status},
        {"status_transitions", {{"canceled_at", or_null(payment.canceled_at)}, {"paid_at", or_null(payment.paid_at)}}},
    };
}

json::object render(const Account& account, const SetupIntent& intent) {
    return {
        {"id", intent.id},
        {"object", "setup_intent"},
        {"application", nullptr},
        {"automatic_payment_methods", nullptr},
        {"cancellation_reason", or_null(intent.cancellation_reason)},
        {"client_secret", intent.id + "_secret_1"},
        {"created", intent.created},
        {"customer", or_null(intent.customer)},
        {"description", or_null(intent.description)},
        {"flow_directions", nullptr},
        {"last_setup_error", intent.last_setup_error},
        {"latest_attempt", nullptr},
        {"livemode", account.settings.livemode},
        {"mandate", nullptr},
        {"metadata", intent.metadata},
        {"next_action", intent.next_action},
        {"on_behalf_of", nullptr},
        {"payment_method", or_null(intent.payment_method)},
        {"payment_method_configuration_details", nullptr},
        {"payment_method_options", json::object{}},
        {"payment_method_types", json::array{json::value("card")}},
        {"single_use_mandate", nullptr},
        {"status", intent.status},
        {"usage", "off_session"},
    };
}

json::object render(const Account& account, const PaymentRecord& record) {
    const auto money = [&](std::int64_t value) {
        return json::object{{"currency", record.currency}, {"value", value}};
    };
    const auto with_outcome = [&](std::string_view outcome) {
        return money(record.outcome == outcome ? record.amount : 0);
    };
    return {
        {"id", record.id},
        {"object", "payment_record"},
        {"amount", money(record.amount)},
        {"amount_authorized", money(0)},
        {"amount_canceled", with_outcome("canceled")},
        {"amount_failed", with_outcome("failed")},
        {"amount_guaranteed", with_outcome("guaranteed")},
        {"amount_refunded", money(record.amount_refunded)},
        {"amount_requested", money(record.amount)},
        {"application", nullptr},
        {"created", record.created},
        {"customer_details", record.customer_details},
        {"customer_presence", nullptr},
        {"description", or_null(record.description)},
        {"latest_payment_attempt_record", record.attempt},
        {"livemode", account.settings.livemode},
        {"metadata", record.metadata},
        {"payment_method_details", record.method_details},
        {"processor_details", record.processor_details},
        {"reported_by", "self"},
        {"shipping_details", nullptr},
    };
}

}  // namespace quittance::stripe_emulator
