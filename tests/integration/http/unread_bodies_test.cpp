// Bodies that the server does not read before it knows the sender, and how much of them it keeps.
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "integration/http/served.hpp"

using namespace quittance;        // NOLINT(google-build-using-namespace)
using namespace quittance::test;  // NOLINT(google-build-using-namespace)

namespace {

constexpr std::size_t kMiB = 1024 * 1024;
const std::string kGood = "Credential: good\r\n";
const std::string kGaveUp = "quittance_http_made_room_total{server=\"http\",what=\"request\"}";

std::string head(const std::string& target, std::size_t length, const std::string& fields = {}) {
    return "POST " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "Content-Length: " + std::to_string(length) +
           "\r\n\r\n";
}

// All but the last byte of a body.
RawConnection half_sent(Served& served, const std::string& target, std::size_t length, const std::string& fields = {}) {
    auto connection = served.connect();
    connection.send(head(target, length, fields) + std::string(length - 1, 'b'));
    return connection;
}

}  // namespace

TEST_CASE("a request without a credential is refused before its body has come") {
    Served served;
    auto connection = served.connect();
    const auto refusal = connection.ask(head("/guarded", kMiB));
    CHECK(refusal.status == 401);
    CHECK(refusal.header("Connection") == "close");
    CHECK(connection.wait_for_end() == End::kClosed);
    // With the credential the body is read as ever.
    auto caller = served.connect();
    CHECK(caller.ask(head("/guarded", 5, kGood) + "hello").body == "hello");
    CHECK(caller
              .ask("POST /guarded HTTP/1.1\r\nHost: x\r\n" + kGood +
                   "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
              .body == "hi");
    CHECK(caller.ask(head("/guarded", 2 * kMiB, kGood)).status == 413);
}

TEST_CASE("a refused client that still sends can read its answer") {
    Served served;
    auto connection = served.connect();
    connection.send(head("/guarded", kMiB) + std::string(kMiB, 'b'));
    CHECK(connection.read_reply().status == 401);
    CHECK(connection.wait_for_end() == End::kClosed);
}

TEST_CASE("a refused request whose body is here already keeps its connection") {
    Served served;
    auto connection = served.connect();
    CHECK(connection.ask(head("/guarded", 5) + "hello").status == 401);
    CHECK(connection.ask(head("/nothing", 5) + "hello").status == 404);
    CHECK(connection.ask(head("/guarded", 5, kGood) + "after").body == "after");
    // The end of a chunked body is not looked for.
    CHECK(connection.ask("POST /guarded HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
              .header("Connection") == "close");
    CHECK(connection.wait_for_end() == End::kClosed);
}

TEST_CASE("100-continue comes when the credential is right, and the refusal comes instead of it") {
    Served served;
    const std::string expect = "Expect: 100-continue\r\n";
    auto stranger = served.connect();
    CHECK(stranger.ask(head("/guarded", 5, expect)).status == 401);
    CHECK(stranger.wait_for_end() == End::kClosed);
    auto caller = served.connect();
    CHECK(caller.ask(head("/guarded", 5, expect + kGood)).status == 100);
    CHECK(caller.ask("hello").body == "hello");
    CHECK(caller.ask(head("/guarded", 9 * kMiB, expect + kGood)).status == 413);
}

TEST_CASE("a body that a handler waits for is 408 when it is late, and the request is not in flight meanwhile") {
    auto limits = unhurried();
    limits.body_time = std::chrono::milliseconds(300);
    limits.requests_in_flight = 1;
    Served served(limits);
    auto slow = served.connect();
    slow.send(head("/guarded", 5, kGood));
    REQUIRE(eventually([&] { return served.handled() == 1; }));
    CHECK(served.connect().ask(get("/hello")).status == 200);
    CHECK(slow.read_reply().status == 408);
    CHECK(slow.wait_for_end() == End::kClosed);
}

TEST_CASE("bodies of strangers stay within their budget: the oldest of the large ones makes room") {
    auto limits = unhurried();
    limits.memory_bytes = 4 * kMiB;  // 3 MiB for large bodies of strangers
    Served served(limits);
    std::vector<RawConnection> half;
    for (int i = 0; i < 8; ++i) half.push_back(half_sent(served, "/signed", kMiB));
    CHECK(eventually([&] { return served.metric(kGaveUp) >= 5; }));
    auto answer = half.front().read_reply();
    CHECK(answer.status == 503);
    CHECK(answer.header("Retry-After") == "1");
    CHECK(boost::json::parse(answer.body).at("code") == "overloaded");
    CHECK(half.front().wait_for_end() == End::kClosed);
    // The youngest is still there, and is answered.
    half.back().send("b");
    CHECK(half.back().read_reply().body.size() == kMiB);
    // A whole body finds room, whoever waits.
    CHECK(served.connect().ask(head("/signed", kMiB) + std::string(kMiB, 'b')).status == 200);
}

TEST_CASE("small bodies of strangers and bodies of callers find room beside the large ones of strangers") {
    auto limits = unhurried();
    limits.memory_bytes = 4 * kMiB;
    Served served(limits);
    std::vector<RawConnection> half;
    for (int i = 0; i < 8; ++i) half.push_back(half_sent(served, "/signed", kMiB));
    auto small = half_sent(served, "/signed", 32 * 1024);
    auto caller = half_sent(served, "/guarded", kMiB, kGood);
    REQUIRE(eventually([&] { return served.metric(kGaveUp) >= 5 && served.handled() == 10; }));
    for (int i = 0; i < 8; ++i) half.push_back(half_sent(served, "/signed", kMiB));
    REQUIRE(eventually([&] { return served.metric(kGaveUp) >= 13; }));
    small.send("b");
    CHECK(small.read_reply().body.size() == 32 * 1024);
    caller.send("b");
    CHECK(caller.read_reply().body.size() == kMiB);
}

TEST_CASE("headers that never end are in the budget, too") {
    auto limits = unhurried();
    limits.memory_bytes = 256 * 1024;  // 64 KiB for headers
    Served served(limits);
    std::vector<RawConnection> half;
    for (int i = 0; i < 32; ++i) {
        half.push_back(served.connect());
        half.back().send("GET /hello HTTP/1.1\r\nHost: x\r\nX: " + std::string(8'000, 'x'));
    }
    CHECK(eventually([&] { return served.metric(kGaveUp) >= 20; }));
    CHECK(half.front().read_reply().status == 503);
    CHECK(served.connect().ask(get("/hello")).status == 200);
}
