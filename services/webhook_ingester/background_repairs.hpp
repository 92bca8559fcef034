// The ingester's jobs beside webhooks. They refetch invoices after events that left a question, follow Stripe's events
// for what no webhook brought, and audit invoices that are not final. All replicas may do so at once.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "reconcile/audit.hpp"
#include "reconcile/events.hpp"
#include "reconcile/money_audit.hpp"
#include "runtime/metrics.hpp"
#include "webhook_ingester/refetch_scheduler.hpp"

namespace quittance::webhook_ingester {

struct RepairOptions {
    std::vector<std::string> accounts;         // labels
    std::chrono::seconds reconcile_every{60};  // on average; 0: never
    std::chrono::seconds reconcile_overlap{600};
    std::chrono::seconds reconcile_min_age{60};
    std::chrono::seconds audit_every{3'600};  // one replica at a time; 0: never
    std::chrono::hours walk_time{30 * 24};    // in which the audits compare every invoice, refund and dispute once
    // How often the store's refetch queue is read, and the age of what is taken from it: the replica that got the event
    // asks first.
    std::chrono::milliseconds queue_every{30'000};
    std::chrono::milliseconds queue_min_age{20'000};
};

// For a loop with one thread. All references must outlive this object, and it must outlive the last run of the loop.
class BackgroundRepairs {
  public:
    BackgroundRepairs(boost::asio::io_context& loop, clients::Services& services, RepairOptions options,
                      runtime::Metrics& metrics);

    // Starts the jobs. They run as long as the loop.
    void start();

    // Asks Stripe soon, in the background.
    void follow_up(Followup followup) { scheduler_.add(std::move(followup)); }

  private:
    boost::asio::awaitable<void> read_refetch_queue();
    boost::asio::awaitable<void> follow_events(std::string account);
    void take_report(const std::string& account, const reconcile::EventsReport& report, const runtime::Counter& found);
    boost::asio::awaitable<void> audit(std::string account);
    // The parts of one audit. Each counts and logs what it finds. `pages`: of each walk.
    boost::asio::awaitable<void> audit_invoices(const std::string& account, int pages);
    boost::asio::awaitable<void> audit_money(const std::string& account, int pages);
    // The pages of each walk that one audit has to take so that the walks are over in walk_time.
    reconcile::Answer<int> pages_of_a_walk(const std::string& account);
    void take_report(const std::string& account, const char* what, const rpc::Result<reconcile::AuditReport>& report);
    void take_report(const std::string& account, const char* what, const rpc::Result<reconcile::MoneyReport>& report);
    // True if this replica has to run the account's next audit.
    reconcile::Answer<bool> take_turn(const std::string& account);

    boost::asio::io_context& loop_;
    clients::Services& services_;
    const RepairOptions options_;
    runtime::Metrics& metrics_;
    RefetchScheduler scheduler_;
    runtime::Gauge waiting_;
};

}  // namespace quittance::webhook_ingester
