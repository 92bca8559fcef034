#include "edge/middleware/authorised_routes.hpp"

#include "edge/responses/problem_of_status.hpp"

namespace quittance::edge {
namespace {

boost::asio::awaitable<http::Response> handle(Authenticator& authenticator, const Credential& credential, Right right,
                                              const AuthorisedHandler& handler, const http::Request& request) {
    auto caller = co_await authorise(authenticator, credential, right, request);
    if (auto* refusal = std::get_if<http::Response>(&caller)) co_return std::move(*refusal);
    auto answer = co_await handler(std::get<Caller>(caller), request);
    if (answer.has_error()) co_return problem_of(answer.error(), request.request_id);
    co_return std::move(*answer);
}

}  // namespace

http::Handler with_credential(Authenticator& authenticator, Credential credential, Right right,
                              AuthorisedHandler handler) {
    return [&authenticator, credential, right, handler = std::move(handler)](const http::Request& request) {
        return handle(authenticator, credential, right, handler, request);
    };
}

}  // namespace quittance::edge
