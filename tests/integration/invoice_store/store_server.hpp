// The store as a real gRPC server in this process, on a port of its own, and a client of it.
#pragma once

#include <grpcpp/create_channel.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "invoice_store/api/grpc_service.hpp"
#include "invoice_store/events/batch_transaction.hpp"
#include "invoice_store/replica/read_route.hpp"
#include "invoice_store/settlements/settlement_sweep.hpp"
#include "postgres/pool.hpp"
#include "quittance/v1/invoice_store.grpc.pb.h"
#include "rpc/server/server.hpp"

namespace quittance::test {

struct StoreServerOptions {
    invoice_store::WriterOptions writer;
    std::size_t read_connections = 4;
    std::chrono::milliseconds statement_timeout{60'000};  // only a test that is about it has a short one
    invoice_store::WatchOptions watch;
};

class StoreServer {
  public:
    explicit StoreServer(const std::string& url, StoreServerOptions options = {})
        : reads_({.url = url,
                  .name = "read",
                  .connections = options.read_connections,
                  .statement_timeout = options.statement_timeout,
                  .prepare = invoice_store::prepare_reads},
                 metrics_),
          writes_({.url = url,
                   .name = "write",
                   .connections = options.writer.threads,
                   .statement_timeout = options.statement_timeout,
                   .prepare = invoice_store::prepare_batches},
                  metrics_),
          changes_({.url = url,
                    .name = "watch",
                    .connections = 2,
                    .statement_timeout = options.statement_timeout,
                    .prepare = invoice_store::prepare_watch},
                   metrics_),
          watch_(loop_, changes_, options.watch, schema_ready_),
          writer_(writes_, with_watchers(std::move(options.writer)), metrics_),
          settlements_(writes_, std::chrono::milliseconds(100), schema_ready_),
          route_(reads_, nullptr, metrics_),
          entries_(writes_, metrics_),
          invoices_(loop_, route_, writes_, writer_, entries_, options.read_connections, schema_ready_,
                    [this] { watch_.notify(); }),
          operators_(reads_, writes_, writer_, schema_ready_),
          service_(loop_, invoices_, operators_, watch_, metrics_),
          server_({.transport = rpc::Transport::plaintext()}, {service_.generated()}),
          thread_([this] { loop_.run(); }) {}

    ~StoreServer() {
        stop();
        work_.reset();
        thread_.join();
    }

    // As the program does it.
    void stop(std::chrono::seconds drain = std::chrono::seconds(30)) {
        service_.end_streams();
        server_.shutdown(std::chrono::system_clock::now() + drain);
        writer_.stop();
    }

    std::unique_ptr<v1::InvoiceStore::Stub> stub() const {
        return v1::InvoiceStore::NewStub(grpc::CreateChannel(server_.address(), grpc::InsecureChannelCredentials()));
    }

    runtime::Metrics& metrics() { return metrics_; }
    std::atomic<bool>& schema_ready() { return schema_ready_; }

  private:
    invoice_store::WriterOptions with_watchers(invoice_store::WriterOptions options) {
        options.on_written = [this] { watch_.notify(); };
        return options;
    }

    boost::asio::io_context loop_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
    runtime::Metrics metrics_;
    std::atomic<bool> schema_ready_{true};
    postgres::Pool reads_;
    postgres::Pool writes_;
    postgres::Pool changes_;
    invoice_store::WatchHandler watch_;
    invoice_store::Writer writer_;
    invoice_store::SettlementSweep settlements_;
    invoice_store::ReadRoute route_;
    invoice_store::ListProjectionBackfill entries_;
    invoice_store::InvoiceHandlers invoices_;
    invoice_store::OperatorHandlers operators_;
    invoice_store::GrpcService service_;
    rpc::Server server_;
    std::thread thread_;
};

// Blocking calls with a deadline, for tests.
class StoreClient {
  public:
    explicit StoreClient(std::unique_ptr<v1::InvoiceStore::Stub> stub) : stub_(std::move(stub)) {}

    template <class Request, class Response>
    grpc::Status call(grpc::Status (v1::InvoiceStore::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                      const Request& request, Response& response) {
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + patience);
        context.set_wait_for_ready(true);
        return (stub_.get()->*method)(&context, request, &response);
    }

    std::pair<grpc::Status, std::vector<v1::EventOutcome::State>> apply(const std::vector<v1::InvoiceEvent>& events) {
        v1::ApplyInvoiceEventsRequest request;
        for (const auto& event : events) *request.add_events() = event;
        v1::ApplyInvoiceEventsResponse response;
        auto status = call(&v1::InvoiceStore::Stub::ApplyInvoiceEvents, request, response);
        std::vector<v1::EventOutcome::State> states;
        for (const auto& outcome : response.outcomes()) states.push_back(outcome.state());
        return {std::move(status), std::move(states)};
    }

    grpc::Status get(const v1::GetInvoiceRequest& request, v1::Invoice& invoice) {
        return call(&v1::InvoiceStore::Stub::GetInvoice, request, invoice);
    }

    std::chrono::seconds patience{60};

  private:
    std::unique_ptr<v1::InvoiceStore::Stub> stub_;
};

}  // namespace quittance::test
