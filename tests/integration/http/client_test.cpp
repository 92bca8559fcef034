// The client against servers that behave, that answer oddly and that go away at the wrong moment.
#include <atomic>
#include <catch2/catch.hpp>

#include "integration/http/asking.hpp"
#include "integration/http/served.hpp"
#include "support/free_port.hpp"
#include "support/patience.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using quittance::http::Client;
using quittance::http::ClientRequest;
using quittance::http::ClientResponse;

namespace {

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace

TEST_CASE("requests go out as they are and answers come back whole, over one connection") {
    Served served;
    Asking asking(options_for(served.base_url()));
    for (int i = 0; i < 30; ++i) {
        const auto number = std::to_string(i);
        CHECK(body_of(asking.get("/parts/a%2Fb/" + number + "?q=1")) == "a/b|" + number + "|q=1");
        CHECK(body_of(asking.send({"POST", "/echo", {{"Content-Type", "text/plain"}}, "body " + number})) ==
              "body " + number);
    }
    CHECK(body_of(asking.send({"POST", "/echo", {}, ""})).empty());
    const auto head = asking.send({"HEAD", "/hello", {}, {}});
    CHECK(status_of(head) == 200);
    CHECK(body_of(head).empty());
    CHECK(status_of(asking.get("/empty")) == 204);
    CHECK(status_of(asking.get("/nothing")) == 404);
    const auto given = asking.get("/header?v1");
    CHECK(*quittance::http::find_header(std::get<ClientResponse>(given).headers, "x-given") == "v1");
    const std::string large(900'000, 'l');
    CHECK(body_of(asking.send({"PUT", "/echo", {}, large})) == large);
    CHECK(served.metric("quittance_http_connections{server=\"http\"}") == 1);
}

TEST_CASE("the request says whom it is for and how long it is") {
    std::string seen;
    ScriptedServer server([&](RawConnection& connection, int) {
        seen = connection.read_request();
        connection.send(kOk);
    });
    Asking asking(options_for(server.base_url() + "/"));
    CHECK(body_of(asking.send({"POST", "/v1/invoices", {{"Idempotency-Key", "k-1"}}, "a=1"})) == "ok");
    CHECK(seen == "POST /v1/invoices HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                      "\r\nIdempotency-Key: k-1\r\nContent-Length: 3\r\n\r\na=1");
}

TEST_CASE("a kept connection that the peer closed meanwhile is not used again") {
    std::atomic<int> connections{0};
    std::atomic<bool> closed{false};
    ScriptedServer server([&](RawConnection& connection, int number) {
        ++connections;
        connection.read_request();
        connection.send(kOk);
        if (number > 0) connection.wait_for_end();
        connection.close();
        closed = true;
    });
    Asking asking(options_for(server.base_url()));
    CHECK(body_of(asking.get("/")) == "ok");
    REQUIRE(eventually([&] { return closed.load(); }));
    // Also for a POST: not a byte of it went to the dead connection.
    CHECK(body_of(asking.send({"POST", "/", {}, "x"})) == "ok");
    CHECK(connections == 2);
}

TEST_CASE("a kept connection that dies under a request: GET is sent again, POST is not") {
    std::atomic<int> connections{0};
    std::atomic<int> posts{0};
    ScriptedServer server([&](RawConnection& connection, int) {
        ++connections;
        connection.read_request();
        connection.send(kOk);
        // The next one is read and never answered, as where the peer was killed.
        if (connection.read_request().starts_with("POST")) ++posts;
        connection.reset();
    });
    Asking asking(options_for(server.base_url()));
    CHECK(body_of(asking.get("/")) == "ok");
    CHECK(body_of(asking.get("/")) == "ok");
    CHECK(connections == 2);
    const auto outcome = asking.send({"POST", "/", {}, "x"});
    REQUIRE(status_of(outcome) == 0);
    CHECK(failure_of(outcome).sent);
    CHECK_FALSE(failure_of(outcome).timed_out);
    CHECK(posts == 1);
    CHECK(connections == 2);
}

TEST_CASE("a request is sent again once, and only where nothing of an answer came") {
    std::atomic<int> connections{0};
    ScriptedServer server([&](RawConnection& connection, int) {
        ++connections;
        connection.read_request();
        if (connections == 1) {
            connection.send(kOk);
            connection.read_request();
        }
        connection.reset();
    });
    Asking asking(options_for(server.base_url()));
    CHECK(body_of(asking.get("/")) == "ok");
    const auto outcome = asking.get("/");
    REQUIRE(status_of(outcome) == 0);
    CHECK(failure_of(outcome).sent);
    CHECK(connections == 2);

    std::atomic<int> others{0};
    ScriptedServer half([&](RawConnection& connection, int) {
        ++others;
        connection.read_request();
        connection.send(kOk);
        connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    });
    Asking second(options_for(half.base_url()));
    CHECK(body_of(second.get("/")) == "ok");
    const auto cut = second.get("/");
    REQUIRE(status_of(cut) == 0);
    CHECK(failure_of(cut).sent);
    CHECK(others == 1);
}

TEST_CASE("where nobody listens nothing was sent") {
    Asking asking(options_for("http://127.0.0.1:" + std::to_string(free_port())));
    for (const std::string& method : {"GET", "POST"}) {
        const auto outcome = asking.send({method, "/", {}, "x"});
        REQUIRE(status_of(outcome) == 0);
        CHECK_FALSE(failure_of(outcome).sent);
        CHECK_FALSE(failure_of(outcome).timed_out);
        CHECK_THAT(failure_of(outcome).reason, Catch::StartsWith("connect: "));
    }
    Asking nowhere(options_for("http://quittance-test.invalid:80"));
    const auto outcome = nowhere.get("/", 2s);
    REQUIRE(status_of(outcome) == 0);
    CHECK_FALSE(failure_of(outcome).sent);
}

TEST_CASE("a deadline ends a request that is not answered: it was sent") {
    ScriptedServer silent([](RawConnection& connection, int) {
        if (connection.read_request().starts_with("POST"))
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nha");
        connection.wait_for_end();
    });
    Asking asking(options_for(silent.base_url()));
    for (const std::string& method : {"GET", "POST"}) {
        Outcome outcome;
        std::chrono::milliseconds time = 500ms;
        do {
            time *= 2;
            const auto start = std::chrono::steady_clock::now();
            outcome = asking.send({method, "/", {}, {}}, time);
            REQUIRE(status_of(outcome) == 0);
            CHECK(failure_of(outcome).timed_out);
            CHECK(std::chrono::steady_clock::now() - start >= time - 10ms);
            // A slow machine may not have come to send it by then.
        } while (!failure_of(outcome).sent && time < kPatience / 2);
        CHECK(failure_of(outcome).sent);
    }
    const auto outcome = asking.get("/", -1s);
    REQUIRE(status_of(outcome) == 0);
    CHECK(failure_of(outcome).timed_out);
}

TEST_CASE("a request that would become two is refused before a byte of it is sent") {
    std::atomic<int> requests{0};
    ScriptedServer server([&](RawConnection& connection, int) {
        while (!connection.read_request().empty()) {
            ++requests;
            connection.send(kOk);
        }
    });
    Asking asking(options_for(server.base_url()));
    const std::vector<ClientRequest> bad{
        {"GET", "/a HTTP/1.1\r\nX: y\r\n\r\nGET /b", {}, {}},
        {"GET", "/a b", {}, {}},
        {"GET", "", {}, {}},
        {"GET", "no-slash", {}, {}},
        {"GET /x HTTP/1.1\r\n", "/", {}, {}},
        {"", "/", {}, {}},
        {"GET", "/", {{"X", "a\r\nY: b"}}, {}},
        {"GET", "/", {{"X", "a\nY: b"}}, {}},
        {"GET", "/", {{"X", std::string("a\0b", 3)}}, {}},
        {"GET", "/", {{"X: y\r\nZ", "a"}}, {}},
        {"GET", "/", {{"", "a"}}, {}},
        {"POST", "/", {{"Content-Length", "0"}}, "body"},
        {"POST", "/", {{"transfer-encoding", "chunked"}}, "body"},
        {"POST", "/", {{"Host", "other"}}, "body"},
    };
    for (const auto& request : bad) {
        INFO(request.method << ' ' << request.target);
        const auto outcome = asking.send(request);
        REQUIRE(status_of(outcome) == 0);
        CHECK_FALSE(failure_of(outcome).sent);
    }
    CHECK(requests == 0);
    CHECK(body_of(asking.send({"GET", "/", {{"X", "caf\xc3\xa9\tand tab"}}, {}})) == "ok");
}

TEST_CASE("a base URL is a scheme, a host and perhaps a port") {
    boost::asio::io_context loop;
    for (const std::string& bad : {"",
                                   "api.stripe.com",
                                   "ftp://x",
                                   "http://",
                                   "https://",
                                   "http:///",
                                   "http://x/v1",
                                   "http://x//",
                                   "http://x?q",
                                   "http://x#f",
                                   "http://user:secret@x",
                                   "http://x:",
                                   "http://x:http",
                                   "http://x:80:80",
                                   "http:// x",
                                   "http://x\n",
                                   "http://:80",
                                   "http://[::1",
                                   "http://x:65536",
                                   "http://x:0"}) {
        INFO(bad);
        CHECK_THROWS_AS(Client(loop, options_for(bad)), std::runtime_error);
    }
    for (const std::string& good : {"http://x", "https://api.stripe.com", "https://api.stripe.com/", "http://[::1]:80",
                                    "http://[::1]", "http://127.0.0.1:65535"}) {
        INFO(good);
        CHECK_NOTHROW(Client(loop, options_for(good)));
    }
}
