// Renders invoices, items and lines in the shape of versions up to 2025-02-24.acacia, as in
// fixtures/rest_create_invoice_sample_response.json.
#include <boost/json/array.hpp>

#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator::shape_2023 {
namespace {

// This shape excludes payments out of band from amount_paid and marks them by a flag.
std::int64_t amount_paid_of(const Invoice& invoice) {
    return invoice.amount_paid - invoice.out_of_band;
}

json::object rendering_of(const Invoice& invoice) {
    return {{"amount_tax_display", invoice.amount_tax_display}, {"pdf", {{"page_size", "auto"}}}};
}

json::value rendering_options_of(const Invoice& invoice) {
    if (invoice.amount_tax_display.is_null()) return nullptr;
    return json::object{{"amount_tax_display", invoice.amount_tax_display}};
}

json::value link_or_null(const Invoice& invoice, const std::string& link) {
    return invoice.link_token ? json::value(link) : json::value(nullptr);
}

// From `account_country` to `customer_tax_ids`.
void first_half(json::object& out, const Account& account, const Invoice& invoice) {
    const auto& who = identity_of(account, invoice);
    const auto due = amount_due_of(account, invoice);
    out["account_country"] = account.settings.country;
    out["account_name"] = account.settings.name;
    out["account_tax_ids"] = nullptr;
    out["amount_due"] = due;
    out["amount_paid"] = amount_paid_of(invoice);
    out["amount_remaining"] = due - amount_paid_of(invoice);
    out["amount_shipping"] = 0;
    out["application"] = nullptr;
    out["application_fee_amount"] = nullptr;
    out["attempt_count"] = invoice.attempt_count;
    out["attempted"] = invoice.attempted;
    out["auto_advance"] = invoice.auto_advance;
    out["automatic_tax"] = json::object{{"enabled", false}, {"status", nullptr}};
    out["billing_reason"] = "manual";
    out["charge"] = or_null(invoice.charge);
    out["collection_method"] = invoice.send_invoice ? "send_invoice" : "charge_automatically";
    out["created"] = invoice.created;
    out["currency"] = invoice.currency;
    out["custom_fields"] = invoice.custom_fields;
    out["customer"] = invoice.customer;
    out["customer_address"] = who.address;
    out["customer_email"] = or_null(who.email);
    out["customer_name"] = or_null(who.name);
    out["customer_phone"] = or_null(who.phone);
    out["customer_shipping"] = who.shipping;
    out["customer_tax_exempt"] = who.tax_exempt;
    out["customer_tax_ids"] = json::array{};
}

// From `default_payment_method` to `payment_settings`.
void middle(json::object& out, const Account& account, const Invoice& invoice) {
    out["default_payment_method"] = or_null(invoice.default_payment_method);
    out["default_source"] = nullptr;
    out["default_tax_rates"] = json::array{};
    out["description"] = or_null(invoice.description);
    out["discount"] = nullptr;
    out["discounts"] = json::array{};
    out["due_date"] = or_null(invoice.due_date);
    out["effective_at"] = or_null(invoice.effective_at);
    out["ending_balance"] = or_null(invoice.ending_balance);
    out["footer"] = or_null(invoice.footer);
    out["from_invoice"] = nullptr;
    out["hosted_invoice_url"] = link_or_null(invoice, invoice.link_token ? hosted_url(account, invoice) : "");
    out["invoice_pdf"] = link_or_null(invoice, invoice.link_token ? pdf_url(account, invoice) : "");
    out["last_finalization_error"] = invoice.last_finalization_error;
    out["latest_revision"] = nullptr;
    out["lines"] = render_lines(account, invoice, Shape::k2023);
    out["livemode"] = account.settings.livemode;
    out["metadata"] = invoice.metadata;
    out["next_payment_attempt"] = or_null(invoice.next_payment_attempt);
    out["number"] = or_null(invoice.number);
    out["on_behalf_of"] = nullptr;
    out["paid"] = invoice.paid;
    out["paid_out_of_band"] = invoice.paid_out_of_band;
    out["payment_intent"] = or_null(invoice.payment_intent);
    out["payment_settings"] = render_payment_settings(invoice);
}

// From `period_end` on.
void last_half(json::object& out, const Account& account, const Invoice& invoice) {
    out["period_end"] = invoice.created;
    out["period_start"] = invoice.created;
    out["post_payment_credit_notes_amount"] = invoice.post_payment_notes;
    out["pre_payment_credit_notes_amount"] = invoice.pre_payment_notes;
    out["quote"] = nullptr;
    out["receipt_number"] = nullptr;
    out["rendering"] = rendering_of(invoice);
    out["rendering_options"] = rendering_options_of(invoice);
    out["shipping_cost"] = nullptr;
    out["shipping_details"] = nullptr;
    out["starting_balance"] = starting_balance_of(account, invoice);
    out["statement_descriptor"] = or_null(invoice.statement_descriptor);
    out["status"] = status_word(invoice.status);
    out["status_transitions"] = render_transitions(invoice);
    out["subscription"] = nullptr;
    out["subscription_details"] = json::object{{"metadata", nullptr}};
    out["subtotal"] = invoice.total;
    out["subtotal_excluding_tax"] = invoice.total;
    out["tax"] = nullptr;
    out["test_clock"] = nullptr;
    out["total"] = invoice.total;
    out["total_discount_amounts"] = json::array{};
    out["total_excluding_tax"] = invoice.total;
    out["total_tax_amounts"] = json::array{};
    out["transfer_data"] = nullptr;
    out["webhooks_delivered_at"] = or_null(invoice.webhooks_delivered_at);
}

}  // namespace

json::object invoice(const Account& account, const Invoice& invoice) {
    json::object out{{"id", invoice.id}, {"object", "invoice"}};
    first_half(out, account, invoice);
    middle(out, account, invoice);
    last_half(out, account, invoice);
    return out;
}

json::object line(const Account& account, const Item& item) {
    const auto& price = *account.prices.find(item.price);
    return {
        {"id", item.line_id},
        {"object", "line_item"},
        {"amount", item.amount},
        {"amount_excluding_tax", item.amount},
        {"currency", item.currency},
        {"description", or_null(item.description)},
        {"discount_amounts", json::array{}},
        {"discountable", item.discountable},
        {"discounts", json::array{}},
        {"invoice_item", item.id},
        {"livemode", account.settings.livemode},
        {"metadata", item.metadata},
        {"period", {{"end", item.period_end}, {"start", item.period_start}}},
        {"plan", nullptr},
        {"price", render(account, price)},
        {"proration", false},
        {"proration_details", {{"credited_items", nullptr}}},
        {"quantity", item.quantity},
        {"subscription", nullptr},
        {"tax_amounts", json::array{}},
        {"tax_rates", json::array{}},
        {"type", "invoiceitem"},
        {"unit_amount_excluding_tax", price.unit_amount_decimal},
    };
}

json::object item(const Account& account, const Item& item) {
    const auto& price = *account.prices.find(item.price);
    return {
        {"id", item.id},
        {"object", "invoiceitem"},
        {"amount", item.amount},
        {"currency", item.currency},
        {"customer", item.customer},
        {"date", item.created},
        {"description", or_null(item.description)},
        {"discountable", item.discountable},
        {"discounts", json::array{}},
        {"invoice", or_null(item.invoice)},
        {"livemode", account.settings.livemode},
        {"metadata", item.metadata},
        {"period", {{"end", item.period_end}, {"start", item.period_start}}},
        {"plan", nullptr},
        {"price", render(account, price)},
        {"proration", false},
        {"quantity", item.quantity},
        {"subscription", nullptr},
        {"tax_rates", json::array{}},
        {"test_clock", nullptr},
        {"unit_amount", or_null(price.unit_amount)},
        {"unit_amount_decimal", price.unit_amount_decimal},
    };
}

}  // namespace quittance::stripe_emulator::shape_2023
