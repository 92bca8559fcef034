// Who keeps a connection when there are too many: the oldest idle one makes room, of a peer or of all.
#include <catch2/catch.hpp>

#include "integration/http/served.hpp"

using namespace quittance;             // NOLINT(google-build-using-namespace)
using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using Clock = std::chrono::steady_clock;

namespace {

const std::string kConnections = "quittance_http_connections{server=\"http\"}";
const std::string kRefused = "quittance_http_connections_refused_total{server=\"http\"}";
const std::string kMadeRoom = "quittance_http_made_room_total{server=\"http\",what=\"connection\"}";

http::ServerLimits with_connections(std::size_t connections) {
    auto limits = unhurried();
    limits.connections = connections;
    return limits;
}

RawConnection used(Served& served) {
    auto connection = served.connect();
    CHECK(connection.ask(get("/hello")).status == 200);
    return connection;
}

}  // namespace

TEST_CASE("beyond the limit of connections the oldest idle one makes room") {
    Served served(with_connections(3));
    std::vector<RawConnection> connections;
    for (int i = 0; i < 3; ++i) connections.push_back(used(served));
    // The first is used again, so the second has been idle the longest.
    CHECK(connections[0].ask(get("/hello")).status == 200);
    auto fourth = used(served);
    CHECK(connections[1].wait_for_end() == End::kClosed);
    CHECK(served.metric(kMadeRoom) == 1);
    CHECK(served.metric(kRefused) == 0);
    for (auto* connection : {&connections[0], &connections[2], &fourth})
        CHECK(connection->ask(get("/hello")).status == 200);
}

TEST_CASE("a connection that has sent nothing makes room before one that was used") {
    Served served(with_connections(3));
    auto first = used(served);
    auto silent = served.connect();
    CHECK(eventually([&] { return served.metric(kConnections) == 2; }));
    auto third = used(served);
    auto fourth = used(served);
    CHECK(silent.wait_for_end() == End::kClosed);
    for (auto* connection : {&first, &third, &fourth}) CHECK(connection->ask(get("/hello")).status == 200);
}

TEST_CASE("a request that never ends makes room if no connection is idle") {
    Served served(with_connections(2));
    auto half = served.connect();
    half.send("GET /hello HTTP/1.1\r\nHo");
    auto busy = served.connect();
    busy.send(get("/held"));
    REQUIRE(eventually([&] { return served.gate().held() == 1; }));
    auto third = used(served);
    CHECK(half.wait_for_end() != End::kOpen);
    served.gate().open();
    CHECK(busy.read_reply().body == "released");
    CHECK(third.ask(get("/hello")).status == 200);
}

TEST_CASE("connections whose requests are being answered make no room: the newest is closed at once") {
    Served served(with_connections(3));
    std::vector<RawConnection> busy;
    for (int i = 0; i < 3; ++i) {
        busy.push_back(served.connect());
        busy.back().send(get("/held"));
    }
    REQUIRE(eventually([&] { return served.gate().held() == 3; }));
    auto fourth = served.connect();
    CHECK(fourth.wait_for_end() != End::kOpen);
    CHECK(served.metric(kRefused) == 1);
    served.gate().open();
    for (auto& connection : busy) CHECK(connection.read_reply().body == "released");
    // A place that is free is used.
    busy.pop_back();
    CHECK(eventually([&] { return served.metric(kConnections) == 2; }));
    CHECK(served.connect().ask(get("/hello")).status == 200);
}

TEST_CASE("one peer has a limit of its own, and a trusted proxy has none") {
    auto limits = unhurried();
    limits.connections_per_peer = 2;
    for (const bool trusted : {false, true}) {
        http::ServerOptions options;
        if (trusted) options.trusted_proxies = http::AddressRanges("TRUSTED_PROXIES", {"127.0.0.0/8"});
        Served served(limits, std::move(options));
        auto first = used(served);
        auto second = used(served);
        auto third = used(served);
        if (trusted)
            CHECK(first.ask(get("/hello")).status == 200);
        else
            CHECK(first.wait_for_end() == End::kClosed);
        for (auto* connection : {&second, &third}) CHECK(connection->ask(get("/hello")).status == 200);
    }
}

TEST_CASE("a new connection has a time of its own for its first byte") {
    auto limits = unhurried();
    limits.first_byte_time = 300ms;
    Served served(limits);
    const auto start = Clock::now();
    std::vector<RawConnection> connections;
    served.thread().call([&] {
        for (int i = 0; i < 2; ++i) connections.push_back(served.connect());
        connections[0].send(get("/hello"));
    });
    CHECK(connections[0].read_reply().status == 200);
    CHECK(connections[1].wait_for_end() == End::kClosed);
    CHECK(Clock::now() - start >= 300ms);
    // A connection that was used has the time of idle ones.
    CHECK(connections[0].ask(get("/hello")).status == 200);
}
