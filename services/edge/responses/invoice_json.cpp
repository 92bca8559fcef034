#include "edge/responses/invoice_json.hpp"

#include "edge/responses/payment_error.hpp"

namespace quittance::edge {

void write_settlement(JsonWriter& json, const v1::Invoice& invoice) {
    json.member<"amountRefunded">(invoice.amount_refunded_minor());
    json.member<"settlement">(invoice.settlement().empty() ? std::string_view("none") : invoice.settlement());
    if (invoice.has_payment_error()) write_payment_error(json, invoice.payment_error());
}

namespace {

void write_state(JsonWriter& json, const v1::Invoice& invoice) {
    json.member<"status">(invoice.status());
    json.member<"amount">(invoice.amount_minor());
    json.member_or_null<"invoicePdf">(invoice.invoice_pdf_url());
}

// The members of ours, behind the contract's.
void write_ours(JsonWriter& json, const v1::Invoice& invoice) {
    json.member<"currency">(invoice.currency());
    write_settlement(json, invoice);
}

// The last members of every single invoice of the Admin and the Client API.
void write_tail(JsonWriter& json, const v1::Invoice& invoice) {
    write_state(json, invoice);
    json.member<"createdAt">(invoice.create_time());
    json.member<"updatedAt">(invoice.update_time());
    write_ours(json, invoice);
}

void write_admin_invoice(JsonWriter& json, const v1::Invoice& invoice) {
    json.begin_object();
    json.member<"_id">(invoice.id());
    json.member<"invoiceId">(invoice.stripe_invoice_id());
    json.key<"user">();
    json.begin_object();
    json.member_or_null<"_id">(invoice.user().id());  // null: the customer is not registered
    json.member<"name">(invoice.user().name());
    json.end_object();
    write_tail(json, invoice);
    json.end_object();
}

}  // namespace

std::string admin_invoice(const v1::Invoice& invoice) {
    std::string out;
    JsonWriter json(out);
    write_admin_invoice(json, invoice);
    return out;
}

std::string admin_list(const v1::ListInvoicesResponse& list) {
    constexpr std::size_t kAboutOneInvoice = 420;
    const auto write = [&list](JsonWriter& json) {
        json.key<"invoices">();
        json.begin_array();
        for (const auto& invoice : list.invoices()) write_admin_invoice(json, invoice);
        json.end_array();
        json.member<"count">(list.total_size());
    };
    return json_object(write, 32 + static_cast<std::size_t>(list.invoices_size()) * kAboutOneInvoice);
}

std::string client_last_invoice(const v1::Invoice& invoice) {
    return json_object([&invoice](JsonWriter& json) {
        json.member<"_id">(invoice.id());
        json.member<"invoiceId">(invoice.stripe_invoice_id());
        json.member_or_null<"user">(invoice.user().id());
        write_tail(json, invoice);
    });
}

std::string client_billing_history(const v1::GetBillingHistoryResponse& history) {
    const auto page = history.page();
    const auto pages = history.total_pages();
    const auto limit = std::int64_t{history.page_size()};
    return json_object([&](JsonWriter& json) {
        json.key<"docs">();
        json.begin_array();
        for (const auto& invoice : history.invoices()) {
            json.begin_object();
            json.member<"_id">(invoice.id());
            write_state(json, invoice);
            write_ours(json, invoice);
            json.end_object();
        }
        json.end_array();
        json.member<"totalDocs">(history.total_size());
        json.member<"limit">(limit);
        json.member<"totalPages">(pages);
        json.member<"page">(page);
        json.member<"pagingCounter">((page - 1) * limit + 1);
        json.member<"hasPrevPage">(page > 1);
        json.member<"hasNextPage">(page < pages);
        json.member_or_null<"prevPage">(page > 1, page - 1);
        json.member_or_null<"nextPage">(page < pages, page + 1);
    });
}

std::string invoice_links(const v1::Invoice& invoice) {
    return json_object([&invoice](JsonWriter& json) {
        json.member_or_null<"hostedInvoiceUrl">(invoice.hosted_invoice_url());
        json.member_or_null<"invoicePdf">(invoice.invoice_pdf_url());
    });
}

}  // namespace quittance::edge
