// An InvoiceStore that says what a test tells it to: for what the real one cannot be brought to at will (to refuse, to
// hang, to be away). Whatever is about rows is tested with the real one.
#pragma once

#include <grpcpp/server.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "quittance/v1/invoice_store.grpc.pb.h"

namespace quittance::test {

class ScriptedStore : private v1::InvoiceStore::Service {
  public:
    using Script = std::function<grpc::Status(const v1::ApplyInvoiceEventsRequest&, v1::ApplyInvoiceEventsResponse&)>;

    explicit ScriptedStore(Script script);
    ~ScriptedStore() override;

    const std::string& address() const { return address_; }
    std::vector<v1::ApplyInvoiceEventsRequest> calls() const;
    std::vector<v1::InvoiceEvent> events() const;  // of all calls
    void stop();                                   // at once; the address is then one where nobody listens

  private:
    grpc::Status ApplyInvoiceEvents(grpc::ServerContext* context, const v1::ApplyInvoiceEventsRequest* request,
                                    v1::ApplyInvoiceEventsResponse* response) override;

    Script script_;
    const std::string address_;
    mutable std::mutex mutex_;
    std::vector<v1::ApplyInvoiceEventsRequest> calls_;
    std::unique_ptr<grpc::Server> server_;
};

// Every event ends in `state`.
ScriptedStore::Script always(v1::EventOutcome::State state);

// Holds calls until it is opened; opens by itself when it goes.
class Gate {
  public:
    ~Gate() { open(); }
    void open();
    void wait();                        // in a script
    bool wait_for_arrivals(int count);  // false: not within three minutes

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int arrived_ = 0;
};

}  // namespace quittance::test
