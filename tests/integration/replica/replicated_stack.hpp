// A primary and a streaming replica of it, and before them a store, an ingester and an edge, as processes that are
// started once. The store is told of both servers as in production: it writes to whichever of them takes writes.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "integration/invoice_store/store_server.hpp"
#include "integration/webhook_ingester/sender.hpp"
#include "support/postgres.hpp"
#include "support/process.hpp"

namespace quittance::test {

struct ReplicatedOptions {
    bool synchronous = false;  // a commit is acknowledged once the replica has it too
    int longest_lag_seconds = 600;
};

class ReplicatedStack {
  public:
    explicit ReplicatedStack(const ReplicatedOptions& options = {});

    PostgresServer& primary() { return *primary_; }
    PostgresServer& replica() { return *replica_; }

    StoreClient client() const;
    std::unique_ptr<v1::InvoiceStore::Stub> stub() const;
    Sender webhooks() const { return Sender("http://" + ingester_->address("WEBHOOK_LISTEN")); }
    // With the key of the Admin API.
    Answer ask(const std::string& method, const std::string& target, http::Headers headers = {},
               const std::string& body = "") const;
    Answer readiness() const;
    double metric(const std::string& sample) const;
    // How many reads went to a server so far, for whatever reason.
    double reads_of(const std::string& server) const;
    bool running() { return store_->running() && ingester_->running() && edge_->running(); }
    std::string log() const { return store_->log(); }

  private:
    std::unique_ptr<PostgresServer> primary_;
    std::unique_ptr<PostgresServer> replica_;
    std::unique_ptr<Process> store_;
    std::unique_ptr<Process> ingester_;
    std::unique_ptr<Process> edge_;
};

// One statement at a server.
std::string value_at(const PostgresServer& server, const std::string& sql);
void run_at(const PostgresServer& server, const std::string& sql);
// The replica goes on receiving, and shows nothing of it. Returns when it stands still.
void pause_replay(const PostgresServer& replica);
void resume_replay(const PostgresServer& replica);

// Readers that never stop: lists and gets over the edge, each answer counted.
class Readers {
  public:
    Readers(const ReplicatedStack& stack, std::string invoice);
    ~Readers() { stop(); }

    int answered() const { return answered_; }
    // So many more answers; false: not within a minute.
    bool go_on(int more = 50) const;
    // The answers that were no 200, a line each.
    std::string stop();

  private:
    std::atomic<bool> stopping_{false};
    std::atomic<int> answered_{0};
    std::mutex mutex_;
    std::string failures_;
    std::vector<std::thread> threads_;
};

}  // namespace quittance::test
