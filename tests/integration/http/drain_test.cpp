// A stop that loses no accepted request: what is in flight finishes, what is idle goes, and the deadline is kept.
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <future>
#include <memory>

#include "integration/http/served.hpp"
#include "support/free_port.hpp"
#include "support/patience.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using Clock = std::chrono::steady_clock;

namespace {

// Runs `work` on the loop in a moment in which the drain has just begun, which shows in that nobody can connect any
// more. A thread of the test might come later than an idle connection stays.
void once_draining(Served& served, const std::function<void()>& work) {
    const auto done = std::make_shared<std::promise<void>>();
    auto begun = done->get_future();
    std::function<void()> look = [&, done] {
        try {
            served.connect();
            boost::asio::post(served.thread().loop(), look);
        } catch (const std::runtime_error&) {
            work();
            done->set_value();
        }
    };
    boost::asio::post(served.thread().loop(), look);
    begun.get();
}

}  // namespace

TEST_CASE("requests in flight finish and say that they were the last, idle connections are closed") {
    quittance::http::ServerOptions options;
    options.listen = "127.0.0.1:" + std::to_string(free_port());  // for nobody else to answer there in the end
    Served served(unhurried(), options);
    auto busy = served.connect();
    auto idle = served.connect();
    auto fresh = served.connect();
    CHECK(idle.ask(get("/hello")).header("Connection").empty());
    busy.send(get("/held"));
    REQUIRE(eventually([&] { return served.gate().held() == 1; }));
    auto drained = served.drain(kPatience);
    CHECK(idle.wait_for_end() == End::kClosed);
    CHECK(fresh.wait_for_end() == End::kClosed);
    CHECK(drained.wait_for(0s) == std::future_status::timeout);
    served.gate().open();
    const auto reply = busy.read_reply();
    CHECK(reply.body == "released");
    CHECK(reply.header("Connection") == "close");
    CHECK(busy.wait_for_end() == End::kClosed);
    REQUIRE(drained.wait_for(kPatience) == std::future_status::ready);
    CHECK(drained.get());
    CHECK_THROWS(served.connect());
}

TEST_CASE("a request that arrives on a kept connection just after the drain began is still answered") {
    quittance::http::ServerOptions options;
    options.listen = "127.0.0.1:" + std::to_string(free_port());  // for nobody else to answer there later
    Served served(unhurried(), options);
    std::vector<RawConnection> kept;
    for (int i = 0; i < 20; ++i) {
        kept.push_back(served.connect());
        REQUIRE(kept.back().ask(get("/hello")).status == 200);
    }
    auto drained = served.drain(kPatience);
    once_draining(served, [&kept] {
        for (auto& connection : kept) connection.send(get("/hello"));
    });
    for (auto& connection : kept) {
        CHECK(connection.read_reply().status == 200);
        CHECK(connection.wait_for_end() == End::kClosed);
    }
    REQUIRE(drained.wait_for(kPatience) == std::future_status::ready);
    CHECK(drained.get());
}

TEST_CASE("what waits in the accept queue when the drain begins is served") {
    Served served;
    std::vector<RawConnection> queued;
    std::future<bool> drained;
    // While the loop is held up nothing is accepted: the kernel's queue fills.
    served.thread().call([&] {
        for (int i = 0; i < 50; ++i) {
            queued.push_back(served.connect());
            queued.back().send(get("/hello"));
        }
        drained = served.drain(kPatience);
    });
    for (auto& connection : queued) {
        const auto reply = connection.read_reply();
        CHECK(reply.body == "hello");
        connection.close();
    }
    REQUIRE(drained.wait_for(kPatience) == std::future_status::ready);
    CHECK(drained.get());
}

TEST_CASE("a request that is half there when the drain begins is answered once it is whole") {
    Served served;
    auto half = served.connect();
    auto half_body = served.connect();
    half.send("GET /hello HTTP/1.1\r\nHost");
    half_body.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
    // Both were read so far once a third, later one has been answered.
    auto idle = served.connect();
    REQUIRE(idle.ask(get("/hello")).status == 200);
    auto drained = served.drain(kPatience);
    REQUIRE(eventually([&] { return idle.state() != End::kOpen; }));  // its time is over
    half.send(": x\r\n\r\n");
    half_body.send("llo");
    CHECK(half.read_reply().body == "hello");
    const auto reply = half_body.read_reply();
    CHECK(reply.body == "hello");
    CHECK(reply.header("Connection") == "close");
    half.close();
    half_body.close();
    REQUIRE(drained.wait_for(kPatience) == std::future_status::ready);
    CHECK(drained.get());
}

TEST_CASE("the deadline forces what is left, and says so") {
    Served served;
    auto busy = served.connect();
    busy.send(get("/held"));
    auto dripping = served.connect();
    dripping.send("GET /hel");
    REQUIRE(eventually([&] { return served.gate().held() == 1; }));
    const auto start = Clock::now();
    auto drained = served.drain(300ms);
    REQUIRE(drained.wait_for(kPatience) == std::future_status::ready);
    CHECK_FALSE(drained.get());
    CHECK(Clock::now() - start >= 300ms);
    CHECK(busy.wait_for_end() != End::kOpen);
    CHECK(dripping.wait_for_end() != End::kOpen);
}

TEST_CASE("a drain of a server without connections ends at once") {
    Served served;
    auto drained = served.drain(kPatience);
    REQUIRE(drained.wait_for(kPatience) == std::future_status::ready);
    CHECK(drained.get());
}

TEST_CASE("under load no request that was taken fails while the server drains") {
    Served served;
    std::atomic<int> answered{0};
    std::atomic<int> cut{0};
    std::atomic<bool> draining{false};
    std::vector<std::thread> clients;
    for (int c = 0; c < 8; ++c) {
        clients.emplace_back([&] {
            while (!draining) {
                try {
                    auto connection = served.connect();
                    for (int i = 0; i < 20; ++i) {
                        const auto reply = connection.ask(post("/echo", "payload"));
                        if (reply.status != 200 || reply.body != "payload") ++cut;
                        ++answered;
                        // Told to go: the next request needs a new connection.
                        if (reply.header("Connection") == "close") break;
                    }
                } catch (const std::exception&) {
                    // Refused connections are nobody's request; anything else before the drain is a failure.
                    if (!draining) ++cut;
                }
            }
        });
    }
    REQUIRE(eventually([&] { return answered > 500; }));
    const int handled_before = served.handled();
    auto drained = served.drain(kPatience);
    CHECK(drained.wait_for(kPatience) == std::future_status::ready);
    draining = true;
    for (auto& client : clients) client.join();
    CHECK(drained.get());
    CHECK(handled_before > 0);
    // Every request that a handler saw was answered whole.
    CHECK(answered == served.handled());
}
