// Renders the objects that look (nearly) the same in every version: customers, payment methods, prices, webhook
// endpoints, events and lists.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "stripe_emulator/model/version.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {

json::value or_null(const OptionalText& text) {
    return text ? json::value(*text) : json::value(nullptr);
}
json::value or_null(const OptionalInteger& number) {
    return number ? json::value(*number) : json::value(nullptr);
}

json::object render(const Account& account, const Customer& customer) {
    return {
        {"id", customer.id},
        {"object", "customer"},
        {"address", customer.identity.address},
        {"balance", customer.balance},
        {"created", customer.created},
        {"currency", or_null(customer.currency)},
        {"default_source", nullptr},
        {"delinquent", false},
        {"description", or_null(customer.description)},
        {"discount", nullptr},
        {"email", or_null(customer.identity.email)},
        {"invoice_prefix", customer.invoice_prefix},
        {"invoice_settings",
         {{"custom_fields", customer.invoice_custom_fields},
          {"default_payment_method", or_null(customer.default_payment_method)},
          {"footer", or_null(customer.invoice_footer)},
          {"rendering_options", nullptr}}},
        {"livemode", account.settings.livemode},
        {"metadata", customer.metadata},
        {"name", or_null(customer.identity.name)},
        {"next_invoice_sequence", customer.next_invoice_sequence},
        {"phone", or_null(customer.identity.phone)},
        {"preferred_locales", customer.preferred_locales},
        {"shipping", customer.identity.shipping},
        {"tax_exempt", customer.identity.tax_exempt},
        {"test_clock", nullptr},
    };
}

namespace {

json::object card_of(const PaymentMethod& method) {
    return {
        {"brand", method.brand},
        {"checks", {{"address_line1_check", nullptr}, {"address_postal_code_check", nullptr}, {"cvc_check", "pass"}}},
        {"country", "US"},
        {"display_brand", method.brand},
        {"exp_month", method.exp_month},
        {"exp_year", method.exp_year},
        {"fingerprint", method.fingerprint},
        {"funding", "credit"},
        {"generated_from", nullptr},
        {"last4", method.last4},
        {"networks", {{"available", json::array{json::value(method.brand)}}, {"preferred", nullptr}}},
        {"regulated_status", nullptr},
        {"three_d_secure_usage", {{"supported", true}}},
        {"wallet", nullptr}};
}

json::object debit_of(const PaymentMethod& method) {
    return {{"bank_code", nullptr},
            {"branch_code", nullptr},
            {"country", nullptr},
            {"fingerprint", method.fingerprint},
            {"generated_from", {{"charge", nullptr}, {"setup_attempt", nullptr}}},
            {"last4", *method.iban_last4}};
}

}  // namespace

json::object render(const Account& account, const PaymentMethod& method) {
    const auto* type = method.iban_last4 ? "sepa_debit" : "card";
    return {
        {"id", method.id},
        {"object", "payment_method"},
        {"billing_details", method.billing_details},
        {type, method.iban_last4 ? debit_of(method) : card_of(method)},
        {"created", method.created},
        {"customer", or_null(method.customer)},
        {"customer_account", nullptr},
        {"livemode", account.settings.livemode},
        {"metadata", method.metadata},
        {"type", type},
    };
}

json::object render(const Account& account, const Price& price) {
    return {
        {"id", price.id},
        {"object", "price"},
        {"active", price.active},
        {"billing_scheme", "per_unit"},
        {"created", price.created},
        {"currency", price.currency},
        {"custom_unit_amount", nullptr},
        {"livemode", account.settings.livemode},
        {"lookup_key", nullptr},
        {"metadata", price.metadata},
        {"nickname", or_null(price.nickname)},
        {"product", price.product},
        {"recurring", price.recurring},
        {"tax_behavior", "unspecified"},
        {"tiers_mode", nullptr},
        {"transform_quantity", nullptr},
        {"type", price.recurring.is_null() ? "one_time" : "recurring"},
        {"unit_amount", or_null(price.unit_amount)},
        {"unit_amount_decimal", price.unit_amount_decimal},
    };
}

json::object render(const Account& account, const WebhookEndpoint& endpoint) {
    json::array enabled;
    for (const auto& type : endpoint.enabled_events) enabled.emplace_back(type);
    return {
        {"id", endpoint.id},
        {"object", "webhook_endpoint"},
        {"api_version", or_null(endpoint.api_version)},
        {"application", nullptr},
        {"created", endpoint.created},
        {"description", or_null(endpoint.description)},
        {"enabled_events", std::move(enabled)},
        {"livemode", account.settings.livemode},
        {"metadata", endpoint.metadata},
        {"status", endpoint.disabled ? "disabled" : "enabled"},
        {"url", endpoint.url},
    };
}

json::object render(const Account& account, const Event& event, Shape shape, std::string_view version) {
    auto data = event.data.find(shape);
    if (data == event.data.end()) data = event.data.begin();
    const auto text_or_null = [](const std::string& text) {
        return text.empty() ? json::value(nullptr) : json::value(text);
    };
    json::object out{{"id", event.id}, {"object", "event"}};
    if (account.platform != nullptr) out["account"] = account.settings.id;
    out["api_version"] = version;
    out["created"] = event.created;
    out["data"] = json::parse(data->second);
    out["livemode"] = account.settings.livemode;
    out["pending_webhooks"] = event.pending_webhooks;
    out["request"] =
        json::object{{"id", text_or_null(event.request_id)}, {"idempotency_key", text_or_null(event.idempotency_key)}};
    out["type"] = event.type;
    return out;
}

// An event keeps its shape: that of the account's version, or, for types that this version does not know, that of the
// endpoint's version.
json::object render_event_of_account(const Account& account, const Event& event) {
    const auto& version = account.settings.api_version;
    if (event.basil_only && is_before_basil(shape_of(version)))
        return render(account, event, Shape::kBasil, "2025-03-31.basil");
    return render(account, event, shape_of(version), version);
}

json::object render_list(json::array data, bool has_more, std::string_view url) {
    return {{"object", "list"}, {"data", std::move(data)}, {"has_more", has_more}, {"url", url}};
}

json::object render_deleted(std::string_view id, std::string_view kind) {
    return {{"id", id}, {"object", kind}, {"deleted", true}};
}

std::optional<json::object> render_by_id(const Account& account, std::string_view id, Shape shape) {
    if (const auto* customer = account.customers.find(id)) {
        return customer->deleted ? render_deleted(customer->id, "customer") : render(account, *customer);
    }
    if (const auto* method = account.payment_methods.find(id)) return render(account, *method);
    if (const auto* invoice = account.invoices.find(id)) return render(account, *invoice, shape);
    if (const auto* intent = account.payment_intents.find(id)) return render(account, *intent, shape);
    if (const auto* charge = account.charges.find(id)) return render(account, *charge, shape);
    if (const auto* refund = account.refunds.find(id)) return render(account, *refund);
    if (const auto* dispute = account.disputes.find(id)) return render(account, *dispute);
    if (const auto* note = account.credit_notes.find(id)) return render(account, *note, shape);
    if (const auto* price = account.prices.find(id)) return render(account, *price);
    if (const auto* entry = account.catalogue.find(id)) return entry->shown;
    if (const auto* item = account.items.find(id)) return render_item(account, *item, shape);
    if (const auto* payment = account.invoice_payments.find(id)) return render(account, *payment);
    if (const auto* record = account.payment_records.find(id)) return render(account, *record);
    return std::nullopt;
}

}  // namespace quittance::stripe_emulator
