// Server streams: one message at a time, slow and vanished readers, and the end of streams at a shutdown.
#include "rpc/server/stream.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/server_context.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <thread>
#include <vector>

#include "integration/http/loop_thread.hpp"
#include "integration/rpc/store_served.hpp"
#include "integration/rpc/tls_side.hpp"
#include "quittance/v1/invoice_store.grpc.pb.h"
#include "rpc/server/server.hpp"
#include "rpc/status.hpp"
#include "support/patience.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using boost::asio::awaitable;
using grpc::StatusCode;
namespace rpc = quittance::rpc;
namespace v1 = quittance::v1;

namespace {

using Writer = rpc::StreamWriter<v1::WatchInvoicesResponse>;
using Handler = std::function<awaitable<grpc::Status>(const rpc::Call&, const v1::WatchInvoicesRequest&, Writer&)>;

class Service final : public v1::InvoiceStore::CallbackService {
  public:
    Service(rpc::StreamDispatcher& streams, Handler watch) : streams_(streams), watch_(std::move(watch)) {}

    grpc::ServerWriteReactor<v1::WatchInvoicesResponse>* WatchInvoices(
        grpc::CallbackServerContext* context, const v1::WatchInvoicesRequest* request) override {
        return streams_.serve<v1::WatchInvoicesResponse>("InvoiceStore.WatchInvoices", context, *request, watch_);
    }

  private:
    rpc::StreamDispatcher& streams_;
    Handler watch_;
};

class Served {
  public:
    explicit Served(Handler handler, rpc::StreamOptions options = {},
                    const rpc::ServerOptions& serving = in_plaintext())
        : streams_(thread_.loop(), options, metrics_),
          service_(streams_, std::move(handler)),
          server_(std::make_unique<rpc::Server>(serving, std::vector<grpc::Service*>{&service_})),
          stub_(
              v1::InvoiceStore::NewStub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()))) {}
    ~Served() {
        streams_.end_all();
        server_.reset();
        thread_.stop();
    }

    v1::InvoiceStore::Stub& stub() { return *stub_; }
    rpc::StreamDispatcher& streams() { return streams_; }
    rpc::Server& server() { return *server_; }
    std::string metrics() { return metrics_.text(); }

  private:
    quittance::runtime::Metrics metrics_;
    LoopThread thread_;
    rpc::StreamDispatcher streams_;
    Service service_;
    std::unique_ptr<rpc::Server> server_;
    std::unique_ptr<v1::InvoiceStore::Stub> stub_;
};

// The caller's side of a stream.
struct Watch {
    explicit Watch(v1::InvoiceStore::Stub& stub, const std::string& token = {},
                   std::chrono::milliseconds patience = kPatience) {
        context.set_deadline(std::chrono::system_clock::now() + patience);
        request.set_resume_token(token);
        reader = stub.WatchInvoices(&context, request);
    }
    std::vector<std::string> rest() {
        std::vector<std::string> tokens;
        v1::WatchInvoicesResponse response;
        while (reader->Read(&response)) tokens.push_back(response.resume_token());
        return tokens;
    }

    grpc::ClientContext context;
    v1::WatchInvoicesRequest request;
    std::unique_ptr<grpc::ClientReader<v1::WatchInvoicesResponse>> reader;
};

v1::WatchInvoicesResponse message(const std::string& token) {
    v1::WatchInvoicesResponse response;
    response.set_resume_token(token);
    return response;
}

// Writes "0", "1", … until the caller is gone, and counts the messages that gRPC has taken.
Handler endless(std::atomic<int>& taken, std::atomic<int>& ended, std::size_t bytes = 1) {
    return [&taken, &ended, bytes](const rpc::Call&, const v1::WatchInvoicesRequest&,
                                   Writer& writer) -> awaitable<grpc::Status> {
        const std::string padding(bytes, 'x');
        for (;;) {
            auto next = message(padding);
            const bool written = co_await writer.write(std::move(next));
            if (!written) break;
            ++taken;
        }
        ++ended;
        co_return grpc::Status::OK;
    };
}

// Waits until the stream is over.
Handler idle(std::atomic<int>& ended) {
    return [&ended](const rpc::Call&, const v1::WatchInvoicesRequest&, Writer& writer) -> awaitable<grpc::Status> {
        auto first = message("first");
        co_await writer.write(std::move(first));
        while (!writer.over()) co_await writer.wait(std::chrono::steady_clock::now() + 1h);
        ++ended;
        co_return grpc::Status::OK;
    };
}

}  // namespace

TEST_CASE("a handler's messages arrive in order, then its status") {
    Served served(
        [](const rpc::Call& call, const v1::WatchInvoicesRequest& request, Writer& writer) -> awaitable<grpc::Status> {
            CHECK(call.method == "InvoiceStore.WatchInvoices");
            CHECK_FALSE(call.request_id.empty());
            for (int i = 0; i < 1'000; ++i) {
                auto next = message(request.resume_token() + std::to_string(i));
                const bool written = co_await writer.write(std::move(next));
                if (!written) co_return grpc::Status::CANCELLED;
            }
            co_return rpc::make_status(StatusCode::OUT_OF_RANGE, "that is all", "all");
        });
    Watch watch(served.stub(), "n");
    const auto tokens = watch.rest();
    REQUIRE(tokens.size() == 1'000);
    CHECK(tokens.front() == "n0");
    CHECK(tokens.back() == "n999");
    const auto status = watch.reader->Finish();
    CHECK(status.error_code() == StatusCode::OUT_OF_RANGE);
    CHECK(rpc::detail_of(status).reason() == "all");
    CHECK_THAT(served.metrics(), Catch::Contains("quittance_rpc_server_stream_messages_total{method="
                                                 "\"InvoiceStore.WatchInvoices\"} 1000"));
    CHECK(eventually([&] { return served.metrics().find("code=\"OUT_OF_RANGE\"") != std::string::npos; }));
}

TEST_CASE("an exception of a handler becomes INTERNAL without its text") {
    Served served([](const rpc::Call&, const v1::WatchInvoicesRequest&, Writer&) -> awaitable<grpc::Status> {
        throw std::runtime_error("a secret");
        co_return grpc::Status::OK;
    });
    Watch watch(served.stub());
    CHECK(watch.rest().empty());
    const auto status = watch.reader->Finish();
    CHECK(status.error_code() == StatusCode::INTERNAL);
    CHECK_THAT(status.error_message(), !Catch::Contains("secret"));
}

TEST_CASE("a reader that does not read stops the writer") {
    constexpr std::size_t kBytes = 100'000;
    std::atomic<int> taken{0};
    std::atomic<int> ended{0};
    Served served(endless(taken, ended, kBytes));
    Watch watch(served.stub());
    REQUIRE(eventually([&] { return taken > 0; }));
    // The transport buffers a limited number of messages, so the count stops.
    int last = -1;
    REQUIRE(eventually([&] {
        const bool rests = taken == last;
        last = taken;
        std::this_thread::sleep_for(300ms);
        return rests;
    }));
    CHECK(last < 200);
    // When the reader reads again, the handler continues.
    v1::WatchInvoicesResponse response;
    for (int i = 0; i < last + 50; ++i) REQUIRE(watch.reader->Read(&response));
    watch.context.TryCancel();
    CHECK(eventually([&] { return ended == 1; }));
}

TEST_CASE("a handler that waits or writes notices that its caller is gone") {
    std::atomic<int> taken{0};
    std::atomic<int> ended{0};
    SECTION("waiting") {
        Served served(idle(ended));
        Watch watch(served.stub());
        v1::WatchInvoicesResponse response;
        REQUIRE(watch.reader->Read(&response));
        CHECK_THAT(served.metrics(), Catch::Contains("quittance_rpc_server_streams_open 1"));
        watch.context.TryCancel();
        CHECK(eventually([&] { return ended == 1; }));
        CHECK(eventually(
            [&] { return served.metrics().find("quittance_rpc_server_streams_open 0") != std::string::npos; }));
    }
    SECTION("writing") {
        Served served(endless(taken, ended, 100'000));
        Watch watch(served.stub());
        REQUIRE(eventually([&] { return taken > 0; }));
        watch.context.TryCancel();
        CHECK(eventually([&] { return ended == 1; }));
    }
    SECTION("its deadline passed") {
        Served served(idle(ended));
        bool begun = false;
        // A slow machine may not have started the stream before the deadline.
        for (std::chrono::milliseconds time = 1s; !begun && time < kPatience; time *= 2) {
            Watch watch(served.stub(), "", time);
            begun = !watch.rest().empty();
            CHECK(watch.reader->Finish().error_code() == StatusCode::DEADLINE_EXCEEDED);
        }
        CHECK(begun);
        CHECK(eventually([&] { return ended > 0; }));
        CHECK(eventually(
            [&] { return served.metrics().find("quittance_rpc_server_streams_open 0") != std::string::npos; }));
    }
}

TEST_CASE("wake() ends a wait, also one that begins later") {
    Served served([&](const rpc::Call&, const v1::WatchInvoicesRequest&, Writer& writer) -> awaitable<grpc::Status> {
        writer.wake();
        co_await writer.wait(std::chrono::steady_clock::now() + 1h);
        auto next = message("woken");
        co_await writer.write(std::move(next));
        co_return grpc::Status::OK;
    });
    Watch watch(served.stub());
    CHECK(watch.rest() == std::vector<std::string>{"woken"});
}

TEST_CASE("streams above the limit are refused, and a stream that ends makes room") {
    std::atomic<int> ended{0};
    Served served(idle(ended), {.streams = 2});
    v1::WatchInvoicesResponse response;
    Watch first(served.stub());
    Watch second(served.stub());
    REQUIRE(first.reader->Read(&response));
    REQUIRE(second.reader->Read(&response));
    Watch third(served.stub());
    CHECK(third.rest().empty());
    const auto refused = third.reader->Finish();
    CHECK(refused.error_code() == StatusCode::RESOURCE_EXHAUSTED);
    CHECK(rpc::detail_of(refused).reason() == "too_many_streams");
    first.context.TryCancel();
    REQUIRE(eventually([&] { return ended == 1; }));
    CHECK(eventually([&] {
        Watch fourth(served.stub());
        return fourth.reader->Read(&response);
    }));
}

TEST_CASE("a stop ends the streams first, so that the shutdown does not wait for them") {
    std::atomic<int> taken{0};
    std::atomic<int> ended{0};
    SECTION("idle ones with UNAVAILABLE") {
        Served served(idle(ended));
        Watch watch(served.stub());
        v1::WatchInvoicesResponse response;
        REQUIRE(watch.reader->Read(&response));
        served.streams().end_all();
        served.server().shutdown(std::chrono::system_clock::now() + 600s);  // longer than the test may take
        CHECK(watch.rest().empty());
        const auto status = watch.reader->Finish();
        CHECK(status.error_code() == StatusCode::UNAVAILABLE);
        CHECK(rpc::detail_of(status).reason() == "stopping");
        CHECK(ended == 1);
    }
    SECTION("also one whose reader does not read") {
        Served served(endless(taken, ended, 100'000));
        Watch watch(served.stub());
        REQUIRE(eventually([&] { return taken > 5; }));
        served.streams().end_all();
        served.server().shutdown(std::chrono::system_clock::now() + 600s);
        CHECK(ended == 1);
        watch.rest();
        const auto code = watch.reader->Finish().error_code();
        CHECK((code == StatusCode::UNAVAILABLE || code == StatusCode::CANCELLED));
    }
    SECTION("new ones are refused") {
        Served served(idle(ended));
        served.streams().end_all();
        Watch watch(served.stub());
        CHECK(watch.rest().empty());
        CHECK(watch.reader->Finish().error_code() == StatusCode::UNAVAILABLE);
    }
}

TEST_CASE("a caller with its share of the streams is refused another, while other callers still get theirs") {
    CertificateAuthority authority;
    const TlsSide store(authority, kLoopback);
    const TlsSide hoarder(authority, "DNS:hoarder");
    const TlsSide other(authority, "DNS:other");
    std::atomic<int> ended{0};
    rpc::StreamOptions options;
    options.streams_of_caller = 3;
    Served served(idle(ended), options, store.serving());
    served.server().set_serving(true);  // these channels check the health
    // Two connections of one caller: the share is the caller's, not the connection's.
    const auto first = v1::InvoiceStore::NewStub(rpc::make_channel(hoarder.calling(served.server().address())));
    const auto second = v1::InvoiceStore::NewStub(rpc::make_channel(hoarder.calling(served.server().address())));
    const auto others = v1::InvoiceStore::NewStub(rpc::make_channel(other.calling(served.server().address())));
    std::vector<std::unique_ptr<Watch>> watches;
    v1::WatchInvoicesResponse response;
    for (auto* stub : {first.get(), first.get(), second.get()}) {
        watches.push_back(std::make_unique<Watch>(*stub));
        REQUIRE(watches.back()->reader->Read(&response));
    }
    Watch refused(*second);
    CHECK(refused.rest().empty());
    const auto status = refused.reader->Finish();
    CHECK(status.error_code() == StatusCode::RESOURCE_EXHAUSTED);
    CHECK(rpc::detail_of(status).reason() == "too_many_streams_of_caller");
    CHECK_THAT(status.error_message(), Catch::Contains("3 streams") && Catch::Contains("hoarder"));
    Watch served_still(*others);
    CHECK(served_still.reader->Read(&response));
    served_still.context.TryCancel();
    // One that ends makes room.
    watches.front()->context.TryCancel();
    watches.front()->rest();
    CHECK(eventually([&] {
        Watch again(*first);
        const bool got = again.reader->Read(&response);
        again.context.TryCancel();
        return got;
    }));
    for (auto& watch : watches) watch->context.TryCancel();
}
