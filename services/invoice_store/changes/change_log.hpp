// The statements of the table of changes: the frontier up to which it can be read, a page of it, and its trimming.
//
// A transaction draws a change's number before it commits, so a smaller number may appear after a greater one. No
// reader may read past a number that can still appear. A reader therefore notes the newest visible change and then
// takes a transaction id of its own, the barrier. Every transaction that drew a smaller number has a smaller id. Once
// all transactions below the barrier have ended, the frontier moves to the noted change: no number before it can
// appear.
#pragma once

#include <cstdint>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

// A change that is or was in the table; {0, 0}: before the first change.
struct ChangePosition {
    std::int64_t seq = 0;
    std::int64_t micros = 0;  // its time: after a restore the same number is another change
};

struct ChangeToken {
    std::string feed_id;  // 16 hex digits that identify the database
    ChangePosition position;
};

// The end of the table as one poll sees it.
struct ChangeLogEnd {
    std::string feed_id;
    ChangePosition newest;
    std::uint64_t oldest_running = 0;      // every transaction with a smaller id has ended
    std::optional<std::uint64_t> barrier;  // taken where there are changes after `after`
    std::string position;                  // reads after it see all that the poll saw; empty if not requested
};

struct ChangePage {
    std::vector<v1::WatchInvoicesResponse> changes;  // without tokens
    std::vector<ChangePosition> positions;           // of each
    ChangePosition end;                              // the start of the next page; never before the start of this one
};

void prepare_changes(pqxx::connection& connection);

// Works on the primary only.
ChangeLogEnd read_change_log_end(pqxx::connection& connection, std::int64_t after, bool with_position);

// OK, or OUT_OF_RANGE (reason "resume_token_too_old"): changes after the position were trimmed, or it was never a
// position in this database.
grpc::Status check_resumption(pqxx::connection& connection, const ChangeToken& token);

// The scope's first changes after `start` and up to `through`, which must not be past the frontier: at most 100, or 20
// in the full view. OUT_OF_RANGE as above if changes were trimmed meanwhile.
rpc::Result<ChangePage> read_changes(pqxx::connection& connection, const ChangePosition& start, std::int64_t through,
                                     const v1::WatchInvoicesRequest& request);

// Deletes the oldest changes beyond this age, some thousands at a time, unless another process is trimming. Returns the
// number of deleted changes; 0: none is left.
std::int64_t trim_changes(pqxx::connection& connection, std::int64_t keep_seconds);

}  // namespace quittance::invoice_store
