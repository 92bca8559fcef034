// The server's lifetime: its address, its health, its shutdown, and how clients reconnect after a restart.
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <future>

#include "integration/rpc/store_served.hpp"
#include "support/free_port.hpp"
#include "support/patience.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using boost::asio::awaitable;
using grpc::StatusCode;
namespace rpc = quittance::rpc;
namespace v1 = quittance::v1;
using Clock = std::chrono::system_clock;

namespace {

grpc::ByteBuffer buffer_of(const std::string& bytes) {
    const grpc::Slice slice(bytes);
    return {&slice, 1};
}

std::string bytes_of(const grpc::ByteBuffer& buffer) {
    std::vector<grpc::Slice> slices;
    std::string bytes;
    if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return bytes;
    for (const auto& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    return bytes;
}

// For a server that ends before its clients or restarts.
rpc::ServerOptions on_own_port() {
    auto options = in_plaintext();
    options.listen = "127.0.0.1:" + std::to_string(free_port());
    return options;
}

// Waits for the pending operation.
bool next(grpc::CompletionQueue& queue) {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
}

// A channel without our service config. With it, the channel checks the health itself and sends no calls to a server
// that is not serving.
std::shared_ptr<grpc::Channel> plain_channel(const std::string& address) {
    return grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
}

// The status of the standard health service: 1 is SERVING, 2 is NOT_SERVING. A failed call gives its code, negated.
int health_of(const std::shared_ptr<grpc::Channel>& channel, const std::string& service) {
    grpc::GenericStub stub(channel);
    grpc::ClientContext context;
    context.set_deadline(Clock::now() + kPatience);
    grpc::CompletionQueue queue;
    const auto request =
        buffer_of(service.empty() ? "" : "\x0a" + std::string(1, static_cast<char>(service.size())) + service);
    grpc::ByteBuffer response;
    grpc::Status status;
    const auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
    call->StartCall();
    call->Finish(&response, &status, nullptr);
    next(queue);
    if (!status.ok()) return -status.error_code();
    const auto bytes = bytes_of(response);
    return bytes.size() == 2 ? bytes[1] : 0;
}

// The answer of the standard reflection service to list_services.
std::string reflected_services(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::GenericStub stub(channel);
    grpc::ClientContext context;
    context.set_deadline(Clock::now() + kPatience);
    grpc::CompletionQueue queue;
    const auto stream =
        stub.PrepareCall(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
    stream->StartCall(nullptr);
    if (!next(queue)) return {};
    stream->Write(buffer_of("\x3a\x01*"), nullptr);  // list_services
    if (!next(queue)) return {};
    grpc::ByteBuffer response;
    stream->Read(&response, nullptr);
    if (!next(queue)) return {};
    context.TryCancel();
    grpc::Status status;
    stream->Finish(&status, nullptr);
    next(queue);
    return bytes_of(response);
}

// A handler that ends when its caller is gone.
awaitable<grpc::Status> until_cancelled(const rpc::Call& call, const v1::GetInvoiceRequest&, v1::Invoice&) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    while (!call.cancelled()) {
        timer.expires_after(5ms);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
    co_return grpc::Status(StatusCode::CANCELLED, "stopped");
}

}  // namespace

TEST_CASE("health reports the status that the service has set") {
    StoreServed served(echo);
    const auto channel = plain_channel(served.address());
    for (const std::string& name : {std::string(), std::string("quittance.v1.InvoiceStore")}) {
        served.server().set_serving(true);
        CHECK(health_of(channel, name) == 1);
        served.server().set_serving(false);
        CHECK(health_of(channel, name) == 2);
        served.server().set_serving(true);
        CHECK(health_of(channel, name) == 1);
    }
    CHECK(health_of(channel, "no.such.Service") == -StatusCode::NOT_FOUND);
}

TEST_CASE("a new server reports NOT_SERVING") {
    const std::vector<grpc::Service*> none;
    rpc::Server server(in_plaintext(), none);
    CHECK(health_of(plain_channel(server.address()), "") == 2);
}

TEST_CASE("reflection lists the services") {
    StoreServed served(echo);
    StoreClient client(served.address());
    const auto services = reflected_services(client.shared_channel());
    CHECK_THAT(services, Catch::Contains("quittance.v1.InvoiceStore") && Catch::Contains("grpc.health.v1.Health"));
}

TEST_CASE("a client can connect to the address") {
    StoreServed served(echo);
    CHECK(served.port() > 0);
    CHECK(served.address() == "127.0.0.1:" + std::to_string(served.port()));
    auto named = in_plaintext();
    named.listen = "localhost:0";
    StoreServed by_name(echo, named);
    CHECK(by_name.address() == "localhost:" + std::to_string(by_name.port()));
    StoreClient client(by_name.address());
    CHECK(client.get("in_1").has_value());
    StoreClient by_dns("dns:///localhost:" + std::to_string(by_name.port()));
    CHECK(by_dns.get("in_1").has_value());
}

TEST_CASE("the address may be a Unix socket") {
    const auto path = std::filesystem::temp_directory_path() / ("quittance-" + std::to_string(::getpid()) + ".sock");
    auto options = in_plaintext();
    options.listen = "unix:" + path.string();
    {
        StoreServed served(echo, options);
        CHECK(served.address() == options.listen);
        StoreClient client(served.address());
        CHECK(client.get("in_1").has_value());
    }
    std::filesystem::remove(path);
}

TEST_CASE("an address that cannot be used stops the start and is named") {
    StoreServed served(echo);
    const std::vector<grpc::Service*> none;
    for (const std::string& listen : {served.address(), std::string("127.0.0.1:notaport"), std::string("nonsense"),
                                      std::string(), std::string("192.0.2.1:0")}) {
        INFO(listen);
        auto options = in_plaintext();
        options.listen = listen;
        CHECK_THROWS_WITH(rpc::Server(options, none), Catch::Contains("'" + listen + "'"));
    }
}

TEST_CASE("a shutdown waits for calls in flight and accepts no new ones") {
    StoreServed* store = nullptr;
    std::atomic<bool> third_came{false};
    const auto held = held_at([&]() -> Gate& { return store->gate(); });
    StoreServed served(
        [&](const rpc::Call& call, const v1::GetInvoiceRequest& request, v1::Invoice& response) {
            if (request.id() == "in_3") third_came = true;
            return held(call, request, response);
        },
        on_own_port());
    store = &served;
    StoreClient client(served.address());
    rpc::Result<v1::Invoice> result = v1::Invoice();
    std::atomic<int> done{0};
    client.start("in_1", result, done);
    REQUIRE(eventually([&] { return served.gate().held() == 1; }));
    auto stopped = std::async(std::launch::async, [&] { served.server().shutdown(Clock::now() + kPatience); });
    REQUIRE(eventually([&] {
        const auto refused = StoreClient(served.address()).get("in_2", 5s);
        return refused.has_error() && refused.error().error_code() == StatusCode::UNAVAILABLE;
    }));
    // The first attempts may come before the shutdown begins. After the first refusal no call is accepted.
    CHECK(StoreClient(served.address()).get("in_3").error().error_code() == StatusCode::UNAVAILABLE);
    CHECK_FALSE(third_came);
    CHECK(stopped.wait_for(0s) == std::future_status::timeout);
    CHECK(done == 0);
    served.gate().open();
    CHECK(stopped.wait_for(kPatience) == std::future_status::ready);
    REQUIRE(eventually([&] { return done == 1; }));
    REQUIRE(result.has_value());
    CHECK(result->id() == "in_1");
}

TEST_CASE("at the shutdown's deadline calls in flight are cancelled, and their handlers are notified") {
    StoreServed served(until_cancelled);
    StoreClient client(served.address());
    rpc::Result<v1::Invoice> result = v1::Invoice();
    std::atomic<int> done{0};
    client.start("in_1", result, done);
    REQUIRE(eventually([&] { return served.metrics().find("calls_in_flight 1") != std::string::npos; }));
    const auto start = Clock::now();
    served.server().shutdown(start + 300ms);
    CHECK(Clock::now() - start >= 290ms);
    REQUIRE(eventually([&] { return done == 1; }));
    CHECK(result.has_error());
    // A second shutdown, and the one in the destructor, have nothing to do.
    served.server().shutdown(Clock::now());
}

TEST_CASE("a client that goes away during its call sets the handler's flag") {
    StoreServed served(until_cancelled);
    StoreClient client(served.address());
    CHECK(client.get("in_1", 100ms).error().error_code() == StatusCode::DEADLINE_EXCEEDED);
    CHECK(eventually([&] { return served.metrics().find("calls_in_flight 0") != std::string::npos; }));
}

TEST_CASE("a client reconnects to a server that was restarted on the same port") {
    const auto same = on_own_port();
    auto served = std::make_unique<StoreServed>(echo, same);
    StoreClient client(served->address());
    REQUIRE(client.get("in_1").has_value());
    CHECK(rpc::channel_ready(client.channel()));
    served.reset();
    const auto failed = client.get("in_2");
    REQUIRE(failed.has_error());
    CHECK(failed.error().error_code() == StatusCode::UNAVAILABLE);
    CHECK(eventually([&] { return !rpc::channel_ready(client.channel()); }));
    served = std::make_unique<StoreServed>(echo, same);
    CHECK(eventually([&] { return client.get("in_3").has_value(); }));
    CHECK(rpc::channel_ready(client.channel()));
}

TEST_CASE("a client that starts before its server connects later") {
    const auto options = on_own_port();
    StoreClient client(options.listen);
    CHECK_FALSE(rpc::channel_ready(client.channel()));
    const auto failed = client.get("in_1");
    REQUIRE(failed.has_error());
    CHECK(failed.error().error_code() == StatusCode::UNAVAILABLE);
    StoreServed served(echo, options);
    CHECK(eventually([&] { return rpc::channel_ready(client.channel()); }));
    CHECK(client.get("in_2").has_value());
}
