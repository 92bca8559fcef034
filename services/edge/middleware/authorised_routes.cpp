#include "edge/middleware/authorised_routes.hpp"

#include "edge/responses/problem_of_status.hpp"

namespace quittance::edge {
namespace {

boost::asio::awaitable<http::Response> handle(Access access, const RefusedAt& place, const Credential& credential,
                                              Right right, const AuthorisedHandler& handler,
                                              const http::Request& request) {
    auto caller = co_await authorise(access.authenticator, credential, right, request);
    if (auto* refused = std::get_if<Refused>(&caller))
        co_return note_refused(access.refusals, place, request, std::move(*refused));
    if (request.unread_body != nullptr) {
        auto failure = co_await request.unread_body->read(http::Sender::kCaller);
        if (failure) co_return std::move(*failure);
    }
    auto answer = co_await handler(std::get<Caller>(caller), request);
    if (answer.has_error()) co_return problem_of(answer.error(), request.request_id);
    co_return std::move(*answer);
}

}  // namespace

http::Handler with_credential(Access access, RefusedAt place, Credential credential, Right right,
                              AuthorisedHandler handler) {
    return [access, place = std::move(place), credential, right, handler = std::move(handler)](
               const http::Request& request) { return handle(access, place, credential, right, handler, request); };
}

}  // namespace quittance::edge
