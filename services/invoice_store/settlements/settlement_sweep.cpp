// Replicas of the store need not agree: recomputing a settlement twice gives the same result.
#include "invoice_store/settlements/settlement_sweep.hpp"

#include <exception>

#include "invoice_store/settlements/stale_settlements.hpp"
#include "postgres/failure.hpp"
#include "runtime/log.hpp"

namespace quittance::invoice_store {
namespace {

constexpr int kRecentSeconds = 600;
constexpr int kSweepLimit = 200;
constexpr std::chrono::milliseconds kConnectionWait{1'000};

}  // namespace

SettlementSweep::SettlementSweep(postgres::Pool& pool, std::chrono::milliseconds interval,
                                 const std::atomic<bool>& ready)
    : pool_(pool), ready_(ready), thread_("settlement sweep", interval) {
    const runtime::Pause pause{interval};
    const auto sweep = [this, pause] {
        if (ready_.load(std::memory_order_acquire) && sweep_once(window_seconds_)) window_seconds_ = kRecentSeconds;
        return pause;
    };
    thread_.start(sweep, pause);
}

bool SettlementSweep::sweep_once(int window_seconds) {
    try {
        auto lease = pool_.acquire(kConnectionWait);
        try {
            recompute_stale_after(*lease, round_, kSweepLimit);
            return recompute_waiting_facts(*lease, window_seconds, kSweepLimit) < kSweepLimit;
        } catch (...) {
            lease.discard();
            throw;
        }
    } catch (...) {
        runtime::log_warn("the sweep for settlements that do not fit their invoices failed",
                          {{"error", postgres::classify(std::current_exception()).text}});
        return false;
    }
}

}  // namespace quittance::invoice_store
