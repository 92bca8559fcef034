// Clients that do not read their answers, or read them slowly; and the fields that every answer has.
#include <catch2/catch.hpp>

#include "integration/http/served.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kLarge = 16 * kMiB;
const std::string kConnections = "quittance_http_connections{server=\"http\"}";
const std::string kGaveUp = "quittance_http_made_room_total{server=\"http\",what=\"answer\"}";

}  // namespace

TEST_CASE("a client that takes its answer slowly, but takes it, gets all of it") {
    auto limits = unhurried();
    limits.write_time = 1s;  // for each 64 KiB
    Served served(limits);
    auto connection = served.connect();
    connection.send(get("/large"));
    const auto start = Clock::now();
    std::size_t received = 0;
    // Pauses, as a slow client makes them: shorter than a piece may take, longer together than that.
    while (received < kLarge) {
        const auto bytes = connection.read_some();
        REQUIRE(!bytes.empty());
        received += bytes.size();
        if (Clock::now() - start < 3s) std::this_thread::sleep_for(100ms);
    }
    CHECK(Clock::now() - start > 1s);
}

TEST_CASE("answers under way stay within their budget: the oldest that is not read makes room") {
    auto limits = unhurried();
    limits.memory_bytes = 40 * kMiB;
    Served served(limits);
    std::vector<RawConnection> silent;
    for (int i = 0; i < 3; ++i) {
        silent.push_back(served.connect());
        silent.back().send(get("/large"));
        REQUIRE(eventually([&] { return served.handled() == i + 1; }));
    }
    CHECK(eventually([&] { return served.metric(kGaveUp) == 1 && served.metric(kConnections) == 2; }));
    End end = End::kOpen;
    CHECK(silent[0].read_to_end(end).size() < kLarge);
    CHECK(silent[1].read_reply().body.size() == kLarge);
    CHECK(silent[2].read_reply().body.size() == kLarge);
}

TEST_CASE("an answer that all share counts once, however many do not read it") {
    auto limits = unhurried();
    limits.memory_bytes = 40 * kMiB;
    Served served(limits);
    std::vector<RawConnection> silent;
    for (int i = 0; i < 20; ++i) {
        silent.push_back(served.connect());
        silent.back().send(get("/shared"));
    }
    REQUIRE(eventually([&] { return served.handled() == 20; }));
    for (auto& connection : silent) CHECK(connection.read_reply().body.size() == kLarge);
    CHECK(served.metric(kGaveUp) == 0);
}

TEST_CASE("no answer is kept by a cache or read as another type, errors included") {
    Served served;
    for (const auto& request : {get("/hello"), get("/nothing"), get("/throw"), get("/empty"), post("/hello", ""),
                                std::string("nonsense\r\n\r\n")}) {
        auto connection = served.connect();
        const auto reply = connection.ask(request);
        INFO(reply.head);
        CHECK(reply.count("Cache-Control") == 1);
        CHECK(reply.header("Cache-Control") == "no-store");
        CHECK(reply.count("X-Content-Type-Options") == 1);
        CHECK(reply.header("X-Content-Type-Options") == "nosniff");
    }
    CHECK(served.connect().ask(get("/tagged")).header("Cache-Control") == "private, no-cache");
}
