// Unary calls between coroutines: what the handler receives, and what the caller receives, also after failures.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <mutex>

#include "integration/rpc/store_served.hpp"
#include "support/patience.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using boost::asio::awaitable;
using Catch::Contains;
using grpc::StatusCode;
namespace rpc = quittance::rpc;
namespace v1 = quittance::v1;
using Clock = std::chrono::system_clock;

namespace {

// Records the calls that a handler received.
struct Seen {
    std::mutex mutex;
    std::vector<rpc::Call> calls;

    InvoiceHandler recording(InvoiceHandler then) {
        return [this, then = std::move(then)](const rpc::Call& call, const v1::GetInvoiceRequest& request,
                                              v1::Invoice& response) -> awaitable<grpc::Status> {
            {
                const std::lock_guard lock(mutex);
                calls.push_back(call);
            }
            co_return co_await then(call, request, response);
        };
    }
    std::vector<rpc::Call> all() {
        const std::lock_guard lock(mutex);
        return calls;
    }
    rpc::Call last() { return all().at(all().size() - 1); }
};

InvoiceHandler failing(grpc::Status status) {
    return [status](const rpc::Call&, const v1::GetInvoiceRequest&, v1::Invoice&) -> awaitable<grpc::Status> {
        co_return status;
    };
}

}  // namespace

TEST_CASE("a call reaches its handler, and the answer the caller") {
    Seen seen;
    StoreServed served(seen.recording(echo));
    StoreClient client(served.address());
    const auto answer = client.get("in_1", kPatience, "req-1");
    REQUIRE(answer.has_value());
    CHECK(answer->id() == "in_1");
    CHECK(seen.last().method == "InvoiceStore.GetInvoice");
    CHECK(seen.last().request_id == "req-1");
    CHECK_FALSE(seen.last().cancelled());
    CHECK_THAT(served.metrics(),
               Contains(R"(quittance_rpc_server_calls_total{code="OK",method="InvoiceStore.GetInvoice"} 1)") &&
                   Contains("quittance_rpc_server_calls_in_flight 0"));
    CHECK_THAT(client.metrics(),
               Contains(R"(quittance_rpc_client_calls_total{code="OK",method="InvoiceStore.GetInvoice"} 1)") &&
                   Contains(R"(quittance_rpc_client_call_seconds_count{method="InvoiceStore.GetInvoice"} 1)"));
}

TEST_CASE("a missing or harmful request id is replaced") {
    Seen seen;
    StoreServed served(seen.recording(echo));
    StoreClient client(served.address());
    for (const std::string& given : {std::string(), std::string("a b"), std::string("\"{}"), std::string(129, 'x')}) {
        REQUIRE(client.get("in_1", kPatience, given).has_value());
        CHECK(seen.last().request_id.size() == 32);
        CHECK(seen.last().request_id != given);
    }
}

TEST_CASE("an error passes with its code, message and detail") {
    v1::ErrorDetail detail;
    detail.set_reason("stripe_refused");
    detail.mutable_stripe()->set_code("resource_missing");
    detail.mutable_stripe()->set_message("gr\xc3\xbc\xc3\x9f, 100 %\n");
    StoreServed served(failing(rpc::make_status(StatusCode::NOT_FOUND, "There is none: 100 %\n\xc3\xbc", detail)));
    StoreClient client(served.address());
    const auto answer = client.get("in_1");
    REQUIRE(answer.has_error());
    CHECK(answer.error().error_code() == StatusCode::NOT_FOUND);
    CHECK(answer.error().error_message() == "There is none: 100 %\n\xc3\xbc");
    const auto read = rpc::detail_of(answer.error());
    CHECK(read.reason() == "stripe_refused");
    CHECK(read.stripe().message() == detail.stripe().message());
    CHECK_THAT(client.metrics(), Contains(R"(calls_total{code="NOT_FOUND",method="InvoiceStore.GetInvoice"} 1)"));
    CHECK_THAT(served.metrics(), Contains(R"(calls_total{code="NOT_FOUND",method="InvoiceStore.GetInvoice"} 1)"));
}

TEST_CASE("a large detail still passes") {
    std::vector<v1::FieldViolation> fields(60);
    for (auto& field : fields) field.set_message(std::string(40, 'm'));
    StoreServed served(failing(rpc::invalid_argument(fields)));
    StoreClient client(served.address());
    const auto answer = client.get("in_1");
    REQUIRE(answer.has_error());
    CHECK(answer.error().error_code() == StatusCode::INVALID_ARGUMENT);
    CHECK(rpc::detail_of(answer.error()).fields_size() == 60);
}

TEST_CASE("at the deadline the call fails, and the handler knows the deadline and that the caller is gone") {
    Seen seen;
    StoreServed* store = nullptr;
    StoreServed served(seen.recording(held_at([&]() -> Gate& { return store->gate(); })));
    store = &served;
    StoreClient client(served.address());
    // The deadline must not include the time to connect.
    REQUIRE(client.channel().WaitForConnected(Clock::now() + kPatience));
    const auto before = Clock::now();
    std::chrono::milliseconds time = 500ms;
    do {
        time *= 2;
        const auto start = Clock::now();
        const auto answer = client.get("in_1", time);
        REQUIRE(answer.has_error());
        CHECK(answer.error().error_code() == StatusCode::DEADLINE_EXCEEDED);
        CHECK(Clock::now() - start >= time - 10ms);
        // A slow machine may not have sent the call before the deadline.
    } while (seen.all().empty() && time < kPatience / 2);
    REQUIRE(eventually([&] { return !seen.all().empty(); }));
    const auto call = seen.last();
    CHECK(call.deadline >= before);
    // gRPC sends the time that is left, so the handler's deadline is later by the time of transport.
    CHECK(call.deadline <= Clock::now() + time);
    CHECK(eventually([&] { return call.cancelled(); }));
    served.gate().open();
    CHECK(eventually([&] { return served.metrics().find("calls_in_flight 0") != std::string::npos; }));
}

TEST_CASE("the server's default deadline is the maximum for all calls") {
    Seen seen;
    rpc::DispatcherOptions dispatching;
    dispatching.default_deadline = 60s;
    StoreServed served(seen.recording(echo), in_plaintext(), dispatching);
    StoreClient client(served.address());
    REQUIRE(client.get("in_1", std::chrono::hours(24)).has_value());
    CHECK(seen.last().deadline <= Clock::now() + 60s);
    REQUIRE(client.get("in_1", 40s).has_value());
    // gRPC sends the time that is left, rounded up to three digits.
    CHECK(seen.last().deadline <= Clock::now() + 40s + 100ms);
}

TEST_CASE("calls above the limit are refused at once, and later calls are served") {
    rpc::DispatcherOptions dispatching;
    dispatching.calls_in_flight = 3;
    StoreServed* store = nullptr;
    StoreServed served(held_at([&]() -> Gate& { return store->gate(); }), in_plaintext(), dispatching);
    store = &served;
    StoreClient client(served.address());
    std::vector<rpc::Result<v1::Invoice>> results(3, v1::Invoice());
    std::atomic<int> done{0};
    for (auto& result : results) client.start("in_1", result, done);
    REQUIRE(eventually([&] { return served.gate().held() == 3; }));
    for (int i = 0; i < 5; ++i) {
        const auto refused = client.get("in_2");
        REQUIRE(refused.has_error());
        CHECK(refused.error().error_code() == StatusCode::RESOURCE_EXHAUSTED);
        CHECK(rpc::detail_of(refused.error()).reason() == "too_many_calls");
    }
    served.gate().open();
    REQUIRE(eventually([&] { return done == 3; }));
    for (const auto& result : results) CHECK(result.has_value());
    CHECK(client.get("in_3").has_value());
}

TEST_CASE("the text of an exception never leaves the process") {
    const std::vector<InvoiceHandler> throwing{
        [](const rpc::Call&, const v1::GetInvoiceRequest&, v1::Invoice& response) -> awaitable<grpc::Status> {
            response.set_id("secret row");
            throw std::runtime_error("duplicate key: the secret row");
            co_return grpc::Status::OK;
        },
        [](const rpc::Call&, const v1::GetInvoiceRequest&, v1::Invoice&) -> awaitable<grpc::Status> {
            boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1ms);
            co_await timer.async_wait(boost::asio::use_awaitable);
            throw 42;  // NOLINT(hicpp-exception-baseclass): that is the point
        },
        // Thrown before the coroutine exists.
        [](const rpc::Call&, const v1::GetInvoiceRequest&, v1::Invoice&) -> awaitable<grpc::Status> {
            throw std::runtime_error("secret");
        }};
    for (const auto& handler : throwing) {
        StoreServed served(handler);
        StoreClient client(served.address());
        for (int i = 0; i < 2; ++i) {
            const auto answer = client.get("in_1");
            REQUIRE(answer.has_error());
            CHECK(answer.error().error_code() == StatusCode::INTERNAL);
            CHECK_THAT(answer.error().error_message(), !Contains("secret") && !Contains("42"));
            CHECK_THAT(answer.error().error_details(), !Contains("secret"));
        }
        CHECK_THAT(served.metrics(), Contains("quittance_rpc_server_calls_in_flight 0"));
    }
}

TEST_CASE("a method without a handler is UNIMPLEMENTED") {
    StoreServed served(echo);
    StoreClient client(served.address());
    CHECK(client.list() == StatusCode::UNIMPLEMENTED);
    CHECK(client.get("in_1").has_value());
}

TEST_CASE("messages up to the limit pass, and a larger one fails only its own call") {
    auto options = in_plaintext();
    options.message_bytes = 100'000;
    StoreServed served(echo, options);
    StoreClient client(served.address());
    CHECK(client.get(std::string(99'000, 'x')).has_value());
    const auto answer = client.get(std::string(101'000, 'x'));
    REQUIRE(answer.has_error());
    CHECK(answer.error().error_code() == StatusCode::RESOURCE_EXHAUSTED);
    CHECK(client.get("in_1").has_value());
}

TEST_CASE("two thousand calls at once each get their own answer") {
    StoreServed served(
        [](const rpc::Call&, const v1::GetInvoiceRequest& request, v1::Invoice& response) -> awaitable<grpc::Status> {
            // Some answers are immediate and some are late, so they overtake each other.
            if (request.id().back() % 2 == 0) {
                boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1ms);
                co_await timer.async_wait(boost::asio::use_awaitable);
            }
            response.set_id(request.id());
            co_return grpc::Status::OK;
        });
    StoreClient client(served.address());
    const auto results = client.get_many(2'000);
    for (std::size_t i = 0; i < results.size(); ++i) {
        REQUIRE(results[i].has_value());
        REQUIRE(results[i]->id() == std::to_string(i));
    }
    CHECK_THAT(served.metrics(), Contains("quittance_rpc_server_calls_in_flight 0"));
}

TEST_CASE("a loop that is destroyed with calls in flight destroys their coroutines") {
    StoreServed* store = nullptr;
    StoreServed served(held_at([&]() -> Gate& { return store->gate(); }));
    store = &served;
    std::vector<rpc::Result<v1::Invoice>> results(20, v1::Invoice());
    std::atomic<int> done{0};
    {
        StoreClient client(served.address());
        for (auto& result : results) client.start("in_1", result, done);
        REQUIRE(eventually([&] { return served.gate().held() == 20; }));
    }
    // The callers are gone. The server is notified, and late answers do no harm.
    served.gate().open();
    CHECK(eventually([&] { return served.metrics().find("calls_in_flight 0") != std::string::npos; }));
    CHECK(done == 0);
}

TEST_CASE("clients that are destroyed as soon as they have their answer leave nothing behind") {
    StoreServed served(echo);
    for (int i = 0; i < 200; ++i) {
        StoreClient client(served.address());
        REQUIRE(client.get("in_1").has_value());
    }
}
