// The statement that writes invoices. Its long lists of columns come from columns.cpp; the rest stands here.
#include "invoice_store/invoices/invoice_upsert.hpp"

#include "invoice_store/counts/invoice_counts.hpp"
#include "invoice_store/invoices/columns.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

constexpr const char* kStatement = "write_invoices";

// The snapshot stands higher than the row. Rows of unequal rank or time are told apart by the first two, cheaply.
constexpr std::string_view kWins =
    "(excluded.rank, excluded.event_time, excluded.event_id, excluded.content_hash)"
    " > (i.rank, i.event_time, i.event_id, i.content_hash)";
constexpr std::string_view kTie =
    "(excluded.rank = i.rank AND date_trunc('second', excluded.event_time) = date_trunc('second', i.event_time))";
constexpr std::string_view kDiffers = "excluded.content_hash <> i.content_hash";

// What stays with the row, or is greater in it than in the snapshot, is not as the snapshot's list entry says.
std::string says_what_snapshot_says() {
    std::string condition = "true";
    for (const auto& column : invoice_columns()) {
        const std::string row = std::string("i.") + column.name;
        const std::string snapshot = std::string("excluded.") + column.name;
        if (column.join == Join::kIdentity) condition += " AND " + row + " = " + snapshot;
        if (column.join == Join::kMaximum)
            condition += " AND greatest(" + row + ", " + snapshot + ") IS NOT DISTINCT FROM " + snapshot;
    }
    return condition;
}

std::string joined(const Column& column) {
    const std::string row = std::string("i.") + column.name;
    const std::string snapshot = std::string("excluded.") + column.name;
    switch (column.join) {
        case Join::kMaximum:
            return "greatest(" + row + ", " + snapshot + ")";
        case Join::kFlag:
            return "CASE WHEN " + std::string(kTie) + " THEN " + row + " OR " + snapshot + " OR " +
                   std::string(kDiffers) + " WHEN " + std::string(kWins) + " THEN " + snapshot + " ELSE " + row +
                   " END";
        case Join::kEntry:
            return "CASE WHEN " + std::string(kWins) + " THEN CASE WHEN " + says_what_snapshot_says() + " THEN " +
                   snapshot + " END ELSE " + row + " END";
        case Join::kIdentity:
        case Join::kSnapshot:
            break;
    }
    return "CASE WHEN " + std::string(kWins) + " THEN " + snapshot + " ELSE " + row + " END";
}

// Whose the invoice is: see stripe_customers.hpp.
std::string incoming(const Column& column) {
    const std::string name = column.name;
    if (name == "user_id" || name == "team_id")
        return "coalesce(c." + name + ", nullif(f." + name + ", ''), s." + name + ", '')";
    if (name == "user_name") return "coalesce(c.user_name, nullif(s.name, ''), f.user_name)";
    return "f." + name;
}

struct Lists {
    std::string names;       // a, b
    std::string parameters;  // $1::text[], $2::text[]
    std::string values;      // f.a, coalesce(c.b, f.b)
    std::string updates;     // a = …, b = …
    std::string raises;      // OR excluded.a > i.a: a maximum that grows although the snapshot does not win
};

Lists lists() {
    Lists made;
    std::size_t number = 0;
    for (const auto& column : invoice_columns()) {
        const std::string comma = number++ == 0 ? "" : ", ";
        made.names += comma + column.name;
        made.parameters += comma + "$" + std::to_string(number) + "::" + column.type + "[]";
        made.values += comma + incoming(column);
        if (column.join == Join::kIdentity) continue;
        made.updates += std::string(column.name) + " = " + joined(column) + ", ";
        if (column.join == Join::kMaximum)
            made.raises += std::string(" OR greatest(i.") + column.name + ", excluded." + column.name +
                           ") IS DISTINCT FROM i." + column.name;
    }
    return made;
}

std::string statement() {
    const auto list = lists();
    return "WITH written AS (INSERT INTO invoices AS i (" + list.names + ") SELECT " + list.values + " FROM unnest(" +
           list.parameters + ") AS f(" + list.names +
           ") LEFT JOIN customers c ON c.stripe_customer_id = f.stripe_customer_id AND c.account = f.account"
           " LEFT JOIN stripe_customers s ON s.stripe_customer_id = f.stripe_customer_id AND s.account = f.account"
           " AND s.livemode = f.livemode"
           " ORDER BY f.id"
           " ON CONFLICT (stripe_invoice_id, account, livemode) DO UPDATE SET " +
           list.updates +
           "previous_status = i.status, previous_team_id = i.team_id, previous_rank = i.rank,"
           " previous_event_time = i.event_time, previous_event_id = i.event_id, stored_at = now()"
           " WHERE " +
           std::string(kWins) + " OR (NOT i.refetch_needed AND " + std::string(kTie) +
           " AND (excluded.refetch_needed OR " + std::string(kDiffers) + "))" + list.raises +
           " RETURNING i.id, i.status, i.team_id, i.rank, i.event_time, i.event_id, i.refetch_needed, i.lines_complete,"
           " i.previous_status, i.previous_team_id, i.previous_rank, i.previous_event_time, i.previous_event_id,"
           " i.stripe_invoice_id, i.account, i.livemode"
           "), logged AS (INSERT INTO invoice_changes (invoice_id, status, previous_status, team_id, previous_team_id)"
           " SELECT id, status, coalesce(previous_status, ''), team_id, coalesce(previous_team_id, '') FROM written)"
           " SELECT id, rank, event_time, event_id, refetch_needed, previous_rank, previous_event_time,"
           " previous_event_id, lines_complete, status, stripe_invoice_id, account, livemode,"
           " team_id, previous_status, previous_team_id, " +
           std::string(kSplitsVersion) + " FROM written";
}

v1::Provenance provenance(const pqxx::field& rank, const pqxx::field& time, const pqxx::field& id) {
    v1::Provenance made;
    made.set_rank(rank.as<int>());
    *made.mutable_event_time() = postgres::timestamp_of(time.c_str());
    made.set_event_id(id.c_str());
    return made;
}

}  // namespace

void prepare_invoice_write(pqxx::connection& connection) {
    static const std::string kText = statement();
    postgres::prepare(connection, kStatement, kText);
}

std::vector<RowChange> write_invoices(pqxx::transaction_base& transaction, const std::vector<v1::Invoice>& snapshots,
                                      InvoiceCounts& counts) {
    std::vector<std::string> parameters;
    parameters.reserve(invoice_columns().size());
    postgres::ArrayLiteral literal;
    for (const auto& column : invoice_columns()) {
        for (const auto& snapshot : snapshots) column.add(literal, snapshot);
        parameters.push_back(literal.take());
    }
    const auto rows = postgres::exec_prepared(transaction, kStatement, pqxx::prepare::make_dynamic_params(parameters));
    std::vector<RowChange> changes;
    std::vector<CountedChange> counted;
    changes.reserve(rows.size());
    counted.reserve(rows.size());
    for (const auto& row : rows) {
        RowChange change;
        change.invoice_id = row[0].c_str();
        change.after = provenance(row[1], row[2], row[3]);
        change.lines_complete = row[8].c_str()[0] == 't';
        change.status = row[9].c_str();
        change.stripe_invoice_id = row[10].c_str();
        change.account = row[11].c_str();
        change.livemode = row[12].c_str()[0] == 't';
        change.after.set_refetch_needed(row[4].c_str()[0] == 't');
        if (!row[5].is_null()) change.before = provenance(row[5], row[6], row[7]);
        CountedChange count{change.invoice_id, change.status, row[13].c_str(), std::nullopt, row[15].c_str()};
        if (!row[14].is_null()) count.previous_status = row[14].c_str();
        counted.push_back(std::move(count));
        changes.push_back(std::move(change));
    }
    if (!rows.empty()) counts.count(transaction, counted, rows[0][16].c_str());
    return changes;
}

}  // namespace quittance::invoice_store
