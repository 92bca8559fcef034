#include "http/server/operations.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <thread>

#include "http/server/server.hpp"

namespace quittance::http {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kAliveFor{1};  // how long an answer of `alive` counts, so that probes cost nothing

// Probes and Prometheus need a few connections. Whoever holds many of them in silence makes room for the next one.
ServerLimits limits_of_operations() {
    ServerLimits limits;
    limits.connections = 64;
    limits.connections_per_peer = 16;
    limits.body_bytes = 1024;
    limits.memory_bytes = 8 * 1024 * 1024;
    return limits;
}

Response readiness(const std::vector<ReadinessCheck>& checks, bool draining) {
    bool ready = !draining;
    boost::json::array list;
    for (const auto& check : checks) {
        ready = ready && check.ready;
        list.push_back(boost::json::object{{"name", check.name}, {"ready", check.ready}, {"detail", check.detail}});
    }
    const char* word = draining ? "draining" : ready ? "ready" : "not ready";
    boost::json::object body{{"status", word}, {"checks", std::move(list)}};
    Response response;
    response.status = ready ? 200 : 503;
    response.body = boost::json::serialize(body);
    return response;
}

Response liveness(const std::string& problem) {
    Response response;
    response.status = problem.empty() ? 200 : 503;
    response.body = problem.empty()
                        ? R"({"status":"alive"})"
                        : boost::json::serialize(boost::json::object{{"status", "not alive"}, {"detail", problem}});
    return response;
}

}  // namespace

struct OperationsServer::State {
    runtime::Metrics& metrics;
    // The operations port does not count its own requests in the service's metrics.
    runtime::Metrics own_metrics;
    asio::io_context loop{1};
    std::function<std::vector<ReadinessCheck>()> ready;
    Alive alive;
    std::string problem;                             // the last answer of `alive`, used on the operations thread only
    std::chrono::steady_clock::time_point next_ask;  // of `alive`
    std::atomic<bool> draining{false};
    std::unique_ptr<Server> server;
    std::thread thread;

    explicit State(runtime::Metrics& service_metrics) : metrics(service_metrics) {}

    // A process that stops closes its port while it still works.
    const std::string& ask_alive() {
        const auto now = std::chrono::steady_clock::now();
        if (draining.load()) {
            problem.clear();
        } else if (alive && now >= next_ask) {
            problem = alive();
            next_ask = std::chrono::steady_clock::now() + kAliveFor;
        }
        return problem;
    }

    Router routes() {
        std::vector<Route> table;
        table.push_back({"GET", "/healthz",
                         [this](const Request&) -> asio::awaitable<Response> { co_return liveness(ask_alive()); }, 0});
        table.push_back(
            {"GET", "/readyz",
             [this](const Request&) -> asio::awaitable<Response> { co_return readiness(ready(), draining.load()); },
             0});
        table.push_back({"GET", "/metrics",
                         [this](const Request&) -> asio::awaitable<Response> {
                             Response response;
                             response.content_type = "text/plain; version=0.0.4; charset=utf-8";
                             response.body = metrics.text();
                             co_return response;
                         },
                         0});
        return Router(std::move(table));
    }
};

OperationsServer::OperationsServer(const std::string& listen, runtime::Metrics& metrics,
                                   std::function<std::vector<ReadinessCheck>()> ready, Alive alive)
    : state_(std::make_unique<State>(metrics)) {
    state_->ready = std::move(ready);
    state_->alive = std::move(alive);
    ServerOptions options;
    options.listen = listen;
    options.name = "operations";
    options.limits = limits_of_operations();
    state_->server = std::make_unique<Server>(state_->loop, options, state_->routes(), state_->own_metrics);
    state_->server->start();
    state_->thread = std::thread([state = state_.get()] { state->loop.run(); });
}

OperationsServer::~OperationsServer() {
    state_->loop.stop();
    state_->thread.join();
}

std::uint16_t OperationsServer::port() const {
    return state_->server->port();
}

void OperationsServer::set_draining() {
    state_->draining.store(true);
}

}  // namespace quittance::http
