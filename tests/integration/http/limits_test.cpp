// The server's limits on size, time and number, each answered as it should be before the connection goes.
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "integration/http/served.hpp"
#include "support/patience.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using Clock = std::chrono::steady_clock;

namespace {

std::string chunked(const std::string& target, const std::string& body) {
    std::string bytes = "POST " + target + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    constexpr std::size_t kChunk = 16'000;
    for (std::size_t i = 0; i < body.size(); i += kChunk) {
        const auto part = body.substr(i, kChunk);
        std::array<char, 24> size{};
        std::snprintf(size.data(), size.size(), "%zx\r\n", part.size());
        bytes += size.data() + part + "\r\n";
    }
    return bytes + "0\r\n\r\n";
}

std::string code_of(const Reply& reply) {
    return std::string(boost::json::parse(reply.body).at("code").as_string());
}

const std::string kConnections = "quittance_http_connections{server=\"http\"}";

}  // namespace

TEST_CASE("a client that still sends 2 MiB can read its 413") {
    Served served;
    const std::string body(2 * 1024 * 1024, 'b');
    for (const auto& request : {post("/echo", body), chunked("/echo", body)}) {
        auto connection = served.connect();
        // All of it, before anything is read: a reset would show in the send or swallow the answer.
        connection.send(request);
        const auto reply = connection.read_reply();
        CHECK(reply.status == 413);
        CHECK(code_of(reply) == "body_too_large");
        CHECK(reply.header("Connection") == "close");
        CHECK(connection.wait_for_end() == End::kClosed);
    }
    CHECK(served.handled() == 0);
}

TEST_CASE("the limit is the route's own, to the byte") {
    auto limits = unhurried();
    limits.body_bytes = 1'000;
    Served served(limits);
    const auto status = [&](const std::string& request) { return served.connect().ask(request).status; };
    const auto body = [](std::size_t size) { return std::string(size, 'b'); };
    CHECK(status(post("/echo", body(1'000))) == 200);
    CHECK(status(post("/echo", body(1'001))) == 413);
    CHECK(status(chunked("/echo", body(1'000))) == 200);
    CHECK(status(chunked("/echo", body(1'001))) == 413);
    CHECK(status(post("/small", body(100))) == 200);
    CHECK(status(post("/small", body(101))) == 413);
    CHECK(status(chunked("/small", body(100))) == 200);
    CHECK(status(chunked("/small", body(101))) == 413);
    // Announced alone, without a byte of it; up to what no machine has.
    CHECK(status("POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n") == 413);
    CHECK(status("POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551615\r\n\r\n") == 413);
    CHECK(status("POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n") == 413);
    // A route without a body to take still reads what comes.
    CHECK(status("GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody") == 200);
}

TEST_CASE("a header that is too large is 431") {
    auto limits = unhurried();
    limits.header_bytes = 2'000;
    Served served(limits);
    const auto ask = [&](const std::string& request) {
        auto connection = served.connect();
        connection.send(request);
        const auto reply = connection.read_reply();
        if (reply.status == 431) CHECK(connection.wait_for_end() == End::kClosed);
        return reply.status;
    };
    CHECK(ask(get("/hello", "X: " + std::string(1'800, 'x') + "\r\n")) == 200);
    CHECK(ask(get("/hello", "X: " + std::string(2'000, 'x') + "\r\n")) == 431);
    CHECK(ask(get("/" + std::string(3'000, 'x'))) == 431);
    std::string many;
    for (int i = 0; i < 500; ++i) many += "a:b\r\n";
    CHECK(ask(get("/hello", many)) == 431);
    // Never ending: the answer comes while the client still sends.
    CHECK(ask("GET /hello HTTP/1.1\r\nHost: x\r\nX: " + std::string(1'000'000, 'x')) == 431);
    CHECK(ask(std::string(1'000'000, 'x')) >= 400);
}

TEST_CASE("fields that never end are 431, also where each of them arrives by itself") {
    auto limits = unhurried();
    limits.header_bytes = 2'000;
    Served served(limits);
    auto connection = served.connect();
    connection.send("GET /hello HTTP/1.1\r\nHost: x\r\n");
    const std::string answered =
        "quittance_http_requests_total{method=\"other\",route=\"none\",server=\"http\",status=\"431\"}";
    std::size_t sent = 0;
    const auto start = Clock::now();
    while (served.metric(answered) == 0 && Clock::now() - start < kPatience) {
        // Each is parsed before the next one comes: the parser has nothing left to count.
        if (!connection.try_send("X-Field: y\r\n")) break;
        sent += 12;
    }
    CHECK(sent >= 1'900);
    CHECK(connection.read_reply().status == 431);
    CHECK(served.handled() == 0);
}

TEST_CASE("more fields than the limit are 431, however short they are") {
    Served served;
    const auto fields = [](int count) {
        std::string text;
        for (int i = 0; i < count; ++i) text += "a:b\r\n";
        return text;
    };
    CHECK(served.connect().ask(get("/hello", fields(99))).status == 200);  // and Host
    CHECK(served.connect().ask(get("/hello", fields(100))).status == 431);
    // The end of the header does not have to come.
    CHECK(served.connect().ask("GET /hello HTTP/1.1\r\nHost: x\r\n" + fields(150)).status == 431);
}

TEST_CASE("a header that comes slowly is 408, however steadily") {
    auto limits = unhurried();
    limits.header_time = 300ms;
    Served served(limits);
    const auto start = Clock::now();
    auto silent = served.connect();
    silent.send("GET /hello HTTP/1.1\r\nHo");
    auto dripping = served.connect();
    while (dripping.state() == End::kOpen && dripping.try_send("G") && Clock::now() - start < kPatience) {
        std::this_thread::sleep_for(20ms);
        if (served.metric(
                "quittance_http_requests_total{method=\"other\",route=\"none\",server=\"http\",status=\"408\"}") == 2)
            break;
    }
    for (auto* connection : {&silent, &dripping}) {
        const auto reply = connection->read_reply();
        CHECK(reply.status == 408);
        CHECK(code_of(reply) == "request_timeout");
        CHECK(reply.header("Connection") == "close");
        const auto end = connection->wait_for_end();
        CHECK(end != End::kOpen);
        // The other one still sends: late enough, a byte of it meets a connection that is closed for good.
        if (connection == &silent) CHECK(end == End::kClosed);
    }
    CHECK(Clock::now() - start >= 300ms);
}

TEST_CASE("a body that comes slowly is 408, and is no reason to keep others waiting") {
    auto limits = unhurried();
    limits.body_time = 300ms;
    Served served(limits);
    auto announced = served.connect();
    announced.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nb");
    auto in_chunks = served.connect();
    in_chunks.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nb");
    CHECK(served.connect().ask(get("/hello")).status == 200);
    for (auto* connection : {&announced, &in_chunks}) {
        const auto reply = connection->read_reply();
        CHECK(reply.status == 408);
        CHECK(connection->wait_for_end() == End::kClosed);
    }
    CHECK(served.handled() == 1);
}

TEST_CASE("Expect: 100-continue is answered before the body, or with the refusal") {
    Served served;
    auto connection = served.connect();
    const std::string head = "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ";
    CHECK(connection.ask(head + "5\r\n\r\n").status == 100);
    CHECK(connection.ask("hello").body == "hello");
    // The same with the body in a hurry.
    CHECK(connection.ask(head + "5\r\n\r\nhello").status == 100);
    CHECK(connection.read_reply().body == "hello");
    CHECK(connection.ask("POST /echo HTTP/1.1\r\nHost: x\r\nexpect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n")
              .status == 100);
    CHECK(connection.ask("2\r\nhi\r\n0\r\n\r\n").body == "hi");
    // A refusal comes instead of the 100, and the body is not waited for.
    CHECK(connection.ask(head + "9999999\r\n\r\n").status == 413);
    CHECK(connection.wait_for_end() == End::kClosed);
    CHECK(served.connect()
              .ask("POST /nothing HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
              .status == 404);
    const auto unknown =
        served.connect().ask("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 5\r\n\r\n");
    CHECK(unknown.status == 417);
    CHECK(code_of(unknown) == "expectation_failed");
    // HTTP/1.0 knows no interim answers: the first thing that comes is the answer (RFC 9110, 10.1.1).
    CHECK(served.connect().ask("POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello").body ==
          "hello");
}

TEST_CASE("beyond the limit of requests in flight the answer is 503 with Retry-After, also where bodies race") {
    auto limits = unhurried();
    limits.requests_in_flight = 2;
    Served served(limits);
    std::vector<RawConnection> busy;
    for (int i = 0; i < 2; ++i) {
        busy.push_back(served.connect());
        busy.back().send(get("/held"));
    }
    REQUIRE(eventually([&] { return served.gate().held() == 2; }));
    auto third = served.connect();
    const auto refused = third.ask(get("/hello"));
    CHECK(refused.status == 503);
    CHECK(refused.header("Retry-After") == "1");
    CHECK(code_of(refused) == "overloaded");
    // Refused, not punished: the connection stays.
    CHECK(third.ask(get("/hello")).status == 503);
    served.gate().open();
    for (auto& connection : busy) CHECK(connection.read_reply().body == "released");
    CHECK(third.ask(get("/hello")).status == 200);
}

TEST_CASE("requests whose bodies were begun while there was room are counted when they are handled") {
    auto limits = unhurried();
    limits.requests_in_flight = 2;
    Served served(limits);
    std::vector<RawConnection> connections;
    for (int i = 0; i < 6; ++i) {
        connections.push_back(served.connect());
        connections.back().send("POST /held HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
        REQUIRE(connections.back().read_reply().status == 100);
    }
    for (auto& connection : connections) connection.send("b");
    const std::string refusals =
        "quittance_http_requests_total{method=\"POST\",route=\"/held\",server=\"http\",status=\"503\"}";
    CHECK(eventually([&] { return served.gate().held() + static_cast<int>(served.metric(refusals)) == 6; }));
    CHECK(served.gate().held() == 2);
    served.gate().open();
    int answered = 0;
    for (auto& connection : connections) answered += connection.read_reply().status == 200 ? 1 : 0;
    CHECK(answered == 2);
}

TEST_CASE("an idle connection is closed when its time is over, one in use is not") {
    auto limits = unhurried();
    limits.idle_time = 500ms;
    limits.first_byte_time = 500ms;
    Served served(limits);
    const auto start = Clock::now();
    std::vector<RawConnection> connections;
    // While the loop is held up nothing is accepted: the requests are there before the time begins, however slow we
    // are.
    served.thread().call([&] {
        for (int i = 0; i < 3; ++i) connections.push_back(served.connect());
        connections[0].send(get("/held"));
        connections[1].send(get("/hello"));
    });
    auto& busy = connections[0];
    auto& used = connections[1];
    auto& fresh = connections[2];
    CHECK(used.read_reply().status == 200);
    CHECK(fresh.wait_for_end() == End::kClosed);
    CHECK(used.wait_for_end() == End::kClosed);
    CHECK(Clock::now() - start >= 500ms);
    served.gate().open();
    CHECK(busy.read_reply().body == "released");
}

TEST_CASE("a client that does not read its answer loses the connection, not the server its memory") {
    auto limits = unhurried();
    limits.write_time = 300ms;
    Served served(limits);
    auto connection = served.connect();
    connection.send(get("/large"));
    CHECK(eventually([&] { return served.handled() == 1 && served.metric(kConnections) == 0; }));
    End end = End::kOpen;
    CHECK(connection.read_to_end(end).size() < 16 * 1024 * 1024);
}

TEST_CASE("a handler that never ends loses its connection some seconds after its deadline") {
    auto limits = unhurried();
    limits.handler_time = 100ms;
    Served served(limits);
    auto connection = served.connect();
    connection.send(get("/held"));
    CHECK(connection.wait_for_end() != End::kOpen);
    CHECK(served.gate().held() == 1);
    // It still counts as in flight until it ends.
    CHECK(served.metric("quittance_http_requests_in_flight{server=\"http\"}") == 1);
    served.gate().open();
    CHECK(eventually([&] { return served.metric(kConnections) == 0; }));
}

TEST_CASE("bodies that are announced and never sent keep nobody else out") {
    Served served;
    std::vector<RawConnection> slow;
    for (int i = 0; i < 400; ++i) {
        slow.push_back(served.connect());
        slow.back().send(i % 2 == 0 ? "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\nb"
                                    : "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n");
    }
    REQUIRE(eventually([&] { return served.metric(kConnections) == 400; }));
    auto connection = served.connect();
    CHECK(connection.ask(post("/echo", std::string(1024 * 1024, 'b'))).status == 200);
    CHECK(connection.ask(chunked("/echo", "hello")).status == 200);
}
