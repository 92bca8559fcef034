// A server that goes before its loop, with connections open: as every object, it may be outlived by what was lent to it
// and by nothing else. What the loop still holds of it touches neither the metrics nor a handler.
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <memory>

#include "http/server/server.hpp"
#include "integration/http/loop_thread.hpp"
#include "integration/http/raw_connection.hpp"
#include "integration/http/served.hpp"
#include "support/patience.hpp"

using namespace quittance;        // NOLINT(google-build-using-namespace)
using namespace quittance::test;  // NOLINT(google-build-using-namespace)

namespace {

// On the test's own thread: the loop runs only where the test says so.
struct Torn {
    Torn() {
        const http::Handler held = [this](const http::Request&) -> boost::asio::awaitable<http::Response> {
            ++begun;
            co_await gate->pass();
            co_return http::Response();
        };
        std::vector<http::Route> routes{{"GET", "/held", held, 0}};
        server =
            std::make_unique<http::Server>(*loop, http::ServerOptions{}, http::Router(std::move(routes)), *metrics);
        server->start();
        idle = std::make_unique<RawConnection>(server->port());
        busy = std::make_unique<RawConnection>(server->port());
        busy->send(get("/held"));
        REQUIRE(run_until([this] { return shows("connections", 2) && gate->held() == 1; }));
        REQUIRE(shows("requests_in_flight", 1));
    }

    bool run_until(const std::function<bool()>& condition) {
        return eventually([&] {
            loop->restart();
            loop->poll();
            return condition();
        });
    }

    void end_loop() {
        gate.reset();
        loop.reset();
    }

    bool shows(const std::string& what, int value) const {
        const auto line = "quittance_http_" + what + "{server=\"http\"} " + std::to_string(value) + "\n";
        return metrics->text().find(line) != std::string::npos;
    }

    std::unique_ptr<boost::asio::io_context> loop = std::make_unique<boost::asio::io_context>(1);
    std::unique_ptr<runtime::Metrics> metrics = std::make_unique<runtime::Metrics>();
    std::unique_ptr<Gate> gate = std::make_unique<Gate>(*loop);
    int begun = 0;
    std::unique_ptr<http::Server> server;
    std::unique_ptr<RawConnection> idle;
    std::unique_ptr<RawConnection> busy;
};

}  // namespace

TEST_CASE("a server that goes takes its connections and requests out of the metrics, once") {
    Torn torn;
    torn.server.reset();
    CHECK(torn.shows("connections", 0));
    CHECK(torn.shows("requests_in_flight", 0));
    torn.end_loop();
    CHECK(torn.shows("connections", 0));
    CHECK(torn.shows("requests_in_flight", 0));
}

// Nothing to check here but what the sanitisers check: what the loop lets go of must not write into the metrics.
TEST_CASE("the metrics may go with the server, before the loop") {
    Torn torn;
    torn.server.reset();
    torn.metrics.reset();
    torn.end_loop();
    CHECK(torn.begun == 1);
}

TEST_CASE("a loop that runs on after its server closes the connections, and asks no handler any more") {
    Torn torn;
    auto late = std::make_unique<RawConnection>(torn.server->port());
    late->send(get("/held"));
    torn.server.reset();
    torn.metrics.reset();
    torn.gate->open();
    CHECK(torn.run_until([&] { return torn.gate->held() == 0; }));
    CHECK(torn.idle->wait_for_end() != End::kOpen);
    CHECK(torn.busy->wait_for_end() != End::kOpen);
    CHECK(torn.run_until([&] { return late->state() != End::kOpen; }));
    CHECK(torn.begun == 1);
}
