// Stripe's API over HTTP, and the table of all routes. The handlers of the routes for tests are in control_routes.cpp
// and state_route.cpp.
#include "stripe_emulator/http/frontend.hpp"

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>

#include "runtime/log.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

namespace asio = boost::asio;

// After this time a held call goes on without a release, so that a forgotten call ends.
constexpr std::chrono::minutes kLongestHold{5};

constexpr std::array kControlRoutes{
    http::RouteOf<Frontend>{"POST", "/_emulator/faults", &Frontend::add_faults},
    http::RouteOf<Frontend>{"GET", "/_emulator/faults", &Frontend::list_faults},
    http::RouteOf<Frontend>{"DELETE", "/_emulator/faults", &Frontend::clear_faults},
    http::RouteOf<Frontend>{"DELETE", "/_emulator/faults/{id}", &Frontend::remove_fault},
    http::RouteOf<Frontend>{"POST", "/_emulator/release", &Frontend::release},
    http::RouteOf<Frontend>{"POST", "/_emulator/advance", &Frontend::advance},
    http::RouteOf<Frontend>{"POST", "/_emulator/pause", &Frontend::pause},
    http::RouteOf<Frontend>{"POST", "/_emulator/accounts", &Frontend::add_account},
    http::RouteOf<Frontend>{"POST", "/_emulator/payment_intents/{id}/settle", &Frontend::settle_intent_of},
    http::RouteOf<Frontend>{"POST", "/_emulator/missing_events/report", &Frontend::report_missing},
    http::RouteOf<Frontend>{"POST", "/_emulator/disputes", &Frontend::dispute},
    http::RouteOf<Frontend>{"POST", "/_emulator/refunds/{id}/fail", &Frontend::fail_refund_of},
    http::RouteOf<Frontend>{"POST", "/_emulator/idempotency/prune", &Frontend::prune_keys},
    http::RouteOf<Frontend>{"POST", "/_emulator/restricted_keys", &Frontend::restrict_key},
    http::RouteOf<Frontend>{"POST", "/_emulator/webhook_endpoints/{id}/roll", &Frontend::roll_secret},
    http::RouteOf<Frontend>{"GET", "/_emulator/state", &Frontend::state},
};

OptionalText header_of(const http::Request& request, std::string_view name) {
    const auto* value = http::find_header(request.headers, name);
    return value == nullptr ? std::nullopt : OptionalText(*value);
}

RawCall raw_call_of(const http::Request& request) {
    RawCall raw;
    raw.method = request.method == "HEAD" ? "GET" : request.method;
    raw.path = request.path;
    raw.query = request.query;
    raw.body = request.body;
    raw.authorization = header_of(request, "Authorization");
    raw.version = header_of(request, "Stripe-Version");
    raw.idempotency_key = header_of(request, "Idempotency-Key");
    raw.account = header_of(request, "Stripe-Account");
    raw.context = header_of(request, "Stripe-Context");
    raw.content_type = header_of(request, "Content-Type");
    return raw;
}

http::Response response_of(Answer answer) {
    http::Response response;
    response.status = answer.status;
    response.body = std::move(answer.body);
    for (auto& [name, value] : answer.headers) response.headers.push_back({std::move(name), std::move(value)});
    response.drop_connection = answer.drop_connection;
    return response;
}

}  // namespace

Frontend::Frontend(Accounts& accounts, RequestPipeline& pipeline, Faults& faults, Clock& clock, DeliveryPump& pump)
    : accounts_(accounts), pipeline_(pipeline), faults_(faults), clock_(clock), pump_(pump) {}

std::vector<http::Route> Frontend::routes() {
    std::vector<http::Route> routes;
    for (const auto& route : api_routes()) {
        routes.push_back({std::string(route.method), std::string(route.pattern),
                          [this](const http::Request& request) { return call(request); }, 0});
    }
    for (const auto& route : kControlRoutes) {
        routes.push_back(
            {std::string(route.method), std::string(route.pattern),
             [this, handler = route.handler](const http::Request& request) { return (this->*handler)(request); }, 0});
    }
    return routes;
}

http::Response Frontend::failure_body(const http::Failure& failure) {
    if (failure.status == 404 || failure.status == 405) {
        return response_of(pipeline_.not_found(failure.method, failure.target.substr(0, failure.target.find('?'))));
    }
    http::Response response;
    response.status = failure.status;
    const json::object error{{"message", failure.detail},
                             {"type", failure.status < 500 ? "invalid_request_error" : "api_error"}};
    response.body = pretty(json::object{{"error", error}}) + '\n';
    return response;
}

asio::awaitable<http::Response> Frontend::call(const http::Request& request) {
    auto raw = raw_call_of(request);
    auto admission = pipeline_.admit(std::move(raw), clock_.now());
    if (admission.answer) co_return response_of(std::move(*admission.answer));
    const auto admitted = std::move(*admission.admitted);
    const bool goes_on = co_await wait_for_fault(admitted, false);
    if (!goes_on) co_return response_of(pipeline_.drop(admitted));
    auto answer = pipeline_.perform(admitted, clock_.now());
    pump_.poke();
    const bool answered = co_await wait_for_fault(admitted, true);
    if (!answered) answer.drop_connection = true;
    runtime::log_debug("call", {{"request_id", request.request_id},
                                {"method", request.method},
                                {"path", request.path},
                                {"status", answer.status}});
    co_return response_of(std::move(answer));
}

asio::awaitable<bool> Frontend::wait_for_fault(const Admitted& admitted, bool after) {
    if (!admitted.fault || admitted.fault->after != after) co_return true;
    const bool holds = admitted.fault->kind == FaultKind::kHold;
    if (!holds && admitted.fault->kind != FaultKind::kSlow) co_return true;
    const auto executor = co_await asio::this_coro::executor;
    held_.push_back({holds ? admitted.fault->id : 0, asio::steady_timer(executor)});
    const auto place = std::prev(held_.end());
    if (holds) {
        place->timer.expires_after(kLongestHold);
    } else {
        place->timer.expires_after(std::chrono::milliseconds(admitted.fault->ms));
    }
    boost::system::error_code released;
    co_await place->timer.async_wait(asio::redirect_error(asio::use_awaitable, released));
    const bool dropped = place->dropped;
    held_.erase(place);
    co_return !dropped;
}

Result<Account*> Frontend::account_in(const http::Request& request) {
    std::vector<std::pair<std::string, std::string>> query;
    std::string id = accounts_.first().settings.id;
    bool livemode = accounts_.first().settings.livemode;
    if (http::parse_query(request.query, query)) {
        for (const auto& [name, value] : query) {
            if (name == "account") id = value;
            if (name == "livemode") livemode = value == "true";
        }
    }
    if (!accounts_.knows(id)) return no_such_in_path("account", id, "account");
    return &accounts_.in_mode(id, livemode);
}

std::size_t Frontend::release_held(std::optional<std::uint64_t> fault, bool drop) {
    std::size_t released = 0;
    for (auto& held : held_) {
        if (held.fault == 0 || (fault && held.fault != *fault)) continue;
        held.dropped = drop;
        held.timer.cancel();
        ++released;
    }
    return released;
}

}  // namespace quittance::stripe_emulator
