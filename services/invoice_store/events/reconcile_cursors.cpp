// A cursor moves by compare and set in one statement. If two replicas move it from the same value, one gets ABORTED.
#include "invoice_store/events/reconcile_cursors.hpp"

#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

v1::Cursor cursor_of(const std::string& name, const pqxx::row& row) {
    v1::Cursor cursor;
    cursor.set_name(name);
    cursor.set_value(row[0].c_str());
    *cursor.mutable_move_time() = postgres::timestamp_of(row[1].c_str());
    return cursor;
}

}  // namespace

rpc::Result<v1::Cursor> get_cursor(pqxx::connection& connection, const v1::GetCursorRequest& request) {
    pqxx::nontransaction session(connection);
    const auto rows = session.exec_params("SELECT value, moved_at FROM cursors WHERE name = $1", request.name());
    if (!rows.empty()) return cursor_of(request.name(), rows[0]);
    v1::Cursor unset;
    unset.set_name(request.name());
    return unset;
}

rpc::Result<v1::Cursor> move_cursor(pqxx::connection& connection, const v1::MoveCursorRequest& request) {
    pqxx::nontransaction session(connection);
    // A missing row is an empty cursor. Only a caller that expects an empty cursor may insert it.
    const auto rows = session.exec_params(
        "INSERT INTO cursors AS c (name, value) SELECT $1, $3 WHERE $2 = '' OR EXISTS"
        " (SELECT FROM cursors WHERE name = $1)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value, moved_at = now() WHERE c.value = $2"
        " RETURNING value, moved_at",
        request.name(), request.expected(), request.value());
    if (rows.empty())
        return rpc::make_status(grpc::StatusCode::ABORTED, "another caller moved the cursor", "cursor_moved");
    return cursor_of(request.name(), rows[0]);
}

}  // namespace quittance::invoice_store
