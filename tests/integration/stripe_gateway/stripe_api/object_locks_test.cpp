// The order of calls: live calls before background ones, one write at a time on an object, and no call for a caller
// that cancelled.
#include "stripe_gateway/stripe_api/object_locks.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "integration/stripe_gateway/fixture.hpp"
#include "integration/stripe_gateway/loop.hpp"
#include "runtime/pause.hpp"
#include "stripe_gateway/stripe_api/stripe_calls.hpp"
#include "support/patience.hpp"

namespace quittance::stripe_gateway::test {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

// Calls that the gateway is answering.
int in_flight(RunningGateway& gateway) {
    const auto text = gateway.metrics_text();
    const std::string name = "\nquittance_rpc_server_calls_in_flight ";
    const auto place = text.find(name);
    return place == std::string::npos ? 0 : std::stoi(text.substr(place + name.size()));
}

TEST_CASE("a live call does not wait for those in the background") {
    // Two calls a second: were the background ones in front, a live one would wait for thirty seconds.
    RunningGateway gateway({.rate = {0, 2}});
    constexpr int kBackground = 60;
    std::atomic<int> done{0};
    std::vector<grpc::ClientContext> contexts(kBackground);
    std::vector<std::thread> background;
    for (auto& context : contexts)
        background.emplace_back([&] {
            v1::RetrieveInvoiceRequest request;
            request.set_stripe_invoice_id("in_nothing");
            request.set_background(true);
            context.set_wait_for_ready(true);
            v1::StripeInvoice answer;
            gateway.stub().RetrieveInvoice(&context, request, &answer);
            ++done;
        });
    REQUIRE(eventually([&] { return in_flight(gateway) + done == kBackground; }));
    CHECK(gateway.retrieve("in_nothing").code == grpc::StatusCode::NOT_FOUND);
    CHECK(done < kBackground);
    for (auto& context : contexts) context.TryCancel();
    for (auto& thread : background) thread.join();
}

TEST_CASE("a caller that goes away while its first write waits has made nothing") {
    auto& emulator = Emulator::shared();
    const auto customer = emulator.customer();
    RunningGateway gateway({.try_time = std::chrono::minutes(2)});
    emulator.behave();
    // The first creation holds the customer for as long as Stripe takes; the second waits for it.
    emulator.misbehave({{"kind", "hold"}, {"method", "POST"}, {"path", "/v1/invoices"}});
    const auto first = creation(customer, {100});
    const auto second = creation(customer, {200});
    bool made = false;
    std::thread holder([&] { made = gateway.create(first).ok(); });
    REQUIRE(eventually([&] { return emulator.struck(); }));
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    grpc::StatusCode code = grpc::StatusCode::OK;
    std::thread waiting([&] {
        v1::StripeInvoice unused;
        code = gateway.stub().CreateInvoice(&context, second, &unused).error_code();
    });
    REQUIRE(eventually([&] { return in_flight(gateway) == 2; }));
    context.TryCancel();
    waiting.join();
    // What comes behind it on the same connection has been answered: the gateway has heard of it.
    CHECK(gateway.retrieve("in_nothing").code == grpc::StatusCode::NOT_FOUND);
    emulator.behave();  // releases what is held
    holder.join();
    CHECK(eventually([&] { return in_flight(gateway) == 0; }));
    CHECK(made);
    CHECK(code == grpc::StatusCode::CANCELLED);
    check_exactly_one(first, "paid");
}

TEST_CASE("writes on one object go one after the other, in the order of their coming") {
    Loop loop;
    ObjectLocks locks;
    struct Seen {
        int inside = 0;
        int most = 0;
        std::vector<int> sequence;
    };
    Seen seen;
    std::atomic<int> left{20};
    const auto writer = [&](int number, std::string object) -> asio::awaitable<void> {
        {
            const auto lock = co_await locks.acquire(std::move(object), steady_clock::now() + std::chrono::seconds(60));
            CHECK(lock.has_value());
            seen.most = std::max(seen.most, ++seen.inside);
            seen.sequence.push_back(number);
            co_await runtime::pause(std::chrono::milliseconds(2));
            --seen.inside;
        }
        --left;
    };
    for (int i = 0; i < 20; ++i) asio::co_spawn(loop.context, writer(i, "in_1"), asio::detached);
    REQUIRE(eventually([&] { return left == 0; }));
    CHECK(seen.most == 1);
    CHECK(std::is_sorted(seen.sequence.begin(), seen.sequence.end()));
}

TEST_CASE("a writer that cannot wait longer leaves the queue, and the others go on") {
    Loop loop;
    ObjectLocks locks;
    std::atomic<int> refused{0};
    std::atomic<int> served{0};
    // The first one works until another was refused.
    const auto writer = [&](std::chrono::milliseconds time, bool first) -> asio::awaitable<void> {
        std::string object = "cus_1";
        const auto lock = co_await locks.acquire(std::move(object), steady_clock::now() + time);
        if (!lock) {
            ++refused;
            co_return;
        }
        while (first && refused == 0) co_await runtime::pause(std::chrono::milliseconds(2));
        ++served;
    };
    const std::chrono::milliseconds long_time(60'000);
    asio::co_spawn(loop.context, writer(long_time, true), asio::detached);
    asio::co_spawn(loop.context, writer(std::chrono::milliseconds(1), false), asio::detached);
    asio::co_spawn(loop.context, writer(long_time, false), asio::detached);
    CHECK(eventually([&] { return refused == 1 && served == 2; }));
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
