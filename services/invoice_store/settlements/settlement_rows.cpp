#include "invoice_store/settlements/settlement_rows.hpp"

#include <array>
#include <span>
#include <vector>

#include "invoice_store/settlements/sql_columns.hpp"
#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

using postgres::ArrayLiteral;

// True: the settlement row has to be there.
bool says_something(const Settlement& settlement) {
    return settlement.amount_refunded_minor > 0 || settlement.amount_disputed_minor > 0 || settlement.dispute_open ||
           settlement.dispute_lost || settlement.share_unknown || settlement.failure.has_time() ||
           settlement.update_time.seconds() > 0 || settlement.asked_time.seconds() > 0;
}

constexpr std::array<SqlColumn, 11> kShown{
    "amount_refunded_minor bigint", "amount_disputed_minor bigint", "dispute_open boolean",    "dispute_lost boolean",
    "share_unknown boolean",        "update_time timestamptz",      "asked_time timestamptz",  "failure_code text",
    "failure_decline_code text",    "failure_message text",         "failure_time timestamptz"};
constexpr std::array<SqlColumn, 2> kNamed{"payment_intent_id text", "charge_id text"};

// Whether the row `t` differs from the stored row `s` in these columns.
std::string differs(std::span<const SqlColumn> columns) {
    return "(" + names_of(columns, "t.") + ") IS DISTINCT FROM (" + names_of(columns, "s.") + ")";
}

// kFactsLock keeps other writers of these columns away, so what `told` reads stands until the write.
std::string write_sql() {
    std::vector<SqlColumn> told{"stripe_invoice_id text"};
    told.insert(told.end(), kShown.begin(), kShown.end());
    told.insert(told.end(), kNamed.begin(), kNamed.end());
    const auto written = names_of(told);
    told.emplace_back("has_row boolean");
    return "WITH told AS (SELECT t.*, " + differs(kShown) + " AS changes FROM " + unnest(told, 3) +
           " LEFT JOIN settlements s"
           " ON s.stripe_invoice_id = t.stripe_invoice_id AND s.account = $1 AND s.livemode = $2::boolean"
           " WHERE (t.has_row OR s.stripe_invoice_id IS NOT NULL) AND (" +
           differs(kShown) + " OR " + differs(kNamed) + ")), written AS (INSERT INTO settlements (account, livemode, " +
           written + ") SELECT $1, $2::boolean, " + written +
           " FROM told ORDER BY stripe_invoice_id ON CONFLICT (stripe_invoice_id, account, livemode) DO UPDATE SET " +
           replacements(kShown) + ", " + replacements(kNamed) +
           ") INSERT INTO invoice_changes (invoice_id, status, previous_status, team_id, previous_team_id)"
           " SELECT i.id, i.status, i.status, i.team_id, i.team_id FROM told t JOIN invoices i"
           " ON i.stripe_invoice_id = t.stripe_invoice_id AND i.account = $1 AND i.livemode = $2::boolean"
           " WHERE t.changes";
}

}  // namespace

void write_settlements(pqxx::transaction_base& transaction, const AccountMode& where,
                       const std::map<std::string, SettlementRow>& rows) {
    if (rows.empty()) return;
    std::array<ArrayLiteral, 15> columns;
    for (const auto& [invoice, row] : rows) {
        const auto& settlement = row.settlement;
        columns[0].add_text(invoice);
        columns[1].add_integer(settlement.amount_refunded_minor);
        columns[2].add_integer(settlement.amount_disputed_minor);
        columns[3].add_boolean(settlement.dispute_open);
        columns[4].add_boolean(settlement.dispute_lost);
        columns[5].add_boolean(settlement.share_unknown);
        columns[6].add_time(settlement.update_time);
        add_time_or_null(columns[7], settlement.asked_time.seconds() > 0, settlement.asked_time);
        columns[8].add_text(settlement.failure.code());
        columns[9].add_text(settlement.failure.decline_code());
        columns[10].add_text(settlement.failure.message());
        add_time_or_null(columns[11], settlement.failure.has_time(), settlement.failure.time());
        columns[12].add_text(row.payment_intent_id);
        columns[13].add_text(row.charge_id);
        columns[14].add_boolean(row.is_linked || says_something(settlement));
    }
    static const std::string kStatement = write_sql();
    auto parameters = take_all(columns);
    parameters.insert(parameters.begin(), {where.first, where.second ? "true" : "false"});
    transaction.exec_params(kStatement, pqxx::prepare::make_dynamic_params(parameters));
}

}  // namespace quittance::invoice_store
