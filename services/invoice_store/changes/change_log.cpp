#include "invoice_store/changes/change_log.hpp"

#include "invoice_store/database/advisory_locks.hpp"
#include "invoice_store/invoices/columns.hpp"
#include "invoice_store/invoices/invoice_lookup.hpp"
#include "invoice_store/replica/wal_position.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

constexpr const char* kReadEnd = "read_change_log_end";
constexpr const char* kCheck = "check_resumption";
constexpr const char* kWindowEnd = "changes_window_end";
constexpr const char* kHorizon = "changes_horizon";
constexpr int kFirstOfInvoice = 8;

// A page reads at most this many changes of all scopes, so that it costs about the same where the scope has few.
constexpr const char* kWindow =
    "FROM invoice_changes WHERE seq > $1::bigint AND seq <= $2::bigint ORDER BY seq LIMIT 1000";
constexpr const char* kMicros = "(extract(epoch FROM changed_at) * 1000000)::bigint";

std::string page_name(v1::View view) {
    return "changes_" + std::to_string(view);
}

// An invoice with its lines may be large: it may have hundreds.
std::size_t page_size(v1::View view) {
    return view == v1::VIEW_FULL || view == v1::VIEW_BILLING ? 20 : 100;
}

std::string in_scope(const std::string& team) {
    return "($3::text = '*' OR " + team + " = ANY (string_to_array($3::text, ',')))";
}

// A lateral join with a limit stays one look-up for each change, whatever the planner estimates for the window.
std::string page_statement(v1::View view) {
    return "WITH seen AS MATERIALIZED (SELECT * " + std::string(kWindow) +
           "), page AS MATERIALIZED (SELECT * FROM seen WHERE " + in_scope("team_id") + " OR " +
           in_scope("previous_team_id") + " ORDER BY seq LIMIT " + std::to_string(page_size(view)) +
           ") SELECT c.seq, " + kMicros + ", c.invoice_id, c.status, c.previous_status, c.changed_at, " +
           in_scope("c.team_id") + ", " + in_scope("c.previous_team_id") + ", " + std::string(select_list(view)) +
           " FROM page c LEFT JOIN LATERAL (SELECT * FROM invoices r WHERE r.id = c.invoice_id AND " +
           in_scope("r.team_id") + " LIMIT 1) i ON true ORDER BY c.seq";
}

ChangePosition position_of(const pqxx::row& row, int first) {
    return {row[first].as<std::int64_t>(), row[first + 1].as<std::int64_t>()};
}

grpc::Status too_old() {
    return rpc::make_status(grpc::StatusCode::OUT_OF_RANGE, "the changes after this resume token are no longer kept",
                            "resume_token_too_old");
}

bool is_true(const pqxx::field& field) {
    return field.c_str()[0] == 't';
}

// Leaves out what the scope may not see: an invoice that is outside now, and its status before it came or after it
// left.
v1::WatchInvoicesResponse change_of(const pqxx::row& row, v1::View view) {
    v1::WatchInvoicesResponse change;
    if (row[kFirstOfInvoice].is_null())
        change.mutable_invoice()->set_id(row[2].c_str());
    else
        *change.mutable_invoice() = read_invoice(row, kFirstOfInvoice, view);
    if (is_true(row[6])) change.set_status(row[3].c_str());
    if (is_true(row[7])) change.set_previous_status(row[4].c_str());
    *change.mutable_change_time() = postgres::timestamp_of(row[5].c_str());
    return change;
}

}  // namespace

void prepare_changes(pqxx::connection& connection) {
    // The barrier is taken while the row is computed, after the statement's snapshot fixed the newest change.
    postgres::prepare(connection, kReadEnd,
                      std::string("WITH newest AS MATERIALIZED ((SELECT seq, changed_at FROM invoice_changes"
                                  " ORDER BY seq DESC LIMIT 1) UNION ALL SELECT trimmed_through, trimmed_at"
                                  " FROM invoice_changes_horizon ORDER BY seq DESC LIMIT 1)"
                                  " SELECT seq, ") +
                          kMicros +
                          ", (SELECT feed_id FROM invoice_changes_horizon),"
                          " pg_snapshot_xmin(pg_current_snapshot())::text,"
                          " CASE WHEN seq > $1::bigint THEN pg_current_xact_id()::text END, " +
                          "CASE WHEN $2::boolean THEN " + kCurrentWalPosition + " END FROM newest");
    postgres::prepare(connection, kCheck,
                      std::string("SELECT h.trimmed_through <= $2::bigint AND h.feed_id = $1::text AND EXISTS "
                                  "(SELECT FROM (SELECT seq, changed_at FROM invoice_changes"
                                  " WHERE seq = $2::bigint UNION ALL SELECT h.trimmed_through, h.trimmed_at)"
                                  " known WHERE seq = $2::bigint AND ") +
                          kMicros + " = $3::bigint) FROM invoice_changes_horizon h");
    postgres::prepare(connection, kWindowEnd,
                      std::string("SELECT seq, ") + kMicros + " FROM (SELECT seq, changed_at " + kWindow +
                          ") seen ORDER BY seq DESC LIMIT 1");
    postgres::prepare(connection, kHorizon, "SELECT trimmed_through FROM invoice_changes_horizon");
    for (const auto view : kViews) postgres::prepare(connection, page_name(view), page_statement(view));
}

ChangeLogEnd read_change_log_end(pqxx::connection& connection, std::int64_t after, bool with_position) {
    pqxx::nontransaction session(connection);
    const auto row = postgres::exec_prepared1(session, kReadEnd, after, with_position);
    ChangeLogEnd end;
    end.newest = position_of(row, 0);
    end.feed_id = row[2].c_str();
    end.oldest_running = row[3].as<std::uint64_t>();
    if (!row[4].is_null()) end.barrier = row[4].as<std::uint64_t>();
    end.position = row[5].as<std::string>("");
    return end;
}

grpc::Status check_resumption(pqxx::connection& connection, const ChangeToken& token) {
    pqxx::nontransaction session(connection);
    const auto row =
        postgres::exec_prepared1(session, kCheck, token.feed_id, token.position.seq, token.position.micros);
    return is_true(row[0]) ? grpc::Status::OK : too_old();
}

rpc::Result<ChangePage> read_changes(pqxx::connection& connection, const ChangePosition& start, std::int64_t through,
                                     const v1::WatchInvoicesRequest& request) {
    const auto view = answering_view(request.view());
    const auto teams = teams_of(request.scope(), request.has_scope());
    ChangePage page;
    page.end = start;
    pqxx::nontransaction session(connection);
    for (const auto& row : postgres::exec_prepared(session, page_name(view), start.seq, through, teams)) {
        page.changes.push_back(change_of(row, view));
        page.positions.push_back(position_of(row, 0));
    }
    const bool is_whole_page = page.changes.size() == page_size(view);
    if (is_whole_page || (teams == "*" && !page.positions.empty())) {
        page.end = page.positions.back();
    } else {
        // The rest of the window has no change of the scope.
        const auto end = postgres::exec_prepared(session, kWindowEnd, start.seq, through);
        if (!end.empty()) page.end = position_of(end[0], 0);
    }
    // Read last, so that it shows every trim before the page was read.
    if (postgres::exec_prepared1(session, kHorizon)[0].as<std::int64_t>() > start.seq) return too_old();
    return page;
}

std::int64_t trim_changes(pqxx::connection& connection, std::int64_t keep_seconds) {
    pqxx::work transaction(connection);
    if (!is_true(transaction.exec_params1("SELECT pg_try_advisory_xact_lock($1)", kTrimLock)[0])) return 0;
    const auto rows = transaction.exec_params(R"(
        WITH last AS (
            SELECT seq, changed_at FROM (SELECT seq, changed_at FROM invoice_changes ORDER BY seq LIMIT 5000) oldest
            WHERE changed_at < now() - make_interval(secs => $1) ORDER BY seq DESC LIMIT 1),
        gone AS (DELETE FROM invoice_changes c USING last WHERE c.seq <= last.seq RETURNING 1)
        UPDATE invoice_changes_horizon SET trimmed_through = last.seq, trimmed_at = last.changed_at FROM last
        RETURNING (SELECT count(*) FROM gone))",
                                              keep_seconds);
    transaction.commit();
    return rows.empty() ? 0 : rows[0][0].as<std::int64_t>();
}

}  // namespace quittance::invoice_store
