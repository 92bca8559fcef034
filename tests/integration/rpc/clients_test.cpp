// The clients of our services: which calls they repeat, and how long the memory of a reply lives.
#include <grpcpp/server_builder.h>

#include <atomic>
#include <catch2/catch.hpp>

#include "clients/services.hpp"
#include "integration/rpc/store_served.hpp"
#include "quittance/v1/stripe_gateway.grpc.pb.h"
#include "support/patience.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using boost::asio::awaitable;
using grpc::StatusCode;
namespace clients = quittance::clients;
namespace rpc = quittance::rpc;
namespace v1 = quittance::v1;

namespace {

// A gateway that fails some calls before it answers.
class FailingGateway final : public v1::StripeGateway::Service {
  public:
    FailingGateway(int failures, StatusCode code) : failures_(failures), code_(code) {
        grpc::ServerBuilder builder;
        builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
        builder.RegisterService(this);
        server_ = builder.BuildAndStart();
    }
    ~FailingGateway() override { server_->Shutdown(); }

    grpc::Status RetrieveInvoice(grpc::ServerContext*, const v1::RetrieveInvoiceRequest* request,
                                 v1::StripeInvoice* response) override {
        if (++calls <= failures_) return rpc::make_status(code_, "not now", "not_now");
        response->mutable_invoice()->set_stripe_invoice_id(request->stripe_invoice_id());
        return grpc::Status::OK;
    }

    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

    std::atomic<int> calls{0};

  private:
    const int failures_;
    const StatusCode code_;
    int port_ = 0;
    std::unique_ptr<grpc::Server> server_;
};

StatusCode retrieve(const FailingGateway& gateway, const rpc::CallOptions& options) {
    quittance::runtime::Metrics metrics;
    LoopThread thread;
    clients::StripeGatewayClient client(StoreClient::channel_to(gateway.address()), metrics);
    auto code = StatusCode::OK;
    thread.run([&]() -> awaitable<void> {
        v1::RetrieveInvoiceRequest request;
        request.set_stripe_invoice_id("in_1");
        const auto reply = co_await client.retrieve_invoice(request, options);
        if (reply.has_error())
            code = reply.error().error_code();
        else
            CHECK(reply->invoice().stripe_invoice_id() == "in_1");
    });
    return code;
}

rpc::CallOptions within(std::chrono::milliseconds time) {
    return {std::chrono::system_clock::now() + time};
}

}  // namespace

TEST_CASE("a call in the background is repeated while its service is busy") {
    FailingGateway gateway(2, StatusCode::RESOURCE_EXHAUSTED);
    CHECK(retrieve(gateway, rpc::kInBackground) == StatusCode::OK);
    CHECK(gateway.calls == 3);
}

TEST_CASE("a call in the background is not repeated after a failure that will not pass") {
    FailingGateway gateway(2, StatusCode::FAILED_PRECONDITION);
    CHECK(retrieve(gateway, rpc::kInBackground) == StatusCode::FAILED_PRECONDITION);
    CHECK(gateway.calls == 1);
}

TEST_CASE("a call with a deadline is made once") {
    FailingGateway gateway(2, StatusCode::RESOURCE_EXHAUSTED);
    CHECK(retrieve(gateway, within(kPatience)) == StatusCode::RESOURCE_EXHAUSTED);
    CHECK(gateway.calls == 1);
}

TEST_CASE("a part of a reply lives longer than the reply and its client") {
    StoreServed served(
        [](const rpc::Call&, const v1::GetInvoiceRequest& request, v1::Invoice& response) -> awaitable<grpc::Status> {
            response.set_id(request.id());
            for (int i = 0; i < 1'000; ++i) response.add_lines()->set_description(std::string(100, 'x'));
            co_return grpc::Status::OK;
        });
    std::shared_ptr<const v1::InvoiceLine> line;
    LoopThread thread;
    quittance::runtime::Metrics metrics;
    {
        clients::InvoiceStoreClient client(StoreClient::channel_to(served.address()), metrics);
        thread.run([&]() -> awaitable<void> {
            v1::GetInvoiceRequest request;
            request.set_id("in_1");
            for (const std::size_t expected : {std::size_t{0}, std::size_t{1'024}, std::size_t{1'000'000}}) {
                auto options = within(kPatience);
                options.reply_bytes = expected;
                const auto reply = co_await client.get_invoice(request, options);
                REQUIRE(reply.has_value());
                CHECK(reply->id() == "in_1");
                CHECK((*reply).lines_size() == 1'000);
                line = reply.part(reply->lines(999));
            }
        });
    }
    CHECK(line->description() == std::string(100, 'x'));
}
