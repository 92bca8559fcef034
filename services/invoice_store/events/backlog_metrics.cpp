// Both counts read few rows: the partial index of dead events, and a queue that is normally empty.
#include "invoice_store/events/backlog_metrics.hpp"

#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <string>

#include "invoice_store/events/refetch_queue.hpp"
#include "postgres/failure.hpp"
#include "runtime/log.hpp"

namespace quittance::invoice_store {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kMinInterval{5};
constexpr std::chrono::milliseconds kConnectionWait{200};

struct Backlog {
    postgres::Pool& pool;
    const std::atomic<bool>& ready;
    runtime::Gauge dead;
    runtime::Gauge refetches;
    std::map<std::string, runtime::Gauge> doubts;  // by reason
    SteadyClock::time_point next_count{};

    void refresh() {
        if (!ready.load(std::memory_order_acquire) || SteadyClock::now() < next_count) return;
        next_count = SteadyClock::now() + kMinInterval;
        try {
            auto lease = pool.acquire(kConnectionWait);
            try {
                count(*lease);
            } catch (...) {
                lease.discard();
                throw;
            }
        } catch (...) {
            runtime::log_warn("dead events and refetches were not counted",
                              {{"error", postgres::classify(std::current_exception()).text}});
        }
    }

    void count(pqxx::connection& connection) {
        pqxx::work transaction(connection, "backlog");
        // A scrape must not wait long: readiness checks run on the same thread.
        transaction.exec0("SET LOCAL statement_timeout = 1000");
        const auto dead_events = transaction.exec1("SELECT count(*) FROM events WHERE state = 'dead'");
        const auto by_reason = transaction.exec(
            "SELECT CASE last_result WHEN 'not_found' THEN last_result ELSE reason END, count(*)"
            " FROM refetches GROUP BY 1");
        transaction.commit();
        dead.set(dead_events[0].as<double>());
        double total = 0;
        for (auto& [reason, gauge] : doubts) gauge.set(0);
        for (const auto& row : by_reason) {
            total += row[1].as<double>();
            if (const auto gauge = doubts.find(row[0].c_str()); gauge != doubts.end())
                gauge->second.set(row[1].as<double>());
        }
        refetches.set(total);
    }
};

}  // namespace

void show_backlog(runtime::Metrics& metrics, postgres::Pool& pool, const std::atomic<bool>& ready) {
    const auto dead =
        metrics.gauge("quittance_events_dead", "Events that could not be applied and wait for an operator");
    const auto refetches =
        metrics.gauge("quittance_refetches_queued", "Invoices in doubt that wait for a refetch from Stripe");
    dead.set(-1);
    refetches.set(-1);
    const auto backlog = std::make_shared<Backlog>(Backlog{pool, ready, dead, refetches, {}});
    for (const auto* reason : kRefetchReasons)
        backlog->doubts.emplace(
            reason, metrics.gauge("quittance_invoices_in_doubt", "Invoices that Stripe has to be asked about.",
                                  {{"reason", reason}}));
    metrics.before_scrape([backlog] { backlog->refresh(); });
}

}  // namespace quittance::invoice_store
