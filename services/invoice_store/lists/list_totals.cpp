#include "invoice_store/lists/list_totals.hpp"

#include <string>

#include "invoice_store/counts/offset_lookup_sql.hpp"
#include "invoice_store/lists/page_statements.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

constexpr const char* kTotals = "invoice_totals";
constexpr const char* kRangeTotal = "range_total";
constexpr const char* kTeamsRangeTotal = "range_total_of_teams";

// For filters without stored counts: counts the entries of an index, and looks up the rows for conditions outside it.
std::int64_t counted_total(pqxx::connection& connection, const Teams& teams, const v1::InvoiceFilter& filter) {
    Condition condition;
    if (!teams.all) {
        condition.add(kSeveralTeams, "i.team_id = ANY (", array_of(teams.ids));
        condition.text += std::string("::text[])") + kOfTeam;
    }
    const auto range = time_range_of(filter);
    add_filters(condition, filter);
    add_from(condition, range);
    add_to(condition, range);
    pqxx::nontransaction session(connection);
    return session
        .exec_params("SELECT count(*) FROM invoices i WHERE " + condition.text,
                     pqxx::prepare::make_dynamic_params(condition.parameters))[0][0]
        .as<std::int64_t>();
}

}  // namespace

bool is_counted_by_status(const v1::InvoiceFilter& filter) {
    return filter.user_id().empty() && filter.stripe_customer_id().empty() && filter.account().empty() &&
           !filter.has_created_from() && !filter.has_created_to();
}

std::int64_t total_of(pqxx::connection& connection, const Teams& teams, const v1::InvoiceFilter& filter) {
    const bool ranged = filter.has_created_from() || filter.has_created_to();
    if (!is_plain(filter) && !is_counted_by_status(filter)) return counted_total(connection, teams, filter);
    pqxx::nontransaction session(connection);
    if (!ranged) {
        const std::string scope = teams.all ? "all" : "team";
        const auto ids = array_of(teams.all ? std::vector<std::string>{""} : teams.ids);
        return postgres::exec_prepared(session, kTotals, scope, ids, filter.status())[0][0].as<std::int64_t>();
    }
    const auto range = time_range_of(filter);
    const auto from = range.from.value_or("00000000");
    const auto to = range.to.value_or("g");
    const auto rows = teams.all ? postgres::exec_prepared(session, kRangeTotal, from, to)
                                : postgres::exec_prepared(session, kTeamsRangeTotal, from, to, array_of(teams.ids));
    return rows[0][0].as<std::int64_t>();
}

void prepare_totals(pqxx::connection& connection) {
    postgres::prepare(connection, kTotals, R"(
        SELECT greatest(coalesce(sum(invoices), 0), 0)::bigint FROM invoice_totals
        WHERE scope = $1 AND scope_id = ANY ($2::text[]) AND status <> 'deleted' AND ($3 = '' OR status = $3))");
    static const std::string kOfAll =
        "SELECT greatest(" + newer_than("''", "", "$1::text") + " - " + newer_than("''", "", "$2::text") + ", 0)";
    postgres::prepare(connection, kRangeTotal, kOfAll);
    const std::string of_team = " AND i.team_id = t.id" + std::string(kOfTeam);
    static const std::string kOfTeams = "SELECT coalesce(sum(greatest(" + newer_than("t.id", of_team, "$1::text") +
                                        " - " + newer_than("t.id", of_team, "$2::text") +
                                        ", 0)), 0)::bigint FROM unnest($3::text[]) AS t(id)";
    postgres::prepare(connection, kTeamsRangeTotal, kOfTeams);
}

}  // namespace quittance::invoice_store
