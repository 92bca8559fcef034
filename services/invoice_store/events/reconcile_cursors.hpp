// Cursors of the readers of Stripe's lists: one named text each, shared by all replicas.
#pragma once

#include <pqxx/pqxx>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

// Requests must be free of violations (validation.hpp).
rpc::Result<v1::Cursor> get_cursor(pqxx::connection& connection, const v1::GetCursorRequest& request);

// ABORTED (reason "cursor_moved"): the cursor has another value than the caller expects.
rpc::Result<v1::Cursor> move_cursor(pqxx::connection& connection, const v1::MoveCursorRequest& request);

}  // namespace quittance::invoice_store
