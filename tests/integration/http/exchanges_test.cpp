// Requests and answers over one connection: reuse, order, methods, versions, what a handler may do wrong.
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "integration/http/served.hpp"
#include "support/patience.hpp"

using namespace quittance::test;  // NOLINT(google-build-using-namespace)
using Catch::Contains;

TEST_CASE("a connection serves one request after the other") {
    Served served;
    auto connection = served.connect();
    for (int i = 0; i < 50; ++i) {
        const auto reply = connection.ask(get("/hello"));
        REQUIRE(reply.status == 200);
        CHECK(reply.body == "hello");
        CHECK(reply.header("Content-Type") == "text/plain");
        CHECK(reply.header("Connection").empty());
        CHECK_THAT(reply.header("Date"), Catch::EndsWith(" GMT"));
        CHECK(reply.count("Content-Length") == 1);
        CHECK(reply.count("X-Request-Id") == 1);
    }
    const auto body = connection.ask(post("/echo", "some body"));
    CHECK(body.body == "some body");
    CHECK(served.metric("quittance_http_connections{server=\"http\"}") == 1);
    CHECK(connection.state() == End::kOpen);
}

TEST_CASE("a burst of pipelined requests is answered in order") {
    Served served;
    auto connection = served.connect();
    std::string burst;
    constexpr int kRequests = 200;
    for (int i = 0; i < kRequests; ++i) {
        const auto number = std::to_string(i);
        // Every third with a body, so that the end of one request is the start of the next in many ways.
        burst += i % 3 == 0 ? post("/echo", "b" + number) : get("/parts/" + number + "/x");
    }
    connection.send(burst);
    for (int i = 0; i < kRequests; ++i) {
        const auto number = std::to_string(i);
        const auto reply = connection.read_reply();
        REQUIRE(reply.status == 200);
        REQUIRE(reply.body == (i % 3 == 0 ? "b" + number : number + "|x|"));
    }
    CHECK(served.handled() == kRequests);
}

TEST_CASE("a burst far larger than the server's buffer is answered in order as well") {
    Served served;
    auto connection = served.connect();
    constexpr int kRequests = 3'000;
    std::thread writer([&] {
        for (int i = 0; i < kRequests; ++i)
            if (!connection.try_send(
                    get("/parts/" + std::to_string(i) + "/x", "X-Fill: " + std::string(500, 'f') + "\r\n")))
                return;
    });
    int answered = 0;
    for (; answered < kRequests; ++answered)
        if (connection.read_reply().body != std::to_string(answered) + "|x|") break;
    writer.join();
    CHECK(answered == kRequests);
}

TEST_CASE("a request may come in any number of pieces") {
    Served served;
    auto connection = served.connect();
    const auto request = post("/echo", "body in pieces");
    for (const char c : request) connection.send({&c, 1});
    CHECK(connection.read_reply().body == "body in pieces");
    const std::string chunked =
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5;ext=\"a\"\r\nhello\r\n001\r\n \r\n5\r\nworld\r\n0\r\nX-Trailer: t\r\n\r\n";
    for (const char c : chunked) connection.send({&c, 1});
    CHECK(connection.read_reply().body == "hello world");
    CHECK(connection.ask(chunked + get("/hello")).body == "hello world");
    CHECK(connection.read_reply().body == "hello");
}

TEST_CASE("HEAD answers what GET would, without the body") {
    Served served;
    auto connection = served.connect();
    const auto reply = connection.ask("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n", true);
    CHECK(reply.status == 200);
    CHECK(reply.header("Content-Length") == "5");
    // Were there a body, it would be taken for the next answer.
    CHECK(connection.ask(get("/hello")).body == "hello");
    CHECK(connection.ask("HEAD /nothing HTTP/1.1\r\nHost: x\r\n\r\n", true).status == 404);
    CHECK(connection.ask(get("/hello")).body == "hello");
}

TEST_CASE("OPTIONS tells the methods, a wrong one is 405 with them, an unknown path is 404") {
    Served served;
    auto connection = served.connect();
    const auto options = connection.ask("OPTIONS /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(options.status == 204);
    CHECK(options.header("Allow") == "POST, PUT, OPTIONS");
    CHECK(options.count("Content-Length") == 0);
    const auto wrong = connection.ask("DELETE /hello HTTP/1.1\r\nHost: x\r\nX-Request-Id: mine-1\r\n\r\n");
    CHECK(wrong.status == 405);
    CHECK(wrong.header("Allow") == "GET, HEAD, OPTIONS");
    CHECK(wrong.header("Content-Type") == "application/problem+json");
    const auto problem = boost::json::parse(wrong.body);
    CHECK(problem.at("code") == "method_not_allowed");
    CHECK(problem.at("requestId") == "mine-1");
    CHECK(connection.ask("BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n").status == 405);
    CHECK(connection.ask("get /hello HTTP/1.1\r\nHost: x\r\n\r\n").status == 405);
    const auto none = connection.ask(get("/nothing"));
    CHECK(none.status == 404);
    CHECK(none.count("Allow") == 0);
    CHECK(boost::json::parse(none.body).at("code") == "not_found");
    CHECK(connection.ask("OPTIONS /nothing HTTP/1.1\r\nHost: x\r\n\r\n").status == 404);
    // All of it on one connection.
    CHECK(connection.ask(get("/hello")).status == 200);
}

TEST_CASE("parameters come decoded, the query raw, and a proxy's absolute form is understood") {
    Served served;
    auto connection = served.connect();
    CHECK(connection.ask(get("/parts/a%2Fb/c%20d?q=1%202&r")).body == "a/b|c d|q=1%202&r");
    CHECK(connection.ask(get("/parts/a/b?")).body == "a|b|");
    CHECK(connection.ask(get("/parts/a/b??")).body == "a|b|?");
    CHECK(connection.ask(get("http://x/parts/a/b?q")).body == "a|b|q");
    CHECK(connection.ask(get("HTTPS://x:1/hello")).body == "hello");
    CHECK(connection.ask(get("http://x?q")).status == 404);
    CHECK(connection.ask(get("http://x")).status == 404);
    CHECK(connection.ask(get("ftp://x/hello")).status == 404);
    CHECK(connection.ask(get("/parts/%zz/b")).status == 404);
    CHECK(connection.ask("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").status == 404);
}

TEST_CASE("a harmless request id is kept, any other replaced") {
    Served served;
    auto connection = served.connect();
    CHECK(connection.ask(get("/hello", "X-Request-Id: abc-1\r\n")).header("X-Request-Id") == "abc-1");
    const auto reply = connection.ask(get("/hello", "X-Request-Id: a b\"<\r\n"));
    CHECK(reply.header("X-Request-Id").size() == 32);
    CHECK(connection.ask(get("/hello", "X-Request-Id: " + std::string(129, 'x') + "\r\n"))
              .header("X-Request-Id")
              .size() == 32);
}

TEST_CASE("HTTP/1.0 closes unless it is asked to stay") {
    Served served;
    {
        auto connection = served.connect();
        const auto reply = connection.ask("GET /hello HTTP/1.0\r\n\r\n");
        CHECK(reply.body == "hello");
        CHECK(reply.header("Connection") == "close");
        CHECK(connection.wait_for_end() == End::kClosed);
    }
    auto connection = served.connect();
    const auto reply = connection.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(reply.header("Connection") == "keep-alive");
    CHECK(connection.ask("GET /hello HTTP/1.0\r\n\r\n").body == "hello");
    CHECK(connection.wait_for_end() == End::kClosed);
}

TEST_CASE("Connection: close is honoured, and what is pipelined behind it is not answered") {
    Served served;
    auto connection = served.connect();
    const auto reply = connection.ask(get("/hello", "Connection: close\r\n") + get("/hello"));
    CHECK(reply.header("Connection") == "close");
    End end = End::kOpen;
    CHECK(connection.read_to_end(end).empty());
    CHECK(end == End::kClosed);
    CHECK(served.handled() == 1);
}

TEST_CASE("a client that has sent its last byte still gets its answers") {
    Served served;
    auto connection = served.connect();
    connection.send(get("/hello") + get("/parts/a/b"));
    connection.finish_sending();
    CHECK(connection.read_reply().body == "hello");
    CHECK(connection.read_reply().body == "a|b|");
    CHECK(connection.wait_for_end() == End::kClosed);
}

TEST_CASE("a handler that throws is a 500 without its words, and hurts nobody else") {
    Served served;
    auto connection = served.connect();
    for (const char* target : {"/throw", "/throw-other"}) {
        INFO(target);
        const auto reply = connection.ask(get(target, "X-Request-Id: r\r\n"));
        CHECK(reply.status == 500);
        CHECK_THAT(reply.body, !Contains("secret") && !Contains("42"));
        CHECK(boost::json::parse(reply.body).at("code") == "internal");
        CHECK(connection.ask(get("/hello")).body == "hello");
    }
    CHECK(served.metric("quittance_http_requests_in_flight{server=\"http\"}") == 0);
}

TEST_CASE("a value never ends its line: no handler can be made to add a field or an answer") {
    Served served;
    auto connection = served.connect();
    const auto reply = connection.ask(get("/header?a%0D%0AX-Evil:%201%0D%0A%0D%0Abody%00%0A%0D"));
    CHECK(reply.status == 200);
    CHECK(reply.body == "with a header");
    CHECK(reply.count("X-Evil") == 0);
    CHECK(reply.count("X-Given") == 1);
    CHECK(reply.head.find('\0') == std::string::npos);
    CHECK(connection.ask(get("/hello")).body == "hello");
}

TEST_CASE("204 has neither body nor length") {
    Served served;
    auto connection = served.connect();
    const auto reply = connection.ask(get("/empty"));
    CHECK(reply.status == 204);
    CHECK(reply.count("Content-Length") == 0);
    CHECK(reply.count("Content-Type") == 0);
    CHECK(connection.ask(get("/hello")).body == "hello");
}

TEST_CASE("a dropped connection is a reset, as from a process that died") {
    Served served;
    auto connection = served.connect();
    connection.send(get("/drop"));
    End end = End::kOpen;
    CHECK(connection.read_to_end(end).empty());
    CHECK(end == End::kReset);
    CHECK(served.connect().ask(get("/hello")).status == 200);
}

TEST_CASE("a large answer arrives whole, and a client that goes away in the middle of one hurts nobody") {
    Served served;
    auto connection = served.connect();
    CHECK(connection.ask(get("/large")).body.size() == 16 * 1024 * 1024);
    {
        auto leaver = served.connect();
        leaver.send(get("/large"));
        CHECK_FALSE(leaver.read_some().empty());
        leaver.reset();
    }
    CHECK(connection.ask(get("/hello")).body == "hello");
    CHECK(eventually([&] { return served.metric("quittance_http_connections{server=\"http\"}") == 1; }));
}

TEST_CASE("requests are counted by route, method and status, and nobody's words become a label") {
    Served served;
    auto connection = served.connect();
    connection.ask(get("/hello"));
    connection.ask("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n", true);
    connection.ask(get("/parts/secret-1/secret-2"));
    connection.ask(get("/secret-path"));
    connection.ask("SECRET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    connection.ask(get("/throw"));
    const std::string start = "quittance_http_requests_total{method=";
    CHECK(served.metric(start + R"("GET",route="/hello",server="http",status="200"})") == 2);
    CHECK(served.metric(start + R"("GET",route="/parts/{a}/{b}",server="http",status="200"})") == 1);
    CHECK(served.metric(start + R"("GET",route="/throw",server="http",status="500"})") == 1);
    CHECK(served.metric(start + R"("other",route="none",server="http",status="404"})") == 1);
    CHECK(served.metric(start + R"("other",route="none",server="http",status="405"})") == 1);
    CHECK(served.metric(R"(quittance_http_request_seconds_count{method="GET",route="/hello",server="http"})") == 2);
    CHECK_THAT(served.metrics(), !Contains("secret") && !Contains("SECRET"));
}
