#include "edge/middleware/authorised_routes.hpp"

#include <optional>
#include <utility>

#include "edge/responses/problem_of_status.hpp"
#include "edge/responses/problems.hpp"

namespace quittance::edge {
namespace {

// An operator raises the level of the log for one request: `Quittance-Log: debug`.
enum class Wish { kNone, kGranted, kRefused };

Wish wish_for_lines(const http::Request& request, const Caller& caller) {
    const auto given = request.header("Quittance-Log");
    if (given.empty()) return Wish::kNone;
    return given == "debug" && caller.may_audit ? Wish::kGranted : Wish::kRefused;
}

Refused refused_wish(const http::Request& request, const Caller& caller) {
    auto answer = refuse(request, 403, "insufficient_rights",
                         "The header Quittance-Log needs an Api-Key with the right `audit`, and the value debug.");
    return {std::move(answer), "insufficient_rights", caller.name};
}

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
    auto& known = std::get<Caller>(caller);
    const auto wish = wish_for_lines(request, known);
    if (wish == Wish::kRefused) co_return note_refused(access.refusals, place, request, refused_wish(request, known));
    // A copy, for the few requests of operators: whoever handles it passes the wish on.
    std::optional<http::Request> raised;
    if (wish == Wish::kGranted) raised.emplace(request).log_raised = true;
    const http::Request& asked = raised ? *raised : request;
    auto answer = co_await handler(known, asked);
    auto response = answer.has_error()
                        ? problem_of(answer.error(), request.request_id, base::trace_id_of(request.trace))
                        : std::move(*answer);
    response.caller = std::move(known.name);
    response.log_raised = wish == Wish::kGranted;
    co_return response;
}

}  // namespace

http::Handler with_credential(Access access, RefusedAt place, Credential credential, Right right,
                              AuthorisedHandler handler) {
    return [access, place = std::move(place), credential, right, handler = std::move(handler)](
               const http::Request& request) { return handle(access, place, credential, right, handler, request); };
}

}  // namespace quittance::edge
