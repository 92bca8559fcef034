// The whole statement is printed in tests/data/golden/invoice_upsert.sql.
#include "invoice_store/invoices/invoice_upsert.hpp"

#include "invoice_store/counts/invoice_counts.hpp"
#include "invoice_store/invoices/columns.hpp"
#include "invoice_store/invoices/merge.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

constexpr const char* kStatement = "write_invoices";

// The rule of merge.hpp in SQL. `excluded` is the snapshot, `i` the row. (rank <> 0, rank <> 4) sorts the stages: draft
// (false, true), deleted (true, false), finalised (true, true).
constexpr std::string_view kSnapshotWins =
    "(excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,"
    "\n            excluded.event_id, excluded.content_hash)"
    "\n        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)";
constexpr std::string_view kSameSecond =
    "((excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, excluded.begins_stage)"
    " = (i.rank <> 0, i.rank <> 4, i.event_time, i.begins_stage))";
constexpr std::string_view kContentsDiffer = "excluded.content_hash <> i.content_hash";

// The rule of merge.hpp for the payment that an invoice names. A row of an older version has no payment_named_time:
// there the statement that stands named it.
constexpr std::string_view kNamedTimeOfRow =
    "CASE WHEN i.payment_intent_id <> '' OR i.charge_id <> ''"
    "\n        THEN coalesce(i.payment_named_time, i.event_time) ELSE '-infinity' END";
constexpr std::string_view kNamedTimeOfSnapshot =
    "CASE WHEN excluded.payment_intent_id <> '' OR excluded.charge_id <> ''"
    "\n        THEN coalesce(excluded.payment_named_time, excluded.event_time) ELSE '-infinity' END";

std::string snapshot_names() {
    constexpr std::string_view kIds = R"(, i.payment_intent_id COLLATE "C", i.charge_id COLLATE "C"))";
    constexpr std::string_view kSnapshotIds =
        R"(, excluded.payment_intent_id COLLATE "C", excluded.charge_id COLLATE "C"))";
    return "(" + std::string(kNamedTimeOfSnapshot) + std::string(kSnapshotIds) + "\n        > (" +
           std::string(kNamedTimeOfRow) + std::string(kIds);
}

std::string in_row(const Column& column) {
    return std::string("i.") + column.name;
}

std::string in_snapshot(const Column& column) {
    return std::string("excluded.") + column.name;
}

std::string greatest(const Column& column) {
    return "greatest(" + in_row(column) + ", " + in_snapshot(column) + ")";
}

// A row of an older version has no furthest status yet: then the status that stands is the furthest.
std::string furthest() {
    return "greatest(i.furthest, excluded.furthest, invoice_furthest(i.rank, i.event_time))";
}

// The snapshot's list entry describes the merged row only if the row keeps no other value that a list shows: neither an
// identity of its own nor a greater maximum.
std::string row_equals_snapshot() {
    std::string condition = "true";
    for (const auto& column : invoice_columns()) {
        if (column.merge_rule == MergeRule::kIdentity)
            condition += "\n            AND " + in_row(column) + " = " + in_snapshot(column);
        if (column.merge_rule == MergeRule::kMaximum && column.views != 0)
            condition += "\n            AND " + greatest(column) + " IS NOT DISTINCT FROM " + in_snapshot(column);
    }
    return condition;
}

std::string merged_value(const Column& column) {
    const auto wins = "CASE WHEN " + std::string(kSnapshotWins) + "\n        THEN ";
    switch (column.merge_rule) {
        case MergeRule::kMaximum:
            return greatest(column);
        case MergeRule::kFurthest:
            return furthest();
        case MergeRule::kNamed:
            return "CASE WHEN " + snapshot_names() + "\n        THEN " + in_snapshot(column) + " ELSE " +
                   in_row(column) + " END";
        case MergeRule::kNamedTime:
            return "nullif(nullif(greatest(" + std::string(kNamedTimeOfSnapshot) + ",\n        " +
                   std::string(kNamedTimeOfRow) + "), '-infinity'),\n        CASE WHEN " + std::string(kSnapshotWins) +
                   "\n        THEN excluded.event_time ELSE i.event_time END)";
        case MergeRule::kContest:
            return "CASE WHEN " + std::string(kSameSecond) + "\n        THEN " + in_row(column) + " OR " +
                   in_snapshot(column) + " OR " + std::string(kContentsDiffer) + "\n        WHEN " +
                   std::string(kSnapshotWins) + "\n        THEN " + in_snapshot(column) + " ELSE " + in_row(column) +
                   " END";
        case MergeRule::kProjection:
            return wins + "CASE WHEN " + row_equals_snapshot() + "\n            THEN " + in_snapshot(column) +
                   " END ELSE " + in_row(column) + " END";
        case MergeRule::kIdentity:
        case MergeRule::kWinner:
            break;
    }
    return wins + in_snapshot(column) + " ELSE " + in_row(column) + " END";
}

// The value to insert. The owner of an invoice comes from several sources: see stripe_customers.hpp.
std::string inserted_value(const Column& column) {
    const std::string name = column.name;
    if (name == "user_id" || name == "team_id")
        return "coalesce(c." + name + ", nullif(f." + name + ", ''), s." + name + ", '')";
    if (name == "user_name") return "coalesce(c.user_name, nullif(s.name, ''), f.user_name)";
    return "f." + name;
}

// The parts of the statement that name every column, one column a line.
struct ColumnLists {
    std::string names;       // a, b
    std::string parameters;  // $1::text[], $2::text[]
    std::string values;      // f.a, coalesce(c.b, f.b)
    std::string updates;     // a = …, b = …
    std::string raises;      // OR …: a maximum grows although the row wins
};

ColumnLists make_column_lists() {
    ColumnLists lists;
    std::size_t number = 0;
    for (const auto& column : invoice_columns()) {
        const std::string line = number++ == 0 ? "\n    " : ",\n    ";
        lists.names += line + column.name;
        lists.parameters += line + "$" + std::to_string(number) + "::" + column.type + "[]";
        lists.values += line + inserted_value(column);
        if (column.merge_rule == MergeRule::kIdentity) continue;
        lists.updates += "\n    " + std::string(column.name) + " = " + merged_value(column) + ",";
        if (column.merge_rule == MergeRule::kMaximum)
            lists.raises += "\n    OR " + greatest(column) + " IS DISTINCT FROM " + in_row(column);
        if (column.merge_rule == MergeRule::kNamedTime) lists.raises += "\n    OR " + snapshot_names();
        if (column.merge_rule == MergeRule::kFurthest)
            lists.raises += "\n    OR " + furthest() + " IS DISTINCT FROM " + in_row(column);
    }
    return lists;
}

std::string make_statement() {
    const auto lists = make_column_lists();
    return "WITH written AS (\nINSERT INTO invoices AS i (" + lists.names + ")\nSELECT" + lists.values +
           "\nFROM unnest(" + lists.parameters + "\n) AS f(" + lists.names + R"()
LEFT JOIN customers c ON c.stripe_customer_id = f.stripe_customer_id AND c.account = f.account
LEFT JOIN stripe_customers s
    ON s.stripe_customer_id = f.stripe_customer_id AND s.account = f.account AND s.livemode = f.livemode
ORDER BY f.id
ON CONFLICT (stripe_invoice_id, account, livemode) DO UPDATE SET)" +
           lists.updates + R"(
    previous_status = i.status,
    previous_team_id = i.team_id,
    previous_rank = i.rank,
    previous_event_time = i.event_time,
    previous_event_id = i.event_id,
    previous_begins_stage = i.begins_stage,
    stored_at = now()
WHERE )" + std::string(kSnapshotWins) +
           "\n    OR (NOT i.refetch_needed AND " + std::string(kSameSecond) +
           "\n        AND (excluded.refetch_needed OR " + std::string(kContentsDiffer) + "))" + lists.raises + R"(
RETURNING i.id, i.status, i.team_id, i.rank, i.event_time, i.event_id, i.begins_stage, i.refetch_needed, i.furthest,
    i.answer_time, i.lines_complete, i.previous_status, i.previous_team_id, i.previous_rank, i.previous_event_time,
    i.previous_event_id, i.previous_begins_stage, i.stripe_invoice_id, i.account, i.livemode
), logged AS (
INSERT INTO invoice_changes (invoice_id, status, previous_status, team_id, previous_team_id)
SELECT id, status, coalesce(previous_status, ''), team_id, coalesce(previous_team_id, '')
FROM written
)
SELECT id, rank, event_time, event_id, begins_stage, previous_rank, previous_event_time, previous_event_id,
    previous_begins_stage, refetch_needed, furthest, answer_time, lines_complete, status, stripe_invoice_id, account,
    livemode, team_id, previous_status, previous_team_id,
    )" + std::string(kSplitsVersion) +
           "\nFROM written";
}

v1::Provenance provenance(const pqxx::field& rank, const pqxx::field& time, const pqxx::field& id,
                          const pqxx::field& begins_stage) {
    v1::Provenance made;
    made.set_rank(rank.as<int>());
    *made.mutable_event_time() = postgres::timestamp_of(time.c_str());
    made.set_event_id(id.c_str());
    made.set_begins_stage(begins_stage.c_str()[0] == 't');
    return made;
}

// The provenance after the write, without content_hash.
v1::Provenance provenance_after(const pqxx::row& row) {
    auto made = provenance(row[1], row[2], row[3], row[4]);
    made.set_contested(row[9].c_str()[0] == 't');
    set_furthest(row[10].as<std::int64_t>(), made);
    if (!row[11].is_null()) *made.mutable_answer_time() = postgres::timestamp_of(row[11].c_str());
    made.set_refetch_needed(in_doubt(made));
    return made;
}

}  // namespace

const std::string& invoice_upsert_sql() {
    static const std::string kText = make_statement();
    return kText;
}

void prepare_invoice_write(pqxx::connection& connection) {
    postgres::prepare(connection, kStatement, invoice_upsert_sql());
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
        change.after = provenance_after(row);
        if (!row[5].is_null()) change.before = provenance(row[5], row[6], row[7], row[8]);
        change.lines_complete = row[12].c_str()[0] == 't';
        change.status = row[13].c_str();
        change.stripe_invoice_id = row[14].c_str();
        change.account = row[15].c_str();
        change.livemode = row[16].c_str()[0] == 't';
        CountedChange count{change.invoice_id, change.status, row[17].c_str(), std::nullopt, row[19].c_str()};
        if (!row[18].is_null()) count.previous_status = row[18].c_str();
        counted.push_back(std::move(count));
        changes.push_back(std::move(change));
    }
    if (!rows.empty()) counts.count(transaction, counted, rows[0][20].c_str());
    return changes;
}

}  // namespace quittance::invoice_store
