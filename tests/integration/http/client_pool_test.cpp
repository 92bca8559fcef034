// The client's connections: how many there are, who waits for one, and for how long.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>

#include "integration/http/asking.hpp"
#include "integration/http/served.hpp"
#include "support/free_port.hpp"
#include "support/patience.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

namespace {

const std::string kConnections = "quittance_http_connections{server=\"http\"}";

// Starts a request and goes on; the outcome appears in `outcome` when `done` counts it.
void start(Asking& asking, const std::string& target, std::chrono::milliseconds time, Outcome& outcome,
           std::atomic<int>& done) {
    asking.thread().start([&asking, &outcome, &done, target, time]() -> boost::asio::awaitable<void> {
        quittance::http::ClientRequest request{"GET", target, {}, {}};
        outcome = co_await asking.client().send(std::move(request), std::chrono::steady_clock::now() + time);
        ++done;
    });
}

// Listens and never accepts, with its queue full: a connection to it is neither made nor refused.
class DeafListener {
  public:
    DeafListener() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        REQUIRE(::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(descriptor_, 0) == 0);
        ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        for (int i = 0; i < 4; ++i) {
            callers_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            const int result = ::connect(callers_.back(), reinterpret_cast<sockaddr*>(&address), size);
            REQUIRE((result == 0 || errno == EINPROGRESS));
        }
    }
    ~DeafListener() {
        for (const int caller : callers_) ::close(caller);
        ::close(descriptor_);
    }
    std::string base_url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  private:
    int descriptor_;
    std::uint16_t port_ = 0;
    std::vector<int> callers_;
};

}  // namespace

TEST_CASE("no more connections than allowed, the rest wait their turn") {
    Served served;
    auto options = options_for(served.base_url());
    options.connections = 2;
    Asking asking(options);
    std::vector<Outcome> outcomes(10);
    std::atomic<int> done{0};
    for (auto& outcome : outcomes) start(asking, "/held", kPatience, outcome, done);
    REQUIRE(eventually([&] { return served.gate().held() == 2; }));
    // A third would have come by the time an exchange on a loop of its own is over.
    for (int i = 0; i < 20; ++i) REQUIRE(served.connect().ask(get("/hello")).status == 200);
    CHECK(served.gate().arrived() == 2);
    served.gate().open();
    REQUIRE(eventually([&] { return done == 10; }));
    for (const auto& outcome : outcomes) CHECK(body_of(outcome) == "released");
    CHECK(eventually([&] { return served.metric(kConnections) <= 2; }));
}

TEST_CASE("who waits too long is told that nothing was sent, and the others go on") {
    Served served;
    auto options = options_for(served.base_url());
    options.connections = 1;
    Asking asking(options);
    Outcome first;
    Outcome patient;
    std::atomic<int> done{0};
    std::atomic<int> patient_done{0};
    start(asking, "/held", kPatience, first, done);
    REQUIRE(eventually([&] { return served.gate().held() == 1; }));
    const auto outcome = asking.get("/hello", 200ms);
    REQUIRE(status_of(outcome) == 0);
    CHECK(failure_of(outcome).timed_out);
    CHECK_FALSE(failure_of(outcome).sent);
    start(asking, "/hello", kPatience, patient, patient_done);
    served.gate().open();
    REQUIRE(eventually([&] { return done == 1 && patient_done == 1; }));
    CHECK(body_of(first) == "released");
    CHECK(body_of(patient) == "hello");
    CHECK(status_of(asking.get("/hello")) == 200);
}

TEST_CASE("who waits gets the next free connection, however busy the one before is") {
    Served served;
    auto options = options_for(served.base_url());
    options.connections = 1;
    Asking asking(options);
    std::atomic<bool> enough{false};
    std::atomic<int> busy_done{0};
    std::atomic<int> ended{0};
    // One that asks again the moment it has its answer.
    asking.thread().start([&]() -> boost::asio::awaitable<void> {
        while (!enough) {
            quittance::http::ClientRequest request{"GET", "/hello", {}, {}};
            const auto outcome =
                co_await asking.client().send(std::move(request), std::chrono::steady_clock::now() + kPatience);
            if (status_of(outcome) == 200) ++busy_done;
        }
        ++ended;
    });
    REQUIRE(eventually([&] { return busy_done > 10; }));
    for (int i = 0; i < 5; ++i) {
        Outcome outcome;
        int meanwhile = 0;
        asking.thread().run([&]() -> boost::asio::awaitable<void> {
            const int before = busy_done;
            quittance::http::ClientRequest request{"GET", "/hello", {}, {}};
            outcome = co_await asking.client().send(std::move(request), std::chrono::steady_clock::now() + kPatience);
            meanwhile = busy_done - before;
        });
        CHECK(body_of(outcome) == "hello");
        CHECK(meanwhile < 10);
    }
    enough = true;
    CHECK(eventually([&] { return ended == 1; }));
}

TEST_CASE("a failed connection gives its place back") {
    auto options = options_for("http://127.0.0.1:" + std::to_string(free_port()));
    options.connections = 1;
    Asking asking(options);
    for (int i = 0; i < 20; ++i) {
        const auto outcome = asking.get("/");
        REQUIRE(status_of(outcome) == 0);
        CHECK_THAT(failure_of(outcome).reason, Catch::StartsWith("connect: "));
    }
}

TEST_CASE("a connection that is never made ends with the time for connecting, and nothing was sent") {
    DeafListener deaf;
    auto options = options_for(deaf.base_url());
    for (const bool by_deadline : {false, true}) {
        Outcome outcome;
        std::chrono::milliseconds time = 100ms;
        do {
            time *= 2;
            options.connect_time = by_deadline ? kPatience : time;
            Asking asking(options);
            outcome = asking.get("/", by_deadline ? time : kPatience);
            REQUIRE(status_of(outcome) == 0);
            CHECK(failure_of(outcome).timed_out);
            CHECK_FALSE(failure_of(outcome).sent);
            // A machine that is slow to look an address up needs more time to come to the connection.
        } while (failure_of(outcome).reason.starts_with("resolve: ") && time < kPatience / 2);
        CHECK_THAT(failure_of(outcome).reason, Catch::StartsWith("connect: "));
    }
}

TEST_CASE("a connection that was idle for too long is not used again") {
    Served served;
    auto options = options_for(served.base_url());
    options.idle_time = 0ms;
    Asking asking(options);
    for (int i = 0; i < 3; ++i) CHECK(status_of(asking.get("/hello")) == 200);
    CHECK(eventually([&] { return served.metric(kConnections) <= 1; }));
}

TEST_CASE("a host name with several addresses is tried at each") {
    Served served;
    // Where ::1 comes first nobody listens there.
    Asking asking(options_for("http://localhost:" + std::to_string(served.port())));
    CHECK(body_of(asking.get("/hello")) == "hello");
}

TEST_CASE("a client may go while its requests are under way") {
    Served served;
    LoopThread thread;
    Outcome outcome;
    std::atomic<int> done{0};
    auto options = options_for(served.base_url());
    options.connections = 1;
    auto client = std::make_unique<quittance::http::Client>(thread.loop(), options);
    const auto ask = [&](const std::string& target) {
        thread.start([&, target]() -> boost::asio::awaitable<void> {
            quittance::http::ClientRequest request{"GET", target, {}, {}};
            outcome = co_await client->send(std::move(request), std::chrono::steady_clock::now() + kPatience);
            ++done;
        });
    };
    ask("/held");
    ask("/hello");
    REQUIRE(eventually([&] { return served.gate().held() == 1; }));
    thread.call([&] { client.reset(); });
    served.gate().open();
    REQUIRE(eventually([&] { return done == 2; }));
    CHECK(body_of(outcome) == "hello");
}
