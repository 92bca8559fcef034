// The statements of the table of changes: how far it can be read, a page of it, and its trimming.
//
// A change's number is drawn before its transaction commits, so a smaller number may appear after a greater one. Nobody
// may read past a number that can still appear. So a reader looks at the newest change that it can see and then takes a
// transaction id of its own, the barrier: whoever drew a smaller number had its id before. Once every transaction below
// the barrier has ended, all changes up to that one are settled: they are there, or will never be.
#pragma once

#include <cstdint>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

// A change that is or was in the table; {0, 0}: before the first.
struct ChangePosition {
    std::int64_t seq = 0;
    std::int64_t micros = 0;  // its time: after a restore the same number is another change
};

struct ChangeToken {
    std::string feed_id;  // 16 hex digits: which database
    ChangePosition position;
};

// What one look at the end of the table tells.
struct ChangeLogEnd {
    std::string feed_id;
    ChangePosition newest;
    std::uint64_t oldest_running = 0;      // every transaction with a smaller id has ended
    std::optional<std::uint64_t> barrier;  // taken where there are changes after `after`
    std::string position;                  // reads after it see all that the look saw; empty where none was asked for
};

struct ChangePage {
    std::vector<v1::WatchInvoicesResponse> changes;  // without tokens
    std::vector<ChangePosition> positions;           // of each
    ChangePosition end;                              // where the next page begins; never before the start of this one
};

void prepare_changes(pqxx::connection& connection);

// On the primary alone.
ChangeLogEnd read_change_log_end(pqxx::connection& connection, std::int64_t after, bool with_position);

// OK, or OUT_OF_RANGE (reason "resume_token_too_old"): what follows the position is not all there, or it was never a
// position in this database.
grpc::Status check_resumption(pqxx::connection& connection, const ChangeToken& token);

// The first changes after `start` and up to `through`, which must be settled, as far as the scope holds them: at most
// 100, or 20 in the full view. OUT_OF_RANGE as above where they were trimmed meanwhile.
rpc::Result<ChangePage> read_changes(pqxx::connection& connection, const ChangePosition& start, std::int64_t through,
                                     const v1::WatchInvoicesRequest& request);

// Takes away the oldest changes that are older than this, some thousands at a time, unless another process is at it.
// Returns how many went; 0: it is done.
std::int64_t trim_changes(pqxx::connection& connection, std::int64_t keep_seconds);

}  // namespace quittance::invoice_store
