// The rich invoices of the Billing API. The OpenAPI document says where each field comes from.
#include <algorithm>

#include "base/text.hpp"
#include "edge/responses/invoice_json.hpp"
#include "edge/responses/serialised_invoices.hpp"

namespace quittance::edge {
namespace {

std::string to_upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), base::to_upper);
    return text;
}

// A line that a subscription made: its own kind, or a proration of one of its items.
bool is_subscription_line(const v1::InvoiceLine& line) {
    return line.kind() == "subscription" || !line.subscription_item_id().empty();
}

void write_subscription_item(JsonWriter& json, const v1::Invoice& invoice, const v1::InvoiceLine& line) {
    json.begin_object();
    json.member<"id">(line.id());
    json.member<"network">(invoice.account());
    json.member<"total">(line.amount_minor());
    json.member<"currency">(line.currency());
    json.member_or_null<"paymentProfileId">(invoice.stripe_customer_id());
    json.member_or_null<"priceId">(line.price_id());
    json.member<"invoiceId">(invoice.id());
    json.member_or_null<"subscriptionId">(line.subscription_id().empty() ? invoice.subscription_id()
                                                                         : line.subscription_id());
    json.member_or_null<"description">(line.description());
    // A line has no times of its own. It came with the invoice, and changed with it at the latest.
    json.member<"createdAt">(invoice.create_time());
    json.member<"updatedAt">(invoice.update_time());
    json.end_object();
}

void write_lines(JsonWriter& json, const v1::Invoice& invoice) {
    json.key<"invoiceItems">();
    json.begin_array();
    for (const auto& line : invoice.lines())
        if (!is_subscription_line(line))
            json.value(line.invoice_item_id().empty() ? line.id() : line.invoice_item_id());
    json.end_array();
    json.key<"subscriptionItems">();
    json.begin_array();
    for (const auto& line : invoice.lines())
        if (is_subscription_line(line)) write_subscription_item(json, invoice, line);
    json.end_array();
}

void write_rich_invoice(JsonWriter& json, const v1::Invoice& invoice) {
    json.begin_object();
    json.member<"id">(invoice.id());
    json.member_or_null<"paymentProfileId">(invoice.stripe_customer_id());
    json.member<"network">(invoice.account());
    json.member_or_null<"pdfUrl">(invoice.invoice_pdf_url());
    json.member<"status">(to_upper(invoice.status()));
    json.member<"totalPaymentAttempts">(invoice.attempt_count());
    json.member<"subTotal">(invoice.subtotal_minor());
    json.member<"taxTotal">(invoice.tax_minor());
    json.member<"currency">(invoice.currency());
    write_lines(json, invoice);
    json.member_or_null<"lastPaymentAttemptDate">(invoice.has_last_payment_attempt_time(),
                                                  invoice.last_payment_attempt_time());
    json.member_or_null<"periodStart">(invoice.has_period_start(), invoice.period_start());
    json.member_or_null<"periodEnd">(invoice.has_period_end(), invoice.period_end());
    json.member<"createdAt">(invoice.create_time());
    json.member<"invoiceId">(invoice.stripe_invoice_id());
    json.member<"linesComplete">(invoice.lines_complete());
    write_settlement(json, invoice);
    json.end_object();
}

}  // namespace

std::string billing_invoice(const v1::Invoice& invoice) {
    return json_object([&invoice](JsonWriter& json) {
        json.key<"data">();
        write_rich_invoice(json, invoice);
    });
}

std::string billing_list(const v1::ListInvoicesResponse& list, bool has_more) {
    constexpr std::size_t kAboutOneInvoice = 1'024;
    constexpr std::size_t kJsonOfAByte = 2;
    const auto write = [&list, has_more](JsonWriter& json) {
        json.key<"data">();
        json.begin_object();
        json.member<"hasMore">(has_more);
        json.key<"items">();
        json.begin_array();
        ListedInvoices invoices(list);
        while (const auto* invoice = invoices.next()) write_rich_invoice(json, *invoice);
        json.end_array();
        json.end_object();
    };
    return json_object(write, 64 + static_cast<std::size_t>(list.invoices_size()) * kAboutOneInvoice +
                                  list.serialised_invoices().size() * kJsonOfAByte);
}

}  // namespace quittance::edge
