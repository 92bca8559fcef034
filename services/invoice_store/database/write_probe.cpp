// The write that proves that writes work: a table of this session alone, large enough that files have to grow, gone
// with the commit.
#include "invoice_store/database/write_probe.hpp"

#include <exception>
#include <string>

#include "postgres/failure.hpp"
#include "runtime/log.hpp"

namespace quittance::invoice_store {
namespace {

using postgres::FailureKind;

// About 300 KB: a disk that is full to the last page is not called free because of what a page has left.
constexpr const char* kWrite =
    "CREATE TEMPORARY TABLE quittance_write_probe ON COMMIT DROP AS"
    " SELECT repeat(md5(n::text), 20) FROM generate_series(1, 400) AS numbers(n)";

void write_something(pqxx::connection& connection, std::chrono::milliseconds patience) {
    pqxx::work transaction(connection, "write_probe");
    transaction.exec0("SET LOCAL statement_timeout = " + std::to_string(patience.count()));
    transaction.exec(kWrite);
    transaction.commit();
}

}  // namespace

WriteProbe::WriteProbe(postgres::Pool& pool) : pool_(pool) {}

bool WriteProbe::writable(std::chrono::milliseconds patience) {
    // Taken back first: what is refused meanwhile is a suspicion of its own.
    if (!suspected_.exchange(false, std::memory_order_relaxed)) return true;
    try {
        auto lease = pool_.acquire(patience);
        try {
            write_something(*lease, patience);
        } catch (...) {
            lease.discard();
            throw;
        }
        return true;
    } catch (...) {
        const auto failure = postgres::classify(std::current_exception());
        runtime::log_warn("a write to prove that writes work was refused",
                          {{"sqlstate", failure.sqlstate}, {"error", failure.text}});
        // A role that may make no temporary tables proves nothing: then it is the batches that say it again.
        if (failure.kind == FailureKind::kBug || failure.kind == FailureKind::kBadData) return true;
    }
    suspect();
    return false;
}

}  // namespace quittance::invoice_store
