// A walk from the root: of the children of a node, the newest first, the one in which the running sum passes the
// offset.
#include "invoice_store/counts/offset_lookup_sql.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>

namespace quittance::invoice_store {
namespace {

// `sql` with each {name} replaced by its value.
std::string filled(std::string sql, std::initializer_list<std::pair<std::string_view, std::string>> values) {
    for (const auto& [name, value] : values) {
        const auto hole = "{" + std::string(name) + "}";
        for (auto at = sql.find(hole); at != std::string::npos; at = sql.find(hole, at + value.size()))
            sql.replace(at, hole.size(), value);
    }
    return sql;
}

}  // namespace

std::string newer_than(const std::string& scope, const std::string& of_scope, const std::string& from) {
    // Level by level the nodes beside the path that are newer. 8 digits of an id are a second. Where the path ends
    // before the second, add the rows from there to the end of its last node, which is not crowded.
    return filled(R"((
        (SELECT coalesce(sum(c.invoices), 0)
         FROM generate_series(2, 8) AS level(digits)
         CROSS JOIN LATERAL (
             SELECT n.invoices FROM invoice_counts n
             WHERE n.scope_id = {scope} AND n.digits = level.digits
                 AND n.prefix >= left({from}, level.digits)
                 AND n.prefix < CASE WHEN level.digits = 2 THEN 'g' ELSE left({from}, level.digits - 1) || 'g' END
                 AND (level.digits = 8 OR n.prefix <> left({from}, level.digits))
             OFFSET 0) c)::bigint
        +
        (SELECT count(*) FROM invoices i
         WHERE NOT i.deleted{of_scope} AND i.id >= {from} AND i.id < (
             SELECT CASE WHEN max(length(s.prefix)) = 7 THEN {from}
                         ELSE left({from}, coalesce(max(length(s.prefix)), 1) + 1) || 'g' END
             FROM invoice_count_splits s
             WHERE s.scope_id = {scope}
                 AND s.prefix = ANY (ARRAY[left({from}, 2), left({from}, 3), left({from}, 4), left({from}, 5),
                                           left({from}, 6), left({from}, 7)])))
        ))",
                  {{"scope", scope}, {"of_scope", of_scope}, {"from", from}});
}

std::string page_start(const std::string& scope, const std::string& skip) {
    return filled(R"(
        WITH RECURSIVE walk AS (
            SELECT ''::text COLLATE "C" AS prefix, 1 AS digits, {skip} AS rest
            UNION ALL
            SELECT node.prefix, w.digits + 1, node.rest
            FROM walk w CROSS JOIN LATERAL (
                SELECT r.prefix, (w.rest - r.upto + r.invoices)::bigint AS rest
                FROM (SELECT c.prefix, sum(c.invoices) AS invoices,
                             sum(sum(c.invoices)) OVER (ORDER BY c.prefix DESC) AS upto
                      FROM invoice_counts c
                      WHERE c.scope_id = {scope} AND c.digits = w.digits + 1
                          AND c.prefix >= w.prefix AND c.prefix < w.prefix || 'g'
                      GROUP BY c.prefix) r
                WHERE r.upto > w.rest ORDER BY r.prefix DESC LIMIT 1) node),
        start AS (SELECT prefix || 'g' AS below, rest FROM walk WHERE digits > 1 ORDER BY digits DESC LIMIT 1))",
                  {{"scope", scope}, {"skip", skip}});
}

}  // namespace quittance::invoice_store
