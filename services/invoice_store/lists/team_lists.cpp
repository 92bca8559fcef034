// Both answers are lists of one team, read by list_reader.hpp.
#include "invoice_store/lists/team_lists.hpp"

#include <algorithm>
#include <utility>

#include "invoice_store/lists/list_reader.hpp"

namespace quittance::invoice_store {
namespace {

template <class Request>
v1::ListInvoicesRequest list_of_team(const Request& request) {
    v1::ListInvoicesRequest list;
    if (request.has_scope()) *list.mutable_scope() = request.scope();
    list.mutable_filter()->set_team_id(request.team_id());
    list.set_view(request.view());
    return list;
}

}  // namespace

rpc::Result<v1::Invoice> last_invoice(pqxx::connection& connection, const v1::GetLastInvoiceRequest& request) {
    auto list = list_of_team(request);
    list.set_page_size(1);
    auto page = list_invoices(connection, list);
    if (page.has_error()) return page.error();
    if (page->invoices().empty())
        return rpc::make_status(grpc::StatusCode::NOT_FOUND, "the team has no invoice", "invoice_not_found");
    return std::move(*page->mutable_invoices(0));
}

rpc::Result<v1::GetBillingHistoryResponse> billing_history(pqxx::connection& connection,
                                                           const v1::GetBillingHistoryRequest& request) {
    constexpr int kDefaultPageSize = 10;
    v1::GetBillingHistoryResponse response;
    response.set_page(std::max<std::int64_t>(request.page(), 1));
    response.set_page_size(request.page_size() == 0 ? kDefaultPageSize : request.page_size());
    auto list = list_of_team(request);
    list.set_page(response.page());
    list.set_page_size(response.page_size());
    list.set_with_total(true);
    auto page = list_invoices(connection, list);
    if (page.has_error()) return page.error();
    response.mutable_invoices()->Swap(page->mutable_invoices());
    const auto total = page->total_size();
    response.set_total_size(total);
    response.set_total_pages(total == 0 ? 1 : (total - 1) / response.page_size() + 1);
    return response;
}

}  // namespace quittance::invoice_store
