// The loop. Replicas need not agree: settling twice comes to the same.
#include "invoice_store/settlements/settlement_sweep.hpp"

#include <exception>

#include "invoice_store/settlements/payment_facts.hpp"
#include "postgres/failure.hpp"
#include "runtime/log.hpp"

namespace quittance::invoice_store {
namespace {

constexpr int kEverything = 0;
constexpr int kRecentSeconds = 600;
constexpr int kAtOnce = 200;
constexpr std::chrono::milliseconds kConnectionWait{1'000};

}  // namespace

SettlementSweep::SettlementSweep(postgres::Pool& pool, std::chrono::milliseconds interval,
                                   const std::atomic<bool>& ready)
    : pool_(pool), interval_(interval), ready_(ready), thread_([this] { keep_looking(); }) {}

void SettlementSweep::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void SettlementSweep::keep_looking() {
    int window_seconds = kEverything;
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, interval_, [this] { return stopping_; })) {
        lock.unlock();
        if (ready_.load(std::memory_order_acquire) && look(window_seconds)) window_seconds = kRecentSeconds;
        lock.lock();
    }
}

bool SettlementSweep::look(int window_seconds) {
    try {
        auto lease = pool_.acquire(kConnectionWait);
        try {
            const auto found = find_overlooked_payments(*lease, window_seconds, kAtOnce);
            if (!found.empty()) recompute_waiting_settlements(*lease, found);
            return found.size() < static_cast<std::size_t>(kAtOnce);
        } catch (...) {
            lease.discard();
            throw;
        }
    } catch (...) {
        runtime::log_warn("payments that wait for their invoice were not looked at",
                          {{"error", postgres::classify(std::current_exception()).text}});
        return false;
    }
}

}  // namespace quittance::invoice_store
