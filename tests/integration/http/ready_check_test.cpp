// --check-ready, the health check of the container images: what it asks and the exit code that it gives.
#include "runtime/ready_check.hpp"

#include <atomic>
#include <catch2/catch.hpp>

#include "http/server/operations.hpp"
#include "support/free_port.hpp"

using quittance::http::OperationsServer;
using quittance::http::ReadinessCheck;
using quittance::runtime::check_ready;

TEST_CASE("--check-ready follows readiness, wherever the service listens") {
    quittance::runtime::Metrics metrics;
    std::atomic<bool> database{false};
    OperationsServer operations("0.0.0.0:0", metrics, [&] {
        return std::vector<ReadinessCheck>{{"database", database, ""}};
    });
    const auto port = std::to_string(operations.port());
    CHECK(check_ready("127.0.0.1:" + port) == 1);
    database = true;
    CHECK(check_ready("127.0.0.1:" + port) == 0);
    CHECK(check_ready("0.0.0.0:" + port) == 0);
    CHECK(check_ready(":" + port) == 0);
    operations.set_draining();
    CHECK(check_ready("127.0.0.1:" + port) == 1);
}

TEST_CASE("--check-ready is no where nobody answers, or nobody said whom to ask") {
    const auto gone = "127.0.0.1:" + std::to_string(quittance::test::free_port());
    {
        quittance::runtime::Metrics metrics;
        const OperationsServer operations(gone, metrics, [] { return std::vector<ReadinessCheck>{}; });
        CHECK(check_ready(gone) == 0);
    }
    CHECK(check_ready(gone) == 1);
    CHECK(check_ready("") == 1);
    CHECK(check_ready("127.0.0.1") == 1);
}
