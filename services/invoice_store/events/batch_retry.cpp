#include "invoice_store/events/batch_retry.hpp"

#include <chrono>
#include <optional>
#include <string>

#include "invoice_store/events/batch_transaction.hpp"
#include "postgres/failure.hpp"
#include "runtime/log.hpp"

namespace quittance::invoice_store {
namespace {

using postgres::Failure;
using postgres::FailureKind;

constexpr int kAttempts = 5;
constexpr std::chrono::milliseconds kConnectionWait{2'000};

void retry_later(const std::vector<BatchItem>& items, const Failure& failure) {
    for (const auto& item : items) {
        item.outcome->set_state(v1::EventOutcome::RETRY);
        item.outcome->set_detail(failure.kind == FailureKind::kBug ? "the database refused a statement"
                                                                   : "the database cannot take this now");
    }
}

// Runs `work`, and again after a failure that may pass at once. Unset: it succeeded. Else why it failed for good.
//
// A unique violation is retried too. Two writers that insert the same new row may meet in an index that ON CONFLICT
// does not name; the second attempt finds the row.
template <class Work>
std::optional<Failure> attempt(Work work) {
    std::optional<Failure> failure;
    for (int i = 0; i < kAttempts; ++i) {
        try {
            work();
            return std::nullopt;
        } catch (...) {
            failure = postgres::classify(std::current_exception());
        }
        if (failure->kind != FailureKind::kRetryAtOnce && failure->sqlstate != "23505") break;
    }
    return failure;
}

// Whether the connection may be used again.
bool give_up(const std::vector<BatchItem>& items, const Failure& failure) {
    runtime::log_warn("a batch of events was not written",
                      {{"events", items.size()}, {"sqlstate", failure.sqlstate}, {"error", failure.text}});
    retry_later(items, failure);
    return !postgres::connection_is_spent(failure);
}

// Whether the connection may be used again. The inbox gets the code as the reason, never the database's text, which
// quotes rows.
bool park_refused(pqxx::connection& connection, const BatchItem& item, const Failure& refusal) {
    runtime::log_error("an event is parked as dead", {{"event_id", item.event->event_id()},
                                                      {"account", item.event->account()},
                                                      {"sqlstate", refusal.sqlstate},
                                                      {"error", refusal.text}});
    const auto reason = "the database refused the values (SQLSTATE " + refusal.sqlstate + ")";
    const auto failure = attempt([&] { park(connection, item, reason); });
    return !failure || give_up({item}, *failure);
}

// Whether the connection may be used again.
bool apply_or_split(pqxx::connection& connection, const std::vector<BatchItem>& items, InvoiceCounts& counts) {
    const auto failure = attempt([&] { apply_batch(connection, items, counts); });
    if (!failure) return true;
    if (failure->kind != FailureKind::kBadData) return give_up(items, *failure);
    if (items.size() == 1) return park_refused(connection, items.front(), *failure);
    const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
    const std::vector<BatchItem> second(middle, items.end());
    if (apply_or_split(connection, {items.begin(), middle}, counts)) return apply_or_split(connection, second, counts);
    retry_later(second, {FailureKind::kConnectionLost, "", ""});
    return false;
}

}  // namespace

void run_batch(postgres::Pool& pool, const std::vector<BatchItem>& items, InvoiceCounts& counts) {
    try {
        auto lease = pool.acquire(kConnectionWait);
        if (!apply_or_split(*lease, items, counts)) lease.discard();
    } catch (...) {
        const auto failure = postgres::classify(std::current_exception());
        runtime::log_warn("no connection for a batch of events", {{"events", items.size()}, {"error", failure.text}});
        retry_later(items, failure);
    }
}

}  // namespace quittance::invoice_store
