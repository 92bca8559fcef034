// Replicas of the store need not agree: recomputing a settlement twice gives the same result.
#include "invoice_store/settlements/settlement_sweep.hpp"

#include <exception>

#include "invoice_store/settlements/payment_facts.hpp"
#include "postgres/failure.hpp"
#include "runtime/log.hpp"

namespace quittance::invoice_store {
namespace {

constexpr int kAllFacts = 0;
constexpr int kRecentSeconds = 600;
constexpr int kSweepLimit = 200;
constexpr std::chrono::milliseconds kConnectionWait{1'000};

}  // namespace

SettlementSweep::SettlementSweep(postgres::Pool& pool, std::chrono::milliseconds interval,
                                 const std::atomic<bool>& ready)
    : pool_(pool), interval_(interval), ready_(ready), thread_([this] { keep_sweeping(); }) {}

void SettlementSweep::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void SettlementSweep::keep_sweeping() {
    int window_seconds = kAllFacts;
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, interval_, [this] { return stopping_; })) {
        lock.unlock();
        if (ready_.load(std::memory_order_acquire) && sweep_once(window_seconds)) window_seconds = kRecentSeconds;
        lock.lock();
    }
}

bool SettlementSweep::sweep_once(int window_seconds) {
    try {
        auto lease = pool_.acquire(kConnectionWait);
        try {
            const auto found = find_overlooked_payments(*lease, window_seconds, kSweepLimit);
            if (!found.empty()) recompute_waiting_settlements(*lease, found);
            return found.size() < static_cast<std::size_t>(kSweepLimit);
        } catch (...) {
            lease.discard();
            throw;
        }
    } catch (...) {
        runtime::log_warn("the sweep for payments that wait for their invoice failed",
                          {{"error", postgres::classify(std::current_exception()).text}});
        return false;
    }
}

}  // namespace quittance::invoice_store
