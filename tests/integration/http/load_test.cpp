// Many connections at once: idle ones cost little and keep nobody waiting, slow ones neither.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "integration/http/served.hpp"
#include "support/patience.hpp"

using namespace quittance::test;  // NOLINT(google-build-using-namespace)

namespace {

std::size_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    file >> total >> resident;
    REQUIRE(file);
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

TEST_CASE("two thousand idle connections cost little memory and keep nobody waiting") {
    constexpr std::size_t kConnections = 2'000;
    // With the sanitisers' own bookkeeping; without them it is about a tenth.
    constexpr std::size_t kMostBytesEach = 40 * 1024;
    auto limits = unhurried();
    limits.connections_per_peer = 2 * kConnections;
    Served served(limits);
    auto active = served.connect();
    for (int i = 0; i < 100; ++i) REQUIRE(active.ask(get("/hello")).status == 200);
    const auto before = resident_bytes();
    std::vector<RawConnection> idle;
    idle.reserve(kConnections);
    for (std::size_t i = 0; i < kConnections; ++i) {
        idle.push_back(served.connect());
        // Half of them have been used: what a request needed must be given back.
        if (i % 2 == 0) REQUIRE(idle.back().ask(post("/echo", std::string(2'000, 'b'))).status == 200);
        if (i % 20 == 0) REQUIRE(active.ask(get("/hello")).status == 200);
    }
    REQUIRE(eventually([&] {
        return served.metric("quittance_http_connections{server=\"http\"}") == static_cast<double>(kConnections + 1);
    }));
    const auto grown = std::max(resident_bytes(), before) - before;
    INFO(grown / kConnections << " bytes each");
    CHECK(grown < kConnections * kMostBytesEach);
    for (int i = 0; i < 500; ++i) REQUIRE(active.ask(get("/hello")).status == 200);
    // All of them still work.
    for (std::size_t i = 0; i < kConnections; i += 50) CHECK(idle[i].ask(get("/hello")).status == 200);
    idle.clear();
    CHECK(eventually([&] { return served.metric("quittance_http_connections{server=\"http\"}") == 1; }));
}

TEST_CASE("clients that send byte by byte keep nobody waiting") {
    Served served;
    std::vector<RawConnection> slow;
    for (int i = 0; i < 200; ++i) slow.push_back(served.connect());
    const auto request = post("/echo", "slow");
    auto active = served.connect();
    for (const char c : request) {
        for (auto& connection : slow) connection.send({&c, 1});
        REQUIRE(active.ask(get("/hello")).status == 200);
    }
    for (auto& connection : slow) REQUIRE(connection.read_reply().body == "slow");
}

TEST_CASE("connections that come and go in thousands leave nothing behind") {
    Served served;
    for (int i = 0; i < 3'000; ++i) {
        auto connection = served.connect();
        if (i % 3 == 0)
            connection.reset();
        else if (i % 3 == 1)
            connection.send("GET /hel");
    }
    CHECK(eventually([&] { return served.metric("quittance_http_connections{server=\"http\"}") == 0; }));
    CHECK(served.connect().ask(get("/hello")).status == 200);
}
