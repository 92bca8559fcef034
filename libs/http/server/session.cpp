#include "http/server/session.hpp"

#include <netinet/tcp.h>

#include <boost/asio/detail/socket_option.hpp>
#include <string>

#include "http/server/exchange.hpp"
#include "http/server/problem.hpp"
#include "runtime/log.hpp"

namespace quittance::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr int kUnsentBytes = 64 * 1024;                    // of an answer, which the kernel keeps for a client
constexpr std::chrono::milliseconds kHandlerGrace{5'000};  // a handler that ignores its deadline loses the connection

using NotSentLowWater = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;

}  // namespace

Session::Session(std::shared_ptr<ServerShared> shared, asio::ip::tcp::socket socket, const AddressBytes* peer)
    : shared_(std::move(shared)), socket_(std::move(socket)) {
    shared_->connections.add(*this, place_, peer);
    shared_->counters.connection_opened();
    error_code ignored;
    const auto endpoint = socket_.remote_endpoint(ignored);
    peer_address_ = endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    // The kernel takes no more of an answer for a client that does not read.
    socket_.set_option(NotSentLowWater(kUnsentBytes), ignored);
    enter(Phase::kIdle, shared_->options.limits.first_byte_time);
}

Session::~Session() {
    hold(use_, 0);
    shared_->connections.remove(place_);
    shared_->counters.connection_closed();
}

void Session::enter(Phase phase, std::chrono::milliseconds limit) {
    phase_ = phase;
    expired_ = false;
    deadline_ = Clock::now() + limit;
}

void Session::expire_if_late(Clock::time_point now) {
    if (now < deadline_) return;
    error_code ignored;
    // After a cancelled read the session can still answer 408. In any other phase no answer is due. If no read was in
    // flight, because it had just ended, the next sweep closes the connection.
    if (!expired_ && (phase_ == Phase::kHeader || phase_ == Phase::kBody))
        socket_.cancel(ignored);
    else
        socket_.close(ignored);
    expired_ = true;
}

void Session::start_draining(Clock::time_point moment) {
    if (phase_ == Phase::kIdle && deadline_ > moment) deadline_ = moment;
}

void Session::force_close() {
    error_code ignored;
    socket_.close(ignored);
}

asio::awaitable<void> Session::run() {
    while (socket_.is_open()) {
        if (!co_await wait_for_request()) break;
        Exchange exchange;
        co_await read_header(exchange);
        if (exchange.error) break;
        if (!exchange.has_answer) find_route(exchange);
        if (!exchange.has_answer) co_await receive_body(exchange);
        if (exchange.error) break;
        co_await answer(exchange);
        if (exchange.error) break;
        if (exchange.body_unread && !drop_rest_of_body(exchange)) exchange.keep_alive = false;
        forget_request(exchange);
        const bool written = co_await write(exchange);
        if (!written) break;
        if (!exchange.keep_alive) {
            co_await linger();
            break;
        }
    }
    force_close();
}

void Session::find_route(Exchange& exchange) {
    auto match = shared_->router.match(exchange.request.method, exchange.request.path);
    exchange.allow = std::move(match.allow);
    exchange.route = match.route;
    if (match.route != nullptr) {
        exchange.request.path_parameters = std::move(match.path_parameters);
        return;
    }
    if (exchange.allow.empty()) {
        fail(exchange, 404, "There is nothing at this path.");
    } else if (exchange.request.method == "OPTIONS") {
        exchange.response.status = 204;
        exchange.response.headers.push_back({"Allow", exchange.allow});
        exchange.has_answer = true;
    } else {
        fail(exchange, 405, "The path does not have this method.");
    }
}

void Session::fail(Exchange& exchange, int status, std::string_view detail) {
    const auto trace_id = base::trace_id_of(exchange.request.trace);
    const Failure failure{
        status, detail, exchange.request.method, exchange.request.target, exchange.request.request_id, trace_id};
    exchange.response = shared_->failure(failure, exchange.allow);
    exchange.has_answer = true;
    if (status == 400) exchange.keep_alive = false;  // the end of the request is not known
}

void Session::begin_handling(Exchange& exchange) {
    const auto time = shared_->options.limits.handler_time;
    enter(Phase::kHandling, time + kHandlerGrace);
    exchange.request.deadline = Clock::now() + time;
}

asio::awaitable<void> Session::answer(Exchange& exchange) {
    if (exchange.has_answer) co_return;
    const auto& limits = shared_->options.limits;
    // Checked again: other bodies may have used up the limit meanwhile.
    if (shared_->requests_in_flight >= limits.requests_in_flight) {
        fail(exchange, 503, "Too many requests at once.");
        co_return;
    }
    begin_handling(exchange);
    ++shared_->requests_in_flight;
    shared_->counters.request_began();
    std::string failure;
    try {
        exchange.response = co_await exchange.route->handler(exchange.request);
        exchange.has_answer = true;
    } catch (const std::exception& error) {
        failure = error.what();
    } catch (...) {
        failure = "not a std::exception";
    }
    --shared_->requests_in_flight;
    shared_->counters.request_ended();
    if (!exchange.has_answer) {
        runtime::log_error("a handler threw", {{"request_id", exchange.request.request_id},
                                               {"trace_id", base::trace_id_of(exchange.request.trace)},
                                               {"route", exchange.route->pattern},
                                               {"what", failure}});
        fail(exchange, 500, "An unexpected error; the request id leads to it in the log.");
    }
    exchange.keep_alive = exchange.keep_alive && !shared_->draining;
    exchange.body_bytes = exchange.request.body.size();
}

// Frees what is not needed while the client reads its answer, which may take long.
void Session::forget_request(Exchange& exchange) {
    exchange.parser.reset();
    std::string().swap(exchange.request.body);
    if (!exchange.keep_alive) buffer_.reset();
}

}  // namespace quittance::http
