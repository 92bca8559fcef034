// What events left to be asked of Stripe, until it was asked: a second after the event, because an answer of its own
// second would settle nothing, and only if nothing else has settled it by then. Most ties are overtaken: an invoice
// that is made and issued within a second ends in no doubt.
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

#include "clients/invoice_store_client.hpp"
#include "clients/stripe_gateway_client.hpp"
#include "quittance/v1/invoice_store.pb.h"
#include "runtime/metrics.hpp"

namespace quittance::webhook_ingester {

// Something that an event left to be asked of Stripe: an invoice, or whose invoice a payment is.
struct Followup {
    std::string account;
    std::string stripe_invoice_id;            // empty: see `payment`
    std::optional<v1::InvoiceEvent> payment;  // with a fact that names no invoice; without payload
    bool shown_by_row = false;                // the invoice's row tells whether it is still to be asked for
};

// What an event left, given what the store said of it; nothing in most cases.
std::optional<Followup> followup_of(const v1::InvoiceEvent& event, const v1::EventOutcome& outcome);

// Whom to ask and whom to tell.
struct Clients {
    Clients(const rpc::ChannelOptions& store_options, const rpc::ChannelOptions& gateway_options,
            runtime::Metrics& metrics)
        : store(store_options, metrics), gateway(gateway_options, metrics) {}

    reconcile::StoreClient store;
    reconcile::GatewayClient gateway;
};

// For a loop with one thread.
class Followups : public std::enable_shared_from_this<Followups> {
  public:
    // Made by make_shared: what is under way keeps it alive. The loop and the metrics must outlive it.
    Followups(boost::asio::io_context& loop, std::shared_ptr<Clients> clients, runtime::Metrics& metrics);

    // What is there already is not added again, and what finds the queue full is dropped: the store's own queue has it.
    void add(Followup followup);

  private:
    struct Queued {
        Followup followup;
        std::chrono::steady_clock::time_point not_before;
    };

    boost::asio::awaitable<void> look();
    std::vector<Followup> take_due();
    // Those that nothing has settled. All of them where the store does not tell.
    boost::asio::awaitable<std::vector<Followup>> still_open(std::vector<Followup> due);
    void start_asking();
    boost::asio::awaitable<void> ask(Followup followup);

    boost::asio::io_context& loop_;
    std::shared_ptr<Clients> clients_;
    prometheus::Counter& told_;
    prometheus::Counter& failed_;
    prometheus::Counter& settled_;
    std::deque<Queued> waiting_;   // for their second to be over
    std::deque<Followup> asking_;  // for their turn
    // Of both, and of what is under way: whether the row tells, for all that was added with this key.
    std::map<std::string, bool> keys_;
    bool looking_ = false;
    std::size_t at_work_ = 0;
};

}  // namespace quittance::webhook_ingester
