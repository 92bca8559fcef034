#include "stripe_gateway/invoices/list_invoices.hpp"

#include <boost/json/array.hpp>
#include <utility>

#include "runtime/log.hpp"
#include "stripe/json_document.hpp"
#include "stripe/json_fields.hpp"
#include "stripe/reader.hpp"
#include "stripe_gateway/invoices/stripe_pages.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;

struct InvoicePage {
    std::vector<v1::Invoice> invoices;
    std::string last_id;  // of the last invoice in the list, readable or not
    bool has_more = false;
};

rpc::Result<InvoicePage> read_page(std::string_view account, const StripeAnswer& answer) {
    const stripe::JsonDocument document(answer.body);
    std::string problem;
    const stripe::Fields list(document.object(), problem);
    const auto* data = list.list("data");
    if (!data) return unreadable("a list of invoices was expected");
    InvoicePage page;
    page.has_more = list.flag("has_more");
    for (const auto& element : *data) {
        const auto* object = stripe::object_in(element);
        if (!object) return unreadable("an invoice is no object");
        page.last_id = stripe::Fields(object, problem).text("id");
        auto invoice = stripe::read_invoice(*object);
        if (!invoice) {
            runtime::log_error("could not read an invoice in Stripe's list",
                               {{"account", account}, {"invoice", page.last_id}, {"problem", invoice.error().detail}});
            continue;
        }
        invoice->set_account(std::string(account));
        page.invoices.push_back(std::move(*invoice));
    }
    return page;
}

StripeRequest request_of(const v1::ListStripeInvoicesRequest& request, const std::string& starting_after,
                         bool with_payments) {
    StripeRequest wire{"GET /v1/invoices", "GET", "/v1/invoices", {}, {}};
    if (!request.status().empty()) wire.parameters["status"] = request.status();
    auto range = created_range(request.has_created_from() ? &request.created_from() : nullptr,
                               request.has_created_to() ? &request.created_to() : nullptr);
    if (!range.empty()) wire.parameters["created"] = std::move(range);
    if (!starting_after.empty()) wire.parameters["starting_after"] = starting_after;
    if (with_payments) wire.parameters["expand"] = boost::json::array{"data.payments"};
    return wire;
}

}  // namespace

asio::awaitable<rpc::Result<v1::ListStripeInvoicesResponse>> list_invoices(const Invoices& invoices,
                                                                           const v1::ListStripeInvoicesRequest& request,
                                                                           CallBudget budget) {
    v1::ListStripeInvoicesResponse response;
    auto cursor = request.starting_after();
    rpc::Result<InvoicePage> page = InvoicePage();
    // A page without any readable invoice would leave the caller without a cursor.
    do {
        auto wire = request_of(request, cursor, invoices.has_invoice_payments());
        const auto answer = co_await fetch_page(invoices.calls(), std::move(wire), request.page_size(), budget);
        if (!answer) co_return answer.error();
        *response.mutable_answer_time() = to_timestamp(answer->time);
        page = read_page(invoices.account(), *answer);
        if (!page) co_return page.error();
        cursor = page->last_id;
    } while (page->invoices.empty() && page->has_more && !cursor.empty());

    response.set_has_more(page->has_more);
    std::size_t bytes = 0;
    for (auto& invoice : page->invoices) {
        const auto status = co_await invoices.complete_lines(invoice, budget);
        if (status.error_code() == grpc::StatusCode::NOT_FOUND) continue;  // a draft that was deleted meanwhile
        bytes += invoice.ByteSizeLong();
        if (!response.invoices().empty() && (!status.ok() || bytes > kPageBytes)) {
            response.set_has_more(true);
            break;
        }
        if (!status.ok()) co_return status;
        *response.add_invoices() = std::move(invoice);
    }
    co_return response;
}

}  // namespace quittance::stripe_gateway
