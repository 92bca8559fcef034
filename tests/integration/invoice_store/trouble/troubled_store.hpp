// The store and an ingester before it, as processes, on a database that is about to be in trouble. They are started
// once: whatever happens to the database, nobody starts them again.
#pragma once

#include <memory>
#include <string>

#include "integration/invoice_store/store_server.hpp"
#include "integration/webhook_ingester/sender.hpp"
#include "support/process.hpp"

namespace quittance::test {

class TroubledStore {
  public:
    // Waits for their ports, not for a schema.
    explicit TroubledStore(const std::string& database_url, const std::string& migrate = "auto");

    StoreClient client() const;
    Sender webhooks() const { return Sender("http://" + ingester_->address("WEBHOOK_LISTEN")); }

    // The store's /readyz and /metrics, whether it serves or not.
    Answer readiness() const { return operations().request("GET", "/readyz"); }
    double metric(const std::string& sample) const {
        return sample_in(operations().request("GET", "/metrics").body, sample);
    }
    // Within three minutes: 200, or 503 with this check among those that failed.
    bool becomes_ready() const;
    bool becomes_unready(const std::string& check) const;

    bool running() { return store_.running() && ingester_->running(); }

  private:
    Sender operations() const { return Sender("http://" + operations_); }

    mutable Process store_;
    std::string grpc_;
    std::string operations_;
    std::unique_ptr<Process> ingester_;
};

// A GetInvoice of anything at all: what becomes of calls that read.
grpc::StatusCode code_of_get(StoreClient& client);

}  // namespace quittance::test
