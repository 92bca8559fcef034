// The probe writes a temporary table that is large enough to make files grow. The commit drops it.
#include "invoice_store/database/write_probe.hpp"

#include <exception>
#include <string>

#include "postgres/failure.hpp"
#include "runtime/log.hpp"

namespace quittance::invoice_store {
namespace {

using postgres::FailureKind;

// About 300 KB: more than the free space in pages of a full disk.
constexpr const char* kWrite =
    "CREATE TEMPORARY TABLE quittance_write_probe ON COMMIT DROP AS"
    " SELECT repeat(md5(n::text), 20) FROM generate_series(1, 400) AS numbers(n)";

void write_something(pqxx::connection& connection, std::chrono::milliseconds timeout) {
    pqxx::work transaction(connection, "write_probe");
    transaction.exec0("SET LOCAL statement_timeout = " + std::to_string(timeout.count()));
    transaction.exec(kWrite);
    transaction.commit();
}

}  // namespace

WriteProbe::WriteProbe(postgres::Pool& pool) : pool_(pool) {}

bool WriteProbe::writable(std::chrono::milliseconds timeout) {
    // Reset first: a write that is refused meanwhile sets it again.
    if (!suspected_.exchange(false, std::memory_order_relaxed)) return true;
    try {
        auto lease = pool_.acquire(timeout);
        try {
            write_something(*lease, timeout);
        } catch (...) {
            lease.discard();
            throw;
        }
        return true;
    } catch (...) {
        const auto failure = postgres::classify(std::current_exception());
        runtime::log_warn("the database refused the write probe",
                          {{"sqlstate", failure.sqlstate}, {"error", failure.text}});
        // A role without the right to create temporary tables proves nothing. Batches report again if they fail.
        if (failure.kind == FailureKind::kBug || failure.kind == FailureKind::kBadData) return true;
    }
    suspect();
    return false;
}

}  // namespace quittance::invoice_store
