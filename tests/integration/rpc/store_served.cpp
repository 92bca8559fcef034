#include "integration/rpc/store_served.hpp"

#include "quittance/v1/invoice_store.grpc.pb.h"
#include "support/patience.hpp"

namespace quittance::test {

using boost::asio::awaitable;
using Async = v1::InvoiceStore::StubInterface::async_interface;

class StoreServed::Service final : public v1::InvoiceStore::CallbackService {
  public:
    Service(rpc::Dispatcher& dispatcher, InvoiceHandler get) : dispatcher_(dispatcher), get_(std::move(get)) {}

    grpc::ServerUnaryReactor* GetInvoice(grpc::CallbackServerContext* context, const v1::GetInvoiceRequest* request,
                                         v1::Invoice* response) override {
        return dispatcher_.serve("InvoiceStore.GetInvoice", context, *request, *response, get_);
    }

  private:
    rpc::Dispatcher& dispatcher_;
    InvoiceHandler get_;
};

StoreServed::StoreServed(InvoiceHandler get, rpc::ServerOptions options, rpc::DispatcherOptions dispatching)
    : dispatcher_(std::make_unique<rpc::Dispatcher>(thread_.loop(), dispatching, metrics_)),
      service_(std::make_unique<Service>(*dispatcher_, std::move(get))),
      server_(std::make_unique<rpc::Server>(std::move(options), std::vector<grpc::Service*>{service_.get()})) {
    server_->set_serving(true);
}

StoreServed::~StoreServed() {
    gate_.open();
    server_.reset();
    thread_.stop();
}

InvoiceHandler held_at(std::function<Gate&()> gate) {
    return [gate = std::move(gate)](const rpc::Call&, const v1::GetInvoiceRequest& request,
                                    v1::Invoice& response) -> awaitable<grpc::Status> {
        co_await gate().pass();
        response.set_id(request.id());
        co_return grpc::Status::OK;
    };
}

awaitable<grpc::Status> echo(const rpc::Call&, const v1::GetInvoiceRequest& request, v1::Invoice& response) {
    response.set_id(request.id());
    co_return grpc::Status::OK;
}

struct StoreClient::Stub {
    std::unique_ptr<v1::InvoiceStore::Stub> stub;
};

StoreClient::StoreClient(rpc::ChannelOptions options) : channel_(rpc::make_channel(options)) {
    stub_ = std::make_unique<Stub>();
    stub_->stub = v1::InvoiceStore::NewStub(channel_);
}

StoreClient::~StoreClient() = default;

awaitable<rpc::Result<v1::Invoice>> StoreClient::get_async(const std::string& id, std::chrono::milliseconds time,
                                                           const std::string& request_id) {
    v1::GetInvoiceRequest request;
    request.set_id(id);
    const rpc::CallOptions options{std::chrono::system_clock::now() + time, request_id};
    Async* async = stub_->stub->async();
    const auto reply = co_await rpc::call<Async, v1::GetInvoiceRequest, v1::Invoice>(
        metrics_, "InvoiceStore.GetInvoice", &Async::GetInvoice, async, request, options);
    if (reply.has_error()) co_return reply.error();
    co_return *reply;
}

rpc::Result<v1::Invoice> StoreClient::get(const std::string& id, std::chrono::milliseconds time,
                                          const std::string& request_id) {
    rpc::Result<v1::Invoice> result = v1::Invoice();
    thread_.run([&]() -> awaitable<void> { result = co_await get_async(id, time, request_id); });
    return result;
}

void StoreClient::start(const std::string& id, rpc::Result<v1::Invoice>& result, std::atomic<int>& done,
                        std::chrono::milliseconds time) {
    thread_.start([this, id, time, &result, &done]() -> awaitable<void> {
        const std::string no_request_id;
        result = co_await get_async(id, time, no_request_id);
        ++done;
    });
}

std::vector<rpc::Result<v1::Invoice>> StoreClient::get_many(int count) {
    std::vector<rpc::Result<v1::Invoice>> results(static_cast<std::size_t>(count), v1::Invoice());
    std::atomic<int> done{0};
    for (int i = 0; i < count; ++i) start(std::to_string(i), results[static_cast<std::size_t>(i)], done);
    if (!eventually([&] { return done == count; })) throw std::runtime_error("calls did not end in time");
    return results;
}

grpc::StatusCode StoreClient::list() {
    grpc::StatusCode code = grpc::StatusCode::OK;
    thread_.run([&]() -> awaitable<void> {
        const v1::ListInvoicesRequest request;
        const rpc::CallOptions options{std::chrono::system_clock::now() + kPatience, {}};
        const auto result = co_await rpc::call<Async, v1::ListInvoicesRequest, v1::ListInvoicesResponse>(
            metrics_, "InvoiceStore.ListInvoices", &Async::ListInvoices, stub_->stub->async(), request, options);
        if (result.has_error()) code = result.error().error_code();
    });
    return code;
}

}  // namespace quittance::test
