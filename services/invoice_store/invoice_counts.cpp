// The counting part of the statements that write invoices, and the growth of the tree.
#include "invoice_store/invoice_counts.hpp"

#include "invoice_store/customers.hpp"
#include "runtime/log.hpp"

namespace quittance::invoice_store {
namespace {

// A node with more invoices of one slot is crowded: so many are skipped one by one at most, times the slots in use.
// Skipping 500 in an index costs PostgreSQL less than the rows of a page. The migration has the same number.
constexpr int kCrowd = 500;
constexpr int kLeastDigits = 2;
constexpr int kMostDigits = 12;

// left(x, 2), left(x, 3) … : the nodes that an id may have children in.
std::string inner_prefixes(const std::string& id) {
    std::string list;
    for (int digits = kLeastDigits; digits < kMostDigits; ++digits)
        list += (list.empty() ? "left(" : ", left(") + id + ", " + std::to_string(digits) + ")";
    return list;
}

}  // namespace

std::string counting_expressions(std::string_view slot) {
    // Most events leave the numbers as they are; only the rows that do not go on.
    return "turned AS MATERIALIZED (SELECT id, team_id, status <> 'deleted' AS live, previous_team_id,"
           " coalesce(previous_status <> 'deleted', false) AS was_live FROM written"
           " WHERE previous_status IS NULL OR (status = 'deleted') <> (previous_status = 'deleted')"
           " OR team_id <> previous_team_id"
           "), steps AS ("
           " SELECT '' AS scope_id, id, live::integer - was_live::integer AS n FROM turned WHERE live <> was_live"
           " UNION ALL SELECT team_id, id, 1 FROM turned WHERE live AND team_id <> ''"
           " UNION ALL SELECT previous_team_id, id, -1 FROM turned WHERE was_live AND previous_team_id <> ''"
           "), paths AS ("
           " SELECT scope_id, left(id, " +
           std::to_string(kLeastDigits) +
           ") AS prefix, n FROM steps"
           " UNION ALL SELECT t.scope_id, left(t.id, length(s.prefix) + 1), t.n FROM steps t"
           " CROSS JOIN LATERAL (SELECT prefix FROM invoice_count_splits"
           " WHERE scope_id = t.scope_id AND prefix = ANY (ARRAY[" +
           inner_prefixes("t.id") +
           "]) OFFSET 0) s"
           "), paged AS (INSERT INTO invoice_counts AS c (scope_id, digits, prefix, slot, invoices)"
           " SELECT scope_id, length(prefix), prefix, " +
           std::string(slot) +
           ", sum(n) FROM paths GROUP BY scope_id, prefix HAVING sum(n) <> 0"
           " ORDER BY scope_id, length(prefix), prefix"
           " ON CONFLICT (scope_id, digits, prefix, slot) DO UPDATE SET invoices = c.invoices + excluded.invoices"
           " RETURNING c.scope_id, c.digits, c.prefix, c.invoices"
           "), crowded AS (SELECT string_agg(p.scope_id || '/' || p.prefix, ',') AS nodes FROM paged p"
           " WHERE p.invoices > " +
           std::to_string(kCrowd) + " AND p.digits < " + std::to_string(kMostDigits) +
           " AND NOT EXISTS (SELECT FROM invoice_count_splits s"
           " WHERE s.scope_id = p.scope_id AND s.prefix = p.prefix))";
}

void split_crowded(pqxx::connection& connection, std::string_view nodes) noexcept {
    if (nodes.empty()) return;
    try {
        pqxx::work transaction(connection);
        // Alone: a batch that is under way does not know of the children, and they would miss what it writes.
        transaction.exec_params("SELECT pg_advisory_xact_lock($1)", kRegistrationLock);
        transaction.exec_params(
            "SELECT split_invoice_counts(split_part(node, '/', 1), split_part(node, '/', 2), $2)"
            " FROM unnest(string_to_array($1, ',')) AS node",
            std::string(nodes), kCrowd);
        transaction.commit();
    } catch (const std::exception& failure) {
        try {
            runtime::log_warn("page counts stay crowded for now", {{"detail", failure.what()}});
        } catch (const std::exception&) {
            // A log that cannot be written is no reason to fail a batch that is committed.
        }
    }
}

}  // namespace quittance::invoice_store
