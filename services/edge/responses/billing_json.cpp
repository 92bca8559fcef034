// The rich invoices of the Billing API. Where each field comes from stands in the OpenAPI document.
#include "edge/responses/invoice_json.hpp"
#include "edge/responses/serialised_invoices.hpp"

namespace quittance::edge {
namespace {

std::string upper(std::string text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return text;
}

void append_time_or_null(std::string& out, bool there, const google::protobuf::Timestamp& time) {
    if (!there) {
        out += "null";
        return;
    }
    append_time(out, time);
}

// A line that a subscription made: its own kind, or a proration of one of its items.
bool is_subscription_line(const v1::InvoiceLine& line) {
    return line.kind() == "subscription" || !line.subscription_item_id().empty();
}

void append_subscription_item(std::string& out, const v1::Invoice& invoice, const v1::InvoiceLine& line) {
    out += R"({"id":)";
    append_json_string(out, line.id());
    out += R"(,"network":)";
    append_json_string(out, invoice.account());
    out += R"(,"total":)";
    append_number(out, line.amount_minor());
    out += R"(,"currency":)";
    append_json_string(out, line.currency());
    out += R"(,"paymentProfileId":)";
    append_string_or_null(out, invoice.stripe_customer_id());
    out += R"(,"priceId":)";
    append_string_or_null(out, line.price_id());
    out += R"(,"invoiceId":)";
    append_json_string(out, invoice.id());
    out += R"(,"subscriptionId":)";
    append_string_or_null(out, line.subscription_id().empty() ? invoice.subscription_id() : line.subscription_id());
    out += R"(,"description":)";
    append_string_or_null(out, line.description());
    // Lines carry no times of their own: they came with the invoice and changed with it at the latest.
    out += R"(,"createdAt":)";
    append_time(out, invoice.create_time());
    out += R"(,"updatedAt":)";
    append_time(out, invoice.update_time());
    out += '}';
}

void append_rich_invoice(std::string& out, const v1::Invoice& invoice) {
    out += R"({"id":)";
    append_json_string(out, invoice.id());
    out += R"(,"paymentProfileId":)";
    append_string_or_null(out, invoice.stripe_customer_id());
    out += R"(,"network":)";
    append_json_string(out, invoice.account());
    out += R"(,"pdfUrl":)";
    append_string_or_null(out, invoice.invoice_pdf_url());
    out += R"(,"status":)";
    append_json_string(out, upper(invoice.status()));
    out += R"(,"totalPaymentAttempts":)";
    append_number(out, invoice.attempt_count());
    out += R"(,"subTotal":)";
    append_number(out, invoice.subtotal_minor());
    out += R"(,"taxTotal":)";
    append_number(out, invoice.tax_minor());
    out += R"(,"currency":)";
    append_json_string(out, invoice.currency());
    out += R"(,"invoiceItems":[)";
    bool first = true;
    for (const auto& line : invoice.lines()) {
        if (is_subscription_line(line)) continue;
        if (!first) out += ',';
        first = false;
        append_json_string(out, line.invoice_item_id().empty() ? line.id() : line.invoice_item_id());
    }
    out += R"(],"subscriptionItems":[)";
    first = true;
    for (const auto& line : invoice.lines()) {
        if (!is_subscription_line(line)) continue;
        if (!first) out += ',';
        first = false;
        append_subscription_item(out, invoice, line);
    }
    out += R"(],"lastPaymentAttemptDate":)";
    append_time_or_null(out, invoice.has_last_payment_attempt_time(), invoice.last_payment_attempt_time());
    out += R"(,"periodStart":)";
    append_time_or_null(out, invoice.has_period_start(), invoice.period_start());
    out += R"(,"periodEnd":)";
    append_time_or_null(out, invoice.has_period_end(), invoice.period_end());
    out += R"(,"createdAt":)";
    append_time(out, invoice.create_time());
    out += R"(,"invoiceId":)";
    append_json_string(out, invoice.stripe_invoice_id());
    out += R"(,"linesComplete":)";
    out += invoice.lines_complete() ? "true" : "false";
    append_settlement(out, invoice);
    out += '}';
}

}  // namespace

std::string billing_invoice(const v1::Invoice& invoice) {
    std::string out = R"({"data":)";
    append_rich_invoice(out, invoice);
    out += '}';
    return out;
}

std::string billing_list(const v1::ListInvoicesResponse& list, bool has_more) {
    constexpr std::size_t kAboutOneInvoice = 1'024;
    constexpr std::size_t kJsonOfAByte = 2;
    std::string out;
    out.reserve(64 + static_cast<std::size_t>(list.invoices_size()) * kAboutOneInvoice +
                list.serialised_invoices().size() * kJsonOfAByte);
    out += R"({"data":{"hasMore":)";
    out += has_more ? "true" : "false";
    out += R"(,"items":[)";
    ListedInvoices invoices(list);
    bool first = true;
    while (const auto* invoice = invoices.next()) {
        if (!first) out += ',';
        first = false;
        append_rich_invoice(out, *invoice);
    }
    out += "]}}";
    return out;
}

}  // namespace quittance::edge
