// Asks Stripe about invoices after events that left a question, such as a same-second conflict. It waits until the
// second of the event is over: an answer from that second could not decide. By then a later event has decided most
// conflicts, and Stripe need not be asked.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clients/services.hpp"
#include "reconcile/refetch.hpp"
#include "runtime/metrics.hpp"

namespace quittance::webhook_ingester {

// A question that an event left for Stripe: an invoice as it is now, or the invoice that a payment belongs to.
struct Followup {
    std::string account;
    std::string stripe_invoice_id;            // empty: see `payment`
    std::optional<v1::InvoiceEvent> payment;  // its payment fact names no invoice; without payload
    bool shown_by_row = false;                // the invoice's row shows whether the question is still open
    bool was_unrepaired = false;              // the store's list has it because a repair did not change its row
};

// The question after this event, from the store's outcome of it. Most events leave none.
std::optional<Followup> followup_of(const v1::InvoiceEvent& event, const v1::EventOutcome& outcome);

// For a loop with one thread.
class RefetchScheduler {
  public:
    // All must outlive the scheduler, and the scheduler must outlive the last run of the loop.
    RefetchScheduler(boost::asio::io_context& loop, clients::Services& services, runtime::Metrics& metrics);

    // Ignores a question that is queued already. Drops it if the queue is full: the store's refetch queue has it too.
    void add(Followup followup);

  private:
    struct Queued {
        Followup followup;
        std::chrono::steady_clock::time_point not_before;
    };

    boost::asio::awaitable<void> run_queue();
    std::vector<Followup> take_due();
    // Those that no later event has decided. All of them if the store cannot be asked.
    boost::asio::awaitable<std::vector<Followup>> still_open(std::vector<Followup> due);
    void start_asking();
    boost::asio::awaitable<void> ask(Followup followup);
    void count_failure(const Followup& followup, const grpc::Status& status);
    void count_result(const Followup& followup, const reconcile::Refetched& refetched);

    boost::asio::io_context& loop_;
    clients::Services& services_;
    runtime::Counter asked_;
    runtime::Counter failed_;
    runtime::Counter not_found_;
    runtime::Counter unrepaired_;
    runtime::Counter spared_;
    std::deque<Queued> waiting_;  // until their second is over
    std::deque<Followup> due_;    // until fewer than kAtOnce questions are in flight
    // The keys of both queues and of what is in flight. The value: `shown_by_row` of everything with this key.
    std::map<std::string, bool> keys_;
    bool queue_runs_ = false;
    std::size_t in_flight_ = 0;
};

}  // namespace quittance::webhook_ingester
