// Several replicas of a service behind one channel: which replica gets calls, what happens when one stops, and which
// failures are retried on another replica.
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "integration/rpc/store_served.hpp"
#include "rpc/service_config.hpp"
#include "support/patience.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using boost::asio::awaitable;
namespace rpc = quittance::rpc;
namespace v1 = quittance::v1;
using Clock = std::chrono::system_clock;

namespace {

// Counts its calls and answers all of them with `status`.
struct Replica {
    explicit Replica(grpc::Status status_given = grpc::Status::OK)
        : status(std::move(status_given)),
          served([this](const rpc::Call&, const v1::GetInvoiceRequest& request,
                        v1::Invoice& response) -> awaitable<grpc::Status> {
              ++calls;
              response.set_id(request.id());
              co_return status;
          }) {}

    grpc::Status status;
    std::atomic<int> calls{0};
    StoreServed served;
};

std::string address_of(const Replica& one, const Replica& other) {
    return "ipv4:" + one.served.address() + "," + other.served.address();
}

// Waits until both have had a call, because a channel first uses the replica that is connected first.
void wait_for_both(StoreClient& client, const Replica& one, const Replica& other) {
    REQUIRE(eventually([&] { return client.get("warm").has_value() && one.calls > 0 && other.calls > 0; }));
}

}  // namespace

TEST_CASE("calls are spread over all replicas") {
    Replica one;
    Replica other;
    StoreClient client(address_of(one, other));
    wait_for_both(client, one, other);
    const int before = one.calls;
    const int before_other = other.calls;
    constexpr int kCalls = 40;
    for (int i = 0; i < kCalls; ++i) REQUIRE(client.get(std::to_string(i)).has_value());
    // Round robin. When gRPC reconnects, it starts again with the first replica.
    CHECK(one.calls - before > kCalls / 4);
    CHECK(other.calls - before_other > kCalls / 4);
}

TEST_CASE("a replica that reports NOT_SERVING gets no calls until it reports SERVING") {
    Replica one;
    Replica other;
    StoreClient client(address_of(one, other));
    wait_for_both(client, one, other);
    one.served.server().set_serving(false);
    REQUIRE(eventually([&] {
        const int before = one.calls;
        for (int i = 0; i < 4; ++i) REQUIRE(client.get(std::to_string(i)).has_value());
        return one.calls == before;
    }));
    one.served.server().set_serving(true);
    const int before = one.calls;
    CHECK(eventually([&] { return client.get("again").has_value() && one.calls > before; }));
}

TEST_CASE("a replica that stops under load fails no call") {
    auto one = std::make_unique<Replica>();
    Replica other;
    StoreClient client(address_of(*one, other));
    wait_for_both(client, *one, other);
    std::atomic<bool> stop{false};
    std::atomic<int> answered{0};
    std::vector<grpc::Status> failures;
    std::thread load([&] {
        while (!stop) {
            const auto result = client.get("load");
            if (result.has_error())
                failures.push_back(result.error());
            else
                ++answered;
        }
    });
    REQUIRE(eventually([&] { return answered > 20; }));
    one->served.server().shutdown(Clock::now() + kPatience);
    one.reset();
    const int by_then = answered;
    CHECK(eventually([&] { return answered > by_then + 20; }));
    stop = true;
    load.join();
    CHECK(failures.empty());
}

TEST_CASE("a stop does not wait for clients that only watch the health") {
    Replica one;
    StoreClient client(one.served.address());
    REQUIRE(client.get("x").has_value());
    const auto start = Clock::now();
    one.served.server().shutdown(start + kPatience);
    CHECK(Clock::now() - start < kPatience / 2);
}

TEST_CASE("a read on a connection that breaks is retried on another replica") {
    auto gone = std::make_unique<Replica>();
    Replica other;
    const auto address = address_of(*gone, other);
    StoreClient client(address);
    wait_for_both(client, *gone, other);
    // The call is held in its handler while the server is destroyed without a drain time.
    gone->served.server().shutdown(Clock::now());
    gone.reset();
    for (int i = 0; i < 20; ++i) CHECK(client.get(std::to_string(i)).has_value());
}

TEST_CASE("a failure that the handler returns is not retried") {
    Replica one(rpc::make_status(grpc::StatusCode::UNAVAILABLE, "the database is away", "database_unavailable"));
    StoreClient client(one.served.address());
    const auto result = client.get("x");
    REQUIRE(result.has_error());
    CHECK(result.error().error_code() == grpc::StatusCode::UNAVAILABLE);
    CHECK(rpc::detail_of(result.error()).reason() == "database_unavailable");
    CHECK(one.calls == 1);
}

TEST_CASE("only the methods that the proto marks as idempotent are retried") {
    const auto config = rpc::service_config();
    const auto has = [&](const char* service, const char* method) {
        return config.find(std::string(R"({"service":"quittance.v1.)") + service + R"(","method":")" + method +
                           R"("})") != std::string::npos;
    };
    CHECK(has("InvoiceStore", "BatchGetInvoices"));
    CHECK(has("InvoiceStore", "ApplyInvoiceEvents"));
    CHECK_FALSE(has("InvoiceStore", "MoveCursor"));
    CHECK_FALSE(has("InvoiceStore", "DiscardEvents"));
}
