// What a failed batch means, decided in one place.
#include "invoice_store/events/batch_retry.hpp"

#include <chrono>
#include <optional>
#include <string>

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

// What may go into the inbox as the reason: the code, never the database's text, which quotes rows.
std::string reason_of(const Failure& failure) {
    return "the database refused the values (SQLSTATE " + failure.sqlstate + ")";
}

class Runner {
  public:
    Runner(pqxx::connection& connection, InvoiceCounts& counts) : connection_(connection), counts_(counts) {}

    // False: the connection is not to be used again.
    bool run(const std::vector<BatchItem>& items) {
        const auto failure = attempt([&] { apply_batch(connection_, items, counts_); });
        if (!failure) return true;
        if (failure->kind != FailureKind::kBadData) return give_up(items, *failure);
        if (items.size() == 1) return park_poison(items.front(), *failure);
        const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
        const std::vector<BatchItem> first(items.begin(), middle);
        const std::vector<BatchItem> second(middle, items.end());
        if (run(first)) return run(second);
        retry_later(second, {FailureKind::kConnectionLost, "", ""});
        return false;
    }

  private:
    // Nothing, or why it failed for good. A unique violation is worth a retry as well: two writers that make the same
    // new row at once meet in an index that ON CONFLICT does not name; the second time the row is there.
    template <class Work>
    static std::optional<Failure> attempt(Work work) {
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

    static bool give_up(const std::vector<BatchItem>& items, const Failure& failure) {
        runtime::log_warn("a batch of events was not written",
                          {{"events", items.size()}, {"sqlstate", failure.sqlstate}, {"error", failure.text}});
        retry_later(items, failure);
        return !postgres::connection_is_spent(failure);
    }

    bool park_poison(const BatchItem& item, const Failure& refusal) {
        runtime::log_error("an event is parked as dead", {{"event_id", item.event->event_id()},
                                                          {"account", item.event->account()},
                                                          {"sqlstate", refusal.sqlstate},
                                                          {"error", refusal.text}});
        const auto failure = attempt([&] { park(connection_, item, reason_of(refusal)); });
        return !failure || give_up({item}, *failure);
    }

    pqxx::connection& connection_;
    InvoiceCounts& counts_;
};

}  // namespace

void run_batch(postgres::Pool& pool, const std::vector<BatchItem>& items, InvoiceCounts& counts) {
    try {
        auto lease = pool.acquire(kConnectionWait);
        if (!Runner(*lease, counts).run(items)) lease.discard();
    } catch (...) {
        const auto failure = postgres::classify(std::current_exception());
        runtime::log_warn("no connection for a batch of events", {{"events", items.size()}, {"error", failure.text}});
        retry_later(items, failure);
    }
}

}  // namespace quittance::invoice_store
