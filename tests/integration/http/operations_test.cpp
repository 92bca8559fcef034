// The operations port: alive, ready, draining, measured, and all of it on a thread of its own.
#include "http/server/operations.hpp"

#include <atomic>
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "integration/http/served.hpp"

using namespace quittance::test;  // NOLINT(google-build-using-namespace)
using quittance::http::OperationsServer;
using quittance::http::ReadinessCheck;
namespace json = boost::json;

TEST_CASE("a service is alive whatever else it is") {
    quittance::runtime::Metrics metrics;
    OperationsServer operations("127.0.0.1:0", metrics, [] {
        return std::vector<ReadinessCheck>{{"database", false, ""}};
    });
    RawConnection connection(operations.port());
    const auto reply = connection.ask(get("/healthz"));
    CHECK(reply.status == 200);
    CHECK(json::parse(reply.body).at("status") == "alive");
}

TEST_CASE("a service that finds something wrong with itself is not alive, and is asked once a second at most") {
    quittance::runtime::Metrics metrics;
    std::atomic<bool> broken{true};
    std::atomic<int> asked{0};
    const auto alive = [&]() -> std::string {
        ++asked;
        return broken ? "the gRPC port does not answer" : "";
    };
    OperationsServer operations(
        "127.0.0.1:0", metrics, [] { return std::vector<ReadinessCheck>{}; }, alive);
    RawConnection connection(operations.port());
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 50; ++i) {
        const auto reply = connection.ask(get("/healthz"));
        CHECK(reply.status == 503);
        CHECK(json::parse(reply.body).at("detail") == "the gRPC port does not answer");
    }
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    CHECK(asked <= 1 + static_cast<int>(seconds));
    broken = false;
    CHECK(eventually([&] { return connection.ask(get("/healthz")).status == 200; }));
    // A stop closes the port that is asked for, while the process still works.
    broken = true;
    operations.set_draining();
    CHECK(connection.ask(get("/healthz")).status == 200);
}

TEST_CASE("a service is ready when all of its checks are, until it drains") {
    quittance::runtime::Metrics metrics;
    std::atomic<bool> database{false};
    OperationsServer operations("127.0.0.1:0", metrics, [&] {
        return std::vector<ReadinessCheck>{{"database", database, database ? "" : "no connection"},
                                           {"gateway", true, ""}};
    });
    RawConnection connection(operations.port());
    auto reply = connection.ask(get("/readyz"));
    CHECK(reply.status == 503);
    auto body = json::parse(reply.body);
    CHECK(body.at("status") == "not ready");
    REQUIRE(body.at("checks").as_array().size() == 2);
    CHECK(body.at("checks").at(0).at("name") == "database");
    CHECK_FALSE(body.at("checks").at(0).at("ready").as_bool());
    CHECK(body.at("checks").at(0).at("detail") == "no connection");
    CHECK(body.at("checks").at(1).at("ready").as_bool());

    database = true;
    CHECK(connection.ask(get("/readyz")).status == 200);
    operations.set_draining();
    reply = connection.ask(get("/readyz"));
    CHECK(reply.status == 503);
    CHECK(json::parse(reply.body).at("status") == "draining");
    CHECK(connection.ask(get("/healthz")).status == 200);
}

TEST_CASE("a check that throws is not ready, and not the end") {
    quittance::runtime::Metrics metrics;
    OperationsServer operations("127.0.0.1:0", metrics,
                                []() -> std::vector<ReadinessCheck> { throw std::runtime_error("secret host"); });
    RawConnection connection(operations.port());
    const auto reply = connection.ask(get("/readyz"));
    CHECK(reply.status >= 500);
    CHECK_THAT(reply.body, !Catch::Contains("secret"));
    CHECK(connection.ask(get("/healthz")).status == 200);
}

TEST_CASE("the metrics are the service's own, as Prometheus reads them") {
    quittance::runtime::Metrics metrics;
    metrics.counter("quittance_test_total", "What it counts.").increment(3);
    OperationsServer operations("127.0.0.1:0", metrics, [] { return std::vector<ReadinessCheck>(); });
    RawConnection connection(operations.port());
    const auto reply = connection.ask(get("/metrics"));
    CHECK(reply.status == 200);
    CHECK_THAT(reply.header("Content-Type"), Catch::StartsWith("text/plain; version=0.0.4"));
    CHECK_THAT(reply.body, Catch::Contains("quittance_test_total 3\n") && !Catch::Contains("/metrics"));
    CHECK(connection.ask(get("/")).status == 404);
    CHECK(connection.ask(post("/healthz", "")).status == 405);
    // With connections open, and one that never ends its request.
    RawConnection half(operations.port());
    half.send("GET /hea");
}

TEST_CASE("an address that cannot be had stops the start and is named") {
    quittance::runtime::Metrics metrics;
    const auto none = [] { return std::vector<ReadinessCheck>(); };
    OperationsServer operations("127.0.0.1:0", metrics, none);
    const auto taken = "127.0.0.1:" + std::to_string(operations.port());
    for (const std::string& listen : {taken, std::string("nonsense"), std::string("127.0.0.1:"), std::string(":"),
                                      std::string("127.0.0.1:http2x"), std::string("192.0.2.1:0"), std::string()}) {
        INFO(listen);
        CHECK_THROWS_WITH(OperationsServer(listen, metrics, none), Catch::Contains("'" + listen + "'"));
    }
    CHECK_NOTHROW(OperationsServer("localhost:0", metrics, none));
}
