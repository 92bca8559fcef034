#include "edge/api/client_api.hpp"

#include "edge/middleware/entity_tag.hpp"
#include "edge/requests/paging.hpp"
#include "edge/responses/invoice_json.hpp"
#include "edge/responses/problems.hpp"

namespace quittance::edge {

namespace asio = boost::asio;

Answer ClientApi::last_invoice(const Caller& caller, const http::Request& request) {
    v1::GetLastInvoiceRequest last;
    last.set_team_id(caller.scope.team_ids(0));
    last.set_view(v1::VIEW_SUMMARY);
    *last.mutable_scope() = caller.scope;
    const auto context = read_call_context(request);
    last.set_read_after(context.read_after);
    const auto answer = co_await backends_.store.get_last_invoice(last, context);
    if (answer.has_error() && answer.error().error_code() == grpc::StatusCode::NOT_FOUND)
        co_return refuse(request, 404, "invoice_not_found", "The team has no invoice.");
    if (answer.has_error()) co_return answer.error();
    http::Response response;
    response.body = client_last_invoice(*answer);
    set_entity_tag(request, response);
    co_return response;
}

Answer ClientApi::billing_history(const Caller& caller, const http::Request& request) {
    std::vector<http::FieldError> errors;
    const auto paging = read_paging(Query(request.query, kHistoryParameters, errors), errors);
    if (!errors.empty()) co_return invalid(request, std::move(errors));

    v1::GetBillingHistoryRequest history;
    history.set_team_id(caller.scope.team_ids(0));
    history.set_view(v1::VIEW_SUMMARY);
    *history.mutable_scope() = caller.scope;
    history.set_page(paging.page);
    history.set_page_size(paging.limit);
    const auto context = read_call_context(request);
    history.set_read_after(context.read_after);
    const auto answer = co_await backends_.store.get_billing_history(history, context);
    if (answer.has_error()) co_return answer.error();
    http::Response response;
    response.body = client_billing_history(*answer);
    co_return response;
}

}  // namespace quittance::edge
