#include "http/server/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <vector>

#include "http/server/problem.hpp"
#include "http/server/session.hpp"
#include "runtime/log.hpp"
#include "runtime/process_start.hpp"

namespace quittance::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kBacklog = 4096;
constexpr std::chrono::milliseconds kSweepInterval{200};
// How long an idle connection stays open after a drain has begun: a request that is on its way still gets its answer.
constexpr std::chrono::milliseconds kDrainIdle{500};

std::string_view code_of(int status) {
    switch (status) {
        case 400:
            return "malformed_request";
        case 404:
            return "not_found";
        case 405:
            return "method_not_allowed";
        case 408:
            return "request_timeout";
        case 413:
            return "body_too_large";
        case 417:
            return "expectation_failed";
        case 431:
            return "header_too_large";
        case 503:
            return "overloaded";
        case 505:
            return "http_version_not_supported";
        default:
            return "internal";
    }
}

tcp::endpoint endpoint_of(asio::io_context& loop, const std::string& listen) {
    const auto colon = listen.rfind(':');
    if (colon == std::string::npos || colon + 1 == listen.size())
        throw std::runtime_error("cannot listen on '" + listen + "': expected HOST:PORT");
    auto host = listen.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    error_code error;
    const auto found = tcp::resolver(loop).resolve(host, listen.substr(colon + 1), tcp::resolver::passive, error);
    if (error || found.empty()) throw std::runtime_error("cannot listen on '" + listen + "': " + error.message());
    return found.begin()->endpoint();
}

ServerOptions within_descriptors(ServerOptions options) {
    options.limits.connections = runtime::connections_within_descriptors("MAX_CONNECTIONS", options.limits.connections);
    return options;
}

asio::awaitable<void> serve(std::shared_ptr<ServerShared> shared, std::unique_ptr<Session> session) {
    if (!shared->abandoned) co_await session->run();
}

}  // namespace

Response ServerShared::failure(const Failure& failure, const std::string& allow) const {
    Response response;
    if (options.failure_body) {
        response = options.failure_body(failure);
    } else {
        Problem problem;
        problem.status = failure.status;
        problem.code = code_of(failure.status);
        problem.detail = failure.detail;
        problem.request_id = failure.request_id;
        problem.trace_id = failure.trace_id;
        response = problem_response(problem);
    }
    if (failure.status == 405) response.headers.push_back({"Allow", allow});
    if (failure.status == 503) response.headers.push_back({"Retry-After", "1"});
    return response;
}

struct Server::State {
    State(asio::io_context& loop_given, ServerOptions options, Router router, runtime::Metrics& metrics)
        : loop(loop_given),
          acceptor(loop),
          sweep_timer(loop),
          shared(std::make_shared<ServerShared>(std::move(options), std::move(router), metrics)) {}

    void open() {
        const auto& listen = shared->options.listen;
        const auto endpoint = endpoint_of(loop, listen);
        error_code error;
        acceptor.open(endpoint.protocol(), error);
        if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor.bind(endpoint, error);
        if (!error) acceptor.listen(kBacklog, error);
        if (!error) acceptor.non_blocking(true, error);
        if (error) throw std::runtime_error("cannot listen on '" + listen + "': " + error.message());
        port = acceptor.local_endpoint().port();
    }

    void take(tcp::socket socket) {
        error_code error;
        const auto address = socket.remote_endpoint(error).address();
        if (error) return;  // the client has gone
        const auto peer = peer_of(address);
        const auto* counted = shared->options.trusted_proxies.contains(address) ? nullptr : &peer;
        if (!shared->make_room(counted)) {
            shared->counters.connection_refused();
            return;  // closed by its destructor
        }
        auto session = std::make_unique<Session>(shared, std::move(socket), counted);
        asio::co_spawn(loop, serve(shared, std::move(session)), asio::detached);
    }

    boost::asio::io_context& loop;
    tcp::acceptor acceptor;
    asio::steady_timer sweep_timer;
    std::shared_ptr<ServerShared> shared;
    std::uint16_t port = 0;
};

namespace {

template <class State>
asio::awaitable<void> accept_connections(std::shared_ptr<State> state) {
    while (state->acceptor.is_open()) {
        error_code error;
        auto socket = co_await state->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (!error) {
            state->take(std::move(socket));
        } else if (error != asio::error::operation_aborted) {
            // Probably no file descriptor is left: wait until some are closed.
            runtime::log_warn("cannot accept a connection", {{"why", error.message()}});
            asio::steady_timer pause(state->loop, std::chrono::milliseconds(100));
            co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        }
    }
}

template <class State>
asio::awaitable<void> sweep(std::shared_ptr<State> state) {
    for (;;) {
        error_code error;
        state->sweep_timer.expires_after(kSweepInterval);
        co_await state->sweep_timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
        const auto now = Session::Clock::now();
        state->shared->connections.for_each([now](Session& session) { session.expire_if_late(now); });
        state->shared->end_burst();
    }
}

}  // namespace

Server::Server(asio::io_context& loop, ServerOptions options, Router router, runtime::Metrics& metrics)
    : state_(std::make_shared<State>(loop, within_descriptors(std::move(options)), std::move(router), metrics)) {
    state_->open();
}

// The loop owns the coroutines of the sessions. It may outlive our references, above all the metrics.
Server::~Server() {
    error_code ignored;
    state_->acceptor.close(ignored);
    state_->sweep_timer.cancel();
    state_->shared->abandoned = true;
    state_->shared->counters.close();
    state_->shared->connections.for_each([](Session& session) { session.force_close(); });
}

std::uint16_t Server::port() const {
    return state_->port;
}

void Server::start() {
    asio::co_spawn(state_->loop, accept_connections(state_), asio::detached);
    asio::co_spawn(state_->loop, sweep(state_), asio::detached);
}

asio::awaitable<bool> Server::drain(std::chrono::steady_clock::time_point deadline) {
    const auto state = state_;
    state->shared->draining = true;
    // Clients in the accept queue see a connection already: accept them all before the queue is closed.
    error_code error;
    while (!error) {
        tcp::socket socket(state->loop);
        state->acceptor.accept(socket, error);
        if (!error) state->take(std::move(socket));
    }
    state->acceptor.close(error);
    const auto moment = Session::Clock::now() + kDrainIdle;
    state->shared->connections.for_each([moment](Session& session) { session.start_draining(moment); });

    asio::steady_timer pause(state->loop);
    while (!state->shared->connections.empty() && Session::Clock::now() < deadline) {
        pause.expires_after(std::chrono::milliseconds(20));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
    const bool gentle = state->shared->connections.empty();
    state->shared->connections.for_each([](Session& session) { session.force_close(); });
    co_return gentle;
}

}  // namespace quittance::http
