#include "invoice_store/api/account_handlers.hpp"

#include <utility>

#include "invoice_store/accounts/stripe_accounts.hpp"
#include "invoice_store/api/answer.hpp"
#include "invoice_store/events/request_refetches.hpp"

namespace quittance::invoice_store {

template <class Request, class Response>
AccountHandlers::Done AccountHandlers::answer(const rpc::Call& call, const Request& request, Response& response,
                                              rpc::Result<Response> (*work)(pqxx::connection&, const Request&)) {
    if (auto pending = refusal_until_ready(schema_ready_)) co_return std::move(*pending);
    if (auto refusal = rpc::refusal_of(violations_of(request))) co_return std::move(*refusal);
    const auto job = [&request, work](pqxx::connection& connection) { return work(connection, request); };
    auto result = co_await writes_.run(job, call.deadline);
    co_return rpc::move_into(response, std::move(result));
}

AccountHandlers::Done AccountHandlers::record(const rpc::Call& call, const v1::RecordStripeAccountRequest& request,
                                              v1::StripeAccount& response) {
    return answer(call, request, response, invoice_store::record_stripe_account);
}

AccountHandlers::Done AccountHandlers::request_refetches(const rpc::Call& call,
                                                         const v1::RequestRefetchesRequest& request,
                                                         v1::RequestRefetchesResponse& response) {
    return answer(call, request, response, invoice_store::request_refetches);
}

}  // namespace quittance::invoice_store
