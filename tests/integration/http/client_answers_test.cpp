// What the client makes of answers that are too long, odd, cut off, interim, or nobody's.
#include <atomic>
#include <catch2/catch.hpp>

#include "integration/http/asking.hpp"
#include "integration/http/raw_connection.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

namespace {

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers every request of every connection with the same bytes.
ScriptedServer::Script always(const std::string& reply) {
    return [reply](RawConnection& connection, int) {
        while (!connection.read_request().empty()) connection.send(reply);
    };
}

}  // namespace

TEST_CASE("an answer beyond the limit is a failure, announced, in chunks and without an end") {
    for (const std::string& reply :
         {"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + std::string(1'001, 'x'),
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1'001, 'x') + "\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x'),
          "HTTP/1.1 200 OK\r\nX: " + std::string(1'000'000, 'x') + "\r\nContent-Length: 2\r\n\r\nok"}) {
        ScriptedServer server([&](RawConnection& connection, int) {
            connection.read_request();
            connection.try_send(reply);
        });
        auto options = options_for(server.base_url());
        options.response_bytes = 1'000;
        Asking asking(options);
        const auto outcome = asking.get("/");
        REQUIRE(status_of(outcome) == 0);
        CHECK(failure_of(outcome).sent);
        CHECK_FALSE(failure_of(outcome).timed_out);
    }
    ScriptedServer exact(always("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + std::string(1'000, 'x')));
    auto options = options_for(exact.base_url());
    options.response_bytes = 1'000;
    Asking asking(options);
    CHECK(body_of(asking.get("/")).size() == 1'000);
}

TEST_CASE("odd answers that HTTP allows are understood") {
    for (const std::string& reply :
         {std::string("HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok"), std::string("HTTP/1.0 200 OK\r\n\r\nok"),
          std::string("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok"),
          std::string("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;a=b\r\no\r\n1\r\nk\r\n0\r\nT: 1\r\n\r\n"),
          // Interim answers come before the real one and are not for us (RFC 9110, 15.2).
          "HTTP/1.1 100 Continue\r\n\r\n" + kOk,
          "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + kOk}) {
        INFO(reply);
        std::atomic<int> requests{0};
        ScriptedServer server([&](RawConnection& connection, int) {
            while (!connection.read_request().empty()) {
                ++requests;
                connection.send(reply);
                if (reply.find("\r\nContent-Length") == std::string::npos && reply.find("chunked") == std::string::npos)
                    break;
            }
        });
        Asking asking(options_for(server.base_url()));
        for (int i = 0; i < 3; ++i) {
            const auto outcome = asking.get("/");
            CHECK(status_of(outcome) == 200);
            CHECK(body_of(outcome) == "ok");
        }
        CHECK(requests == 3);
    }
}

TEST_CASE("interim answers without end do not outlast the deadline") {
    ScriptedServer server([](RawConnection& connection, int) {
        connection.read_request();
        while (connection.try_send("HTTP/1.1 100 Continue\r\n\r\n")) std::this_thread::sleep_for(1ms);
    });
    Asking asking(options_for(server.base_url()));
    const auto outcome = asking.get("/", 5s);
    REQUIRE(status_of(outcome) == 0);
    CHECK(failure_of(outcome).sent);
}

TEST_CASE("what is no HTTP is a failure") {
    for (const std::string& reply :
         {"", "\r\n\r\n", "SSH-2.0-OpenSSH\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n", "HTTP/1.1 200 OK\r\nA"}) {
        INFO(reply);
        ScriptedServer server([&](RawConnection& connection, int) {
            connection.read_request();
            connection.send(reply);
        });
        Asking asking(options_for(server.base_url()));
        const auto outcome = asking.get("/");
        REQUIRE(status_of(outcome) == 0);
        CHECK(failure_of(outcome).sent);
        CHECK_FALSE(failure_of(outcome).reason.empty());
    }
}

TEST_CASE("an answer that nobody asked for never becomes the answer to the next request") {
    std::atomic<int> connections{0};
    ScriptedServer server([&](RawConnection& connection, int) {
        ++connections;
        while (!connection.read_request().empty())
            connection.send(kOk + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
    });
    Asking asking(options_for(server.base_url()));
    for (int i = 0; i < 5; ++i) CHECK(body_of(asking.get("/")) == "ok");
    CHECK(connections == 5);
}
