// Both counts read few rows: the partial index of dead events, and a queue that is normally empty.
#include "invoice_store/database/backlog_metrics.hpp"

#include <chrono>
#include <exception>
#include <memory>

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
    prometheus::Gauge& dead;
    prometheus::Gauge& refetches;
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
        const auto row = transaction.exec1(
            "SELECT (SELECT count(*) FROM events WHERE state = 'dead'), (SELECT count(*) FROM refetches)");
        transaction.commit();
        dead.Set(row[0].as<double>());
        refetches.Set(row[1].as<double>());
    }
};

}  // namespace

void show_backlog(runtime::Metrics& metrics, postgres::Pool& pool, const std::atomic<bool>& ready) {
    auto& dead = metrics.gauge("quittance_events_dead", "Events that could not be applied and wait for an operator");
    auto& refetches =
        metrics.gauge("quittance_refetches_queued", "Invoices in doubt that wait for a refetch from Stripe");
    dead.Set(-1);
    refetches.Set(-1);
    const auto backlog = std::make_shared<Backlog>(Backlog{pool, ready, dead, refetches});
    metrics.before_scrape([backlog] { backlog->refresh(); });
}

}  // namespace quittance::invoice_store
