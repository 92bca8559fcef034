// It writes a hundred rows and pauses, so that lists of an old table do not flood the write-ahead log.
#include "invoice_store/lists/list_projection_backfill.hpp"

#include <chrono>
#include <exception>

#include "invoice_store/invoices/columns.hpp"
#include "invoice_store/invoices/list_projection.hpp"
#include "postgres/failure.hpp"
#include "postgres/literal.hpp"
#include "runtime/log.hpp"

namespace quittance::invoice_store {
namespace {

constexpr std::size_t kMostQueued = 10'000;
constexpr std::size_t kBatch = 100;
constexpr std::chrono::milliseconds kPause{100};
constexpr std::chrono::milliseconds kPauseAfterFailure{5'000};
constexpr std::chrono::milliseconds kConnectionWait{1'000};

}  // namespace

std::size_t write_missing_projections(pqxx::connection& connection, const std::vector<std::string>& ids) {
    // The lock keeps the rows unchanged until their projections are written. read_invoice raises update_time to that
    // of the settlement, which is not part of the projection; so the column is read beside it.
    static const std::string kRead = "SELECT i.update_time, " + std::string(select_list(v1::VIEW_BILLING)) +
                                     " FROM invoices i WHERE i.id = ANY ($1::text[]) AND " + ListProjection::missing() +
                                     " ORDER BY i.id FOR NO KEY UPDATE OF i SKIP LOCKED";
    postgres::ArrayLiteral wanted;
    for (const auto& id : ids) wanted.add_text(id);
    pqxx::work transaction(connection);
    transaction.exec0("SET LOCAL statement_timeout = 500");
    const auto rows = transaction.exec_params(kRead, wanted.take());
    postgres::ArrayLiteral found;
    postgres::ArrayLiteral entries;
    for (const auto& row : rows) {
        auto invoice = read_invoice(row, 1, v1::VIEW_BILLING);
        *invoice.mutable_update_time() = postgres::timestamp_of(row[0].c_str());
        found.add_text(invoice.id());
        entries.add_text(ListProjection::write(invoice));
    }
    const auto written = transaction.exec_params(
        "UPDATE invoices i SET list_entry = w.list_entry FROM unnest($1::text[], $2::text[]) AS w(id, list_entry)"
        " WHERE i.id = w.id AND i.list_entry IS DISTINCT FROM w.list_entry",
        found.take(), entries.take());
    transaction.commit();
    return written.affected_rows();
}

ListProjectionBackfill::ListProjectionBackfill(postgres::Pool& pool, runtime::Metrics& metrics)
    : pool_(pool),
      written_(metrics.counter("quittance_list_entries_written_total",
                               "List entries written because a list had met an invoice without one")),
      thread_("list entries", kPauseAfterFailure) {
    thread_.start([this] { return write_batch(); }, runtime::Pause::forever());
}

void ListProjectionBackfill::add(const std::vector<std::string>& ids) {
    if (ids.empty()) return;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& id : ids) {
            if (waiting_.size() == kMostQueued) break;
            waiting_.insert(id);
        }
    }
    thread_.wake();
}

std::vector<std::string> ListProjectionBackfill::take_batch() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    while (!waiting_.empty() && ids.size() < kBatch) ids.push_back(waiting_.extract(waiting_.begin()).value());
    return ids;
}

runtime::Pause ListProjectionBackfill::write_batch() {
    const auto ids = take_batch();
    if (ids.empty()) return runtime::Pause::forever();
    if (write(ids)) return {kPause, kPause};
    const std::lock_guard lock(mutex_);
    waiting_.clear();  // the next lists add them again
    return {kPauseAfterFailure, kPauseAfterFailure};
}

bool ListProjectionBackfill::write(const std::vector<std::string>& ids) {
    try {
        auto lease = pool_.acquire(kConnectionWait);
        try {
            written_.increment(static_cast<double>(write_missing_projections(*lease, ids)));
            return true;
        } catch (...) {
            if (postgres::connection_is_spent(postgres::classify(std::current_exception()))) lease.discard();
            throw;
        }
    } catch (...) {
        runtime::log_warn("list entries were not written",
                          {{"invoices", ids.size()}, {"error", postgres::classify(std::current_exception()).text}});
        return false;
    }
}

}  // namespace quittance::invoice_store
