// Reads invoice lines of both shapes: `parent` and `pricing` since 2025-03-31.basil; `type`, `price` and `plan` before.
#include "stripe/json_fields.hpp"
#include "stripe/reader.hpp"

namespace quittance::stripe {
namespace {

void put(std::string* target, std::string_view text) {
    assign_text(*target, text);
}

std::string_view first(std::string_view preferred, std::string_view other) {
    return preferred.empty() ? other : preferred;
}

// The source of the line. Since basil a proration belongs to a subscription item; before, it belonged to an invoice
// item. We count it as an invoice item: `subscription` is only for lines that the subscription itself added.
void read_origin(const Fields& line, v1::InvoiceLine& out) {
    const auto parent = line.child("parent");
    const auto item = parent.child("invoice_item_details");
    const auto subscription = parent.child("subscription_item_details");

    put(out.mutable_invoice_item_id(),
        first(first(item.id("invoice_item"), subscription.id("invoice_item")), line.id("invoice_item")));
    put(out.mutable_subscription_id(),
        first(first(item.id("subscription"), subscription.id("subscription")), line.id("subscription")));
    put(out.mutable_subscription_item_id(),
        first(first(subscription.id("subscription_item"), item.id("subscription_item")), line.id("subscription_item")));
    out.set_proration(item.flag("proration") || subscription.flag("proration") || line.flag("proration"));

    const auto parent_type = parent.text("type");
    if (parent_type.empty())
        put(out.mutable_kind(), line.text("type"));
    else if (parent_type == "invoice_item_details")
        out.set_kind("invoiceitem");
    else if (parent_type == "subscription_item_details")
        out.set_kind(out.proration() || !out.invoice_item_id().empty() ? "invoiceitem" : "subscription");
    else
        put(out.mutable_kind(), parent_type);
}

void read_price(const Fields& line, v1::InvoiceLine& out) {
    const auto details = line.child("pricing").child("price_details");
    put(out.mutable_price_id(), first(details.id("price"), first(line.id("price"), line.id("plan"))));
    put(out.mutable_product_id(),
        first(details.id("product"), first(line.child("price").id("product"), line.child("plan").id("product"))));
}

}  // namespace

ReadResult<v1::InvoiceLine> read_line(const boost::json::object& json) {
    std::string problem;
    const Fields line(&json, problem);
    v1::InvoiceLine out;
    put(out.mutable_id(), line.required_text("id"));
    read_origin(line, out);
    read_price(line, out);
    put(out.mutable_description(), line.text("description"));
    put(out.mutable_currency(), line.text("currency"));
    out.set_amount_minor(line.required_integer("amount"));
    // Since 2026 a quantity may be a decimal in its own field. Then the integer field is absent.
    out.set_quantity(line.integer_or_zero("quantity"));
    const auto period = line.child("period");
    if (const auto start = period.time("start")) out.mutable_period_start()->set_seconds(*start);
    if (const auto end = period.time("end")) out.mutable_period_end()->set_seconds(*end);
    copy_metadata(line, *out.mutable_metadata());
    if (!problem.empty()) return ReadError{std::move(problem)};
    return out;
}

}  // namespace quittance::stripe
