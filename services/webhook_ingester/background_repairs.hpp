// What the ingester does beside webhooks, so that nothing stays wrong or missing: asks Stripe about invoices that an
// event left open, reads Stripe's events for what no webhook brought, and compares open invoices with Stripe. Every
// replica may do all of it at once: the store knows what it has.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "rpc/client/client.hpp"
#include "runtime/metrics.hpp"
#include "webhook_ingester/refetch_scheduler.hpp"

namespace quittance::webhook_ingester {

struct RepairOptions {
    std::vector<std::string> accounts;         // labels
    std::chrono::seconds reconcile_every{60};  // on average; 0: never
    std::chrono::seconds reconcile_overlap{600};
    std::chrono::seconds reconcile_settle{60};
    std::chrono::seconds audit_every{3'600};  // one replica at a time; 0: never
    // How often to look for invoices that were left open, and how long an invoice must have been: who took its event
    // asks first.
    std::chrono::milliseconds leftovers_every{30'000};
    std::chrono::milliseconds leftovers_after{20'000};
};

// For a loop with one thread, which must outlive it.
class Repairs {
  public:
    Repairs(boost::asio::io_context& loop, const rpc::ChannelOptions& store, const rpc::ChannelOptions& gateway,
            RepairOptions options, runtime::Metrics& metrics);
    ~Repairs();

    // Starts what runs by itself, for as long as the loop does.
    void start();

    // Soon, in the background. What does not fit into the queue is found again by the look for leftovers.
    void follow_up(Followup followup);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace quittance::webhook_ingester
