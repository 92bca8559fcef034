// A real gRPC server of InvoiceStore on a free port, with a handler that the test supplies, and a client of it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "integration/http/loop_thread.hpp"
#include "quittance/v1/invoice_store.pb.h"
#include "rpc/call.hpp"
#include "rpc/client/client.hpp"
#include "rpc/server/dispatcher.hpp"
#include "rpc/server/server.hpp"
#include "support/patience.hpp"

namespace quittance::test {

using InvoiceHandler =
    std::function<boost::asio::awaitable<grpc::Status>(const rpc::Call&, const v1::GetInvoiceRequest&, v1::Invoice&)>;

inline rpc::ServerOptions in_plaintext() {
    rpc::ServerOptions options;
    options.transport = rpc::Transport::plaintext();
    return options;
}

class StoreServed {
  public:
    explicit StoreServed(InvoiceHandler get, rpc::ServerOptions options = in_plaintext(),
                         rpc::DispatcherOptions dispatching = {});
    ~StoreServed();

    const std::string& address() const { return server_->address(); }
    int port() const { return server_->port(); }
    rpc::Server& server() { return *server_; }
    LoopThread& thread() { return thread_; }
    Gate& gate() { return gate_; }
    std::string metrics() { return metrics_.text(); }

  private:
    class Service;
    runtime::Metrics metrics_;
    LoopThread thread_;
    Gate gate_{thread_.loop()};
    std::unique_ptr<rpc::Dispatcher> dispatcher_;
    std::unique_ptr<Service> service_;
    std::unique_ptr<rpc::Server> server_;
};

// Waits at the gate, then answers with the requested id.
InvoiceHandler held_at(std::function<Gate&()> gate);
// Answers with the requested id.
boost::asio::awaitable<grpc::Status> echo(const rpc::Call& call, const v1::GetInvoiceRequest& request,
                                          v1::Invoice& response);

class StoreClient {
  public:
    explicit StoreClient(rpc::ChannelOptions options);
    explicit StoreClient(const std::string& address) : StoreClient(channel_to(address)) {}
    ~StoreClient();

    static rpc::ChannelOptions channel_to(const std::string& address) {
        rpc::ChannelOptions options;
        options.address = address;
        options.transport = rpc::Transport::plaintext();
        return options;
    }

    rpc::Result<v1::Invoice> get(const std::string& id, std::chrono::milliseconds time = kPatience,
                                 const std::string& request_id = {});
    // Starts this many gets at once, with ids "0", "1", …, and waits for all of them.
    std::vector<rpc::Result<v1::Invoice>> get_many(int count);
    // Starts a get and returns. Increments `done` at its end.
    void start(const std::string& id, rpc::Result<v1::Invoice>& result, std::atomic<int>& done,
               std::chrono::milliseconds time = kPatience);
    // Calls a method of InvoiceStore that the test's service does not implement.
    grpc::StatusCode list();

    grpc::Channel& channel() { return *channel_; }
    const std::shared_ptr<grpc::Channel>& shared_channel() { return channel_; }
    std::string metrics() { return metrics_.text(); }

  private:
    struct Stub;
    boost::asio::awaitable<rpc::Result<v1::Invoice>> get_async(const std::string& id, std::chrono::milliseconds time,
                                                               const std::string& request_id);

    runtime::Metrics metrics_;
    std::shared_ptr<grpc::Channel> channel_;
    std::unique_ptr<Stub> stub_;
    LoopThread thread_;
};

}  // namespace quittance::test
