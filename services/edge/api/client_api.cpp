#include "edge/api/client_api.hpp"

#include "edge/middleware/middleware.hpp"
#include "edge/requests/paging.hpp"
#include "edge/responses/invoice_json.hpp"
#include "edge/responses/problem_of_status.hpp"
#include "edge/responses/problems.hpp"

namespace quittance::edge {

namespace asio = boost::asio;

asio::awaitable<std::variant<std::string, http::Response>> ClientApi::team_of(const http::Request& request) {
    auto caller = co_await authenticator_.bearer(request);
    if (auto* refusal = std::get_if<http::Response>(&caller)) co_return std::move(*refusal);
    const auto& team = request.path_parameters.front();
    // The same answer for a team that is not the caller's and for one that does not exist.
    if (!std::get<Claims>(caller).has_team(team))
        co_return refuse(request, 403, "forbidden", "The token does not name this team.");
    co_return team;
}

asio::awaitable<http::Response> ClientApi::last_invoice(const http::Request& request) {
    auto team = co_await team_of(request);
    if (auto* refusal = std::get_if<http::Response>(&team)) co_return std::move(*refusal);

    v1::GetLastInvoiceRequest last;
    last.set_team_id(std::get<std::string>(team));
    last.set_view(v1::VIEW_SUMMARY);
    last.mutable_scope()->add_team_ids(last.team_id());
    const auto asking = read_asking(request);
    last.set_read_after(asking.read_after);
    const auto answer = co_await backends_.get_last_invoice(last, asking);
    if (answer.has_error() && answer.error().error_code() == grpc::StatusCode::NOT_FOUND)
        co_return refuse(request, 404, "invoice_not_found", "The team has no invoice.");
    if (answer.has_error()) co_return problem_of(answer.error(), request.request_id);
    http::Response response;
    response.body = client_last_invoice(*answer);
    set_entity_tag(request, response);
    co_return response;
}

asio::awaitable<http::Response> ClientApi::billing_history(const http::Request& request) {
    auto team = co_await team_of(request);
    if (auto* refusal = std::get_if<http::Response>(&team)) co_return std::move(*refusal);
    std::vector<http::FieldError> errors;
    const auto paging = read_paging(Query(request.query, kHistoryParameters, errors), errors);
    if (!errors.empty()) co_return invalid(request, std::move(errors));

    v1::GetBillingHistoryRequest history;
    history.set_team_id(std::get<std::string>(team));
    history.set_view(v1::VIEW_SUMMARY);
    history.mutable_scope()->add_team_ids(history.team_id());
    history.set_page(paging.page);
    history.set_page_size(paging.limit);
    const auto asking = read_asking(request);
    history.set_read_after(asking.read_after);
    const auto answer = co_await backends_.get_billing_history(history, asking);
    if (answer.has_error()) co_return problem_of(answer.error(), request.request_id);
    http::Response response;
    response.body = client_billing_history(*answer);
    co_return response;
}

}  // namespace quittance::edge
