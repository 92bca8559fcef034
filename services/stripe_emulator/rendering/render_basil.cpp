// Renders invoices, items and lines in the shape of versions from 2025-03-31.basil on, as in
// fixtures/invoice_paid_basil.json.
#include <boost/json/array.hpp>

#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator::shape_basil {
namespace {

json::object pricing_of(const Price& price) {
    return {{"price_details", {{"price", price.id}, {"product", price.product}}},
            {"type", "price_details"},
            {"unit_amount_decimal", price.unit_amount_decimal}};
}

// From `account_country` to `customer_tax_ids`.
void first_half(json::object& out, const Account& account, const Invoice& invoice, Shape shape) {
    const auto& who = identity_of(account, invoice);
    const auto due = amount_due_of(account, invoice);
    out["account_country"] = account.settings.country;
    out["account_name"] = account.settings.name;
    out["account_tax_ids"] = nullptr;
    out["amount_due"] = due;
    out["amount_overpaid"] = invoice.amount_overpaid;
    out["amount_paid"] = invoice.amount_paid;
    out["amount_remaining"] = due - invoice.amount_paid;
    out["amount_shipping"] = 0;
    out["application"] = nullptr;
    out["attempt_count"] = invoice.attempt_count;
    out["attempted"] = invoice.attempted;
    out["auto_advance"] = invoice.auto_advance;
    out["automatic_tax"] = json::object{{"disabled_reason", nullptr},
                                        {"enabled", false},
                                        {"liability", nullptr},
                                        {"provider", nullptr},
                                        {"status", nullptr}};
    out["automatically_finalizes_at"] = or_null(automatically_finalizes_at(invoice));
    out["billing_reason"] = "manual";
    out["collection_method"] = invoice.send_invoice ? "send_invoice" : "charge_automatically";
    out["created"] = invoice.created;
    out["currency"] = invoice.currency;
    out["custom_fields"] = invoice.custom_fields;
    out["customer"] = invoice.customer;
    if (shape == Shape::kClover) out["customer_account"] = nullptr;
    out["customer_address"] = who.address;
    out["customer_email"] = or_null(who.email);
    out["customer_name"] = or_null(who.name);
    out["customer_phone"] = or_null(who.phone);
    out["customer_shipping"] = who.shipping;
    out["customer_tax_exempt"] = who.tax_exempt;
    out["customer_tax_ids"] = json::array{};
}

// From `default_payment_method` to `payment_settings`.
void middle(json::object& out, const Account& account, const Invoice& invoice, Shape shape) {
    const bool linked = invoice.link_token.has_value();
    out["default_payment_method"] = or_null(invoice.default_payment_method);
    out["default_source"] = nullptr;
    out["default_tax_rates"] = json::array{};
    out["description"] = or_null(invoice.description);
    out["discounts"] = json::array{};
    out["due_date"] = or_null(invoice.due_date);
    out["effective_at"] = or_null(invoice.effective_at);
    out["ending_balance"] = or_null(invoice.ending_balance);
    out["footer"] = or_null(invoice.footer);
    out["from_invoice"] = nullptr;
    out["hosted_invoice_url"] = linked ? json::value(hosted_url(account, invoice)) : json::value(nullptr);
    out["invoice_pdf"] = linked ? json::value(pdf_url(account, invoice)) : json::value(nullptr);
    out["issuer"] = json::object{{"type", "self"}};
    out["last_finalization_error"] = invoice.last_finalization_error;
    out["latest_revision"] = nullptr;
    out["lines"] = render_lines(account, invoice, shape);
    out["livemode"] = account.settings.livemode;
    out["metadata"] = invoice.metadata;
    out["next_payment_attempt"] = or_null(invoice.next_payment_attempt);
    out["number"] = or_null(invoice.number);
    out["on_behalf_of"] = nullptr;
    out["parent"] = nullptr;
    out["payment_settings"] = render_payment_settings(invoice);
}

// From `period_end` on.
void last_half(json::object& out, const Account& account, const Invoice& invoice) {
    out["period_end"] = invoice.created;
    out["period_start"] = invoice.created;
    out["post_payment_credit_notes_amount"] = invoice.post_payment_notes;
    out["pre_payment_credit_notes_amount"] = invoice.pre_payment_notes;
    out["receipt_number"] = nullptr;
    out["rendering"] = json::object{{"amount_tax_display", invoice.amount_tax_display},
                                    {"pdf", {{"page_size", "auto"}}},
                                    {"template", nullptr},
                                    {"template_version", nullptr}};
    out["shipping_cost"] = nullptr;
    out["shipping_details"] = nullptr;
    out["starting_balance"] = starting_balance_of(account, invoice);
    out["statement_descriptor"] = or_null(invoice.statement_descriptor);
    out["status"] = status_word(invoice.status);
    out["status_transitions"] = render_transitions(invoice);
    out["subtotal"] = invoice.total;
    out["subtotal_excluding_tax"] = invoice.total;
    out["test_clock"] = nullptr;
    out["total"] = invoice.total;
    out["total_discount_amounts"] = json::array{};
    out["total_excluding_tax"] = invoice.total;
    out["total_pretax_credit_amounts"] = json::array{};
    out["total_taxes"] = json::array{};
    out["webhooks_delivered_at"] = or_null(invoice.webhooks_delivered_at);
}

}  // namespace

json::object invoice(const Account& account, const Invoice& invoice, Shape shape) {
    json::object out{{"id", invoice.id}, {"object", "invoice"}};
    first_half(out, account, invoice, shape);
    middle(out, account, invoice, shape);
    last_half(out, account, invoice);
    return out;
}

json::object line(const Account& account, const Item& item, Shape shape) {
    json::object out{
        {"id", item.line_id},
        {"object", "line_item"},
        {"amount", item.amount},
        {"currency", item.currency},
        {"description", or_null(item.description)},
        {"discount_amounts", json::array{}},
        {"discountable", item.discountable},
        {"discounts", json::array{}},
        {"invoice", or_null(item.invoice)},
        {"livemode", account.settings.livemode},
        {"metadata", item.metadata},
        {"parent",
         {{"invoice_item_details",
           {{"invoice_item", item.id},
            {"proration", false},
            {"proration_details", {{"credited_items", nullptr}}},
            {"subscription", nullptr}}},
          {"subscription_item_details", nullptr},
          {"type", "invoice_item_details"}}},
        {"period", {{"end", item.period_end}, {"start", item.period_start}}},
        {"pretax_credit_amounts", json::array{}},
        {"pricing", pricing_of(*account.prices.find(item.price))},
        {"quantity", item.quantity},
        {"subscription", nullptr},
        {"taxes", json::array{}},
    };
    if (shape == Shape::kClover) {
        out["quantity_decimal"] = std::to_string(item.quantity);
        out["subtotal"] = item.amount;
    }
    return out;
}

json::object item(const Account& account, const Item& item, Shape shape) {
    json::object out{
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
        {"parent", nullptr},
        {"period", {{"end", item.period_end}, {"start", item.period_start}}},
        {"pricing", pricing_of(*account.prices.find(item.price))},
        {"proration", false},
        {"quantity", item.quantity},
        {"tax_rates", json::array{}},
        {"test_clock", nullptr},
    };
    if (shape == Shape::kClover) {
        out["customer_account"] = nullptr;
        out["net_amount"] = item.amount;
        out["quantity_decimal"] = std::to_string(item.quantity);
    }
    return out;
}

json::object payments(const Account& account, const Invoice& invoice) {
    json::array data;
    for (const auto& id : invoice.payments) data.push_back(render(account, *account.invoice_payments.find(id)));
    const auto count = static_cast<std::int64_t>(data.size());
    return {{"object", "list"},
            {"data", std::move(data)},
            {"has_more", false},
            {"total_count", count},
            {"url", "/v1/invoice_payments?invoice=" + invoice.id}};
}

}  // namespace quittance::stripe_emulator::shape_basil
