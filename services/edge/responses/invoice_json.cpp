#include "edge/responses/invoice_json.hpp"

#include <charconv>
#include <cstdint>
#include <iterator>

#include "base/json_escape.hpp"
#include "base/timestamps.hpp"

namespace quittance::edge {

void append_string_or_null(std::string& out, std::string_view text) {
    if (text.empty())
        out += "null";
    else
        append_json_string(out, text);
}

void append_settlement(std::string& out, const v1::Invoice& invoice) {
    out += R"(,"amountRefunded":)";
    append_number(out, invoice.amount_refunded_minor());
    out += R"(,"settlement":)";
    append_json_string(out, invoice.settlement().empty() ? std::string_view("none") : invoice.settlement());
}

namespace {

// status, amount, invoicePdf
void append_state(std::string& out, const v1::Invoice& invoice) {
    out += R"(,"status":)";
    append_json_string(out, invoice.status());
    out += R"(,"amount":)";
    append_number(out, invoice.amount_minor());
    out += R"(,"invoicePdf":)";
    append_string_or_null(out, invoice.invoice_pdf_url());
}

// The keys of ours behind the contract's: currency, amountRefunded, settlement; and the end of the object.
void append_ours(std::string& out, const v1::Invoice& invoice) {
    out += R"(,"currency":)";
    append_json_string(out, invoice.currency());
    append_settlement(out, invoice);
    out += '}';
}

// What every single invoice of Admin and Client API ends with.
void append_tail(std::string& out, const v1::Invoice& invoice) {
    append_state(out, invoice);
    out += R"(,"createdAt":)";
    append_time(out, invoice.create_time());
    out += R"(,"updatedAt":)";
    append_time(out, invoice.update_time());
    append_ours(out, invoice);
}

}  // namespace

void append_number(std::string& out, std::int64_t number) {
    constexpr std::size_t kMostDigits = 20;
    char digits[kMostDigits];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
    out.append(std::begin(digits), end);
}

void append_time(std::string& out, const google::protobuf::Timestamp& time) {
    out += '"';
    base::append_rfc3339(out, time);
    out += '"';
}

void append_admin_invoice(std::string& out, const v1::Invoice& invoice) {
    out += R"({"_id":)";
    append_json_string(out, invoice.id());
    out += R"(,"invoiceId":)";
    append_json_string(out, invoice.stripe_invoice_id());
    // Nobody registered the customer: the user has no id of ours yet.
    out += R"(,"user":{"_id":)";
    append_string_or_null(out, invoice.user().id());
    out += R"(,"name":)";
    append_json_string(out, invoice.user().name());
    out += '}';
    append_tail(out, invoice);
}

std::string admin_list(const v1::ListInvoicesResponse& list) {
    constexpr std::size_t kAboutOneInvoice = 420;
    std::string out;
    out.reserve(32 + static_cast<std::size_t>(list.invoices_size()) * kAboutOneInvoice);
    out += R"({"invoices":[)";
    for (int i = 0; i < list.invoices_size(); ++i) {
        if (i > 0) out += ',';
        append_admin_invoice(out, list.invoices(i));
    }
    out += R"(],"count":)";
    out += std::to_string(list.total_size());
    out += '}';
    return out;
}

std::string client_last_invoice(const v1::Invoice& invoice) {
    std::string out = R"({"_id":)";
    append_json_string(out, invoice.id());
    out += R"(,"invoiceId":)";
    append_json_string(out, invoice.stripe_invoice_id());
    out += R"(,"user":)";
    append_string_or_null(out, invoice.user().id());
    append_tail(out, invoice);
    return out;
}

std::string client_billing_history(const v1::GetBillingHistoryResponse& history) {
    std::string out = R"({"docs":[)";
    for (int i = 0; i < history.invoices_size(); ++i) {
        const auto& invoice = history.invoices(i);
        out += i > 0 ? R"(,{"_id":)" : R"({"_id":)";
        append_json_string(out, invoice.id());
        append_state(out, invoice);
        append_ours(out, invoice);
    }
    const auto page = history.page();
    const auto pages = history.total_pages();
    const auto limit = std::int64_t{history.page_size()};
    const bool has_previous = page > 1;
    const bool has_next = page < pages;
    out += R"(],"totalDocs":)" + std::to_string(history.total_size());
    out += R"(,"limit":)" + std::to_string(limit);
    out += R"(,"totalPages":)" + std::to_string(pages);
    out += R"(,"page":)" + std::to_string(page);
    out += R"(,"pagingCounter":)" + std::to_string((page - 1) * limit + 1);
    out += has_previous ? R"(,"hasPrevPage":true)" : R"(,"hasPrevPage":false)";
    out += has_next ? R"(,"hasNextPage":true)" : R"(,"hasNextPage":false)";
    out += R"(,"prevPage":)" + (has_previous ? std::to_string(page - 1) : std::string("null"));
    out += R"(,"nextPage":)" + (has_next ? std::to_string(page + 1) : std::string("null"));
    out += '}';
    return out;
}

}  // namespace quittance::edge
