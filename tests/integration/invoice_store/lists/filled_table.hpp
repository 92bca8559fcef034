// A table with many invoices, made by one statement from one row that the store wrote: large enough for the planner to
// choose as it would in earnest, crowded in places so that the tree of counts is deep there. And what is true of it.
#pragma once

#include <string>
#include <vector>

#include "integration/invoice_store/store_database.hpp"
#include "invoice_store/events/batch_transaction.hpp"
#include "invoice_store/invoices/invoice_upsert.hpp"
#include "invoice_store/invoices/snapshot.hpp"
#include "unit/invoice_store/generated_events.hpp"

namespace quittance::test {

// The nodes of the tree of counts that are not what a fresh count says, as "scope/prefix: counted, is", one a line.
inline std::string wrong_counts(const StoreDatabase& database) {
    return database.value(R"(
        WITH live AS (
            SELECT '' AS scope_id, id FROM invoices WHERE status <> 'deleted'
            UNION ALL SELECT team_id, id FROM invoices WHERE status <> 'deleted' AND team_id <> ''),
        fresh AS (
            SELECT scope_id, left(id, 2) AS prefix, count(*) AS n FROM live GROUP BY 1, 2
            UNION ALL SELECT s.scope_id, left(l.id, length(s.prefix) + 1), count(*) FROM invoice_count_splits s
            JOIN live l ON l.scope_id = s.scope_id AND left(l.id, length(s.prefix)) = s.prefix GROUP BY 1, 2),
        kept AS (
            SELECT scope_id, prefix, sum(invoices) AS n FROM invoice_counts GROUP BY 1, 2 HAVING sum(invoices) <> 0)
        SELECT coalesce(string_agg(format('%s/%s: %s, %s', scope_id, prefix, kept.n, fresh.n), E'\n'), '')
        FROM kept FULL JOIN fresh USING (scope_id, prefix) WHERE kept.n IS DISTINCT FROM fresh.n)");
}

class FilledTable {
  public:
    static constexpr int kInvoices = 30'000;
    // Half of the invoices is this team's, a third of a handful of others'.
    static std::string big_team() { return std::string(24, 'a'); }
    static std::string small_team(int number) { return std::string(23, 'b') + "0123456789"[number]; }
    static constexpr int kSmallTeams = 10;

    FilledTable() {
        const auto writes = database_.connect();
        invoice_store::prepare_batches(*writes);
        {
            auto event = make_event("evt_first", "paid", 0, "in_first");
            event.mutable_invoice()->mutable_create_time()->set_seconds(kCreateSecond - 1);
            pqxx::work transaction(*writes);
            invoice_store::InvoiceCounts counts(0);
            invoice_store::write_invoices(transaction, {invoice_store::snapshot_of(event)}, counts);
            transaction.commit();
        }
        fill();
        database_.value("SELECT rebuild_invoice_counts(500)");
        database_.run("VACUUM ANALYZE");
    }

    StoreDatabase& database() { return database_; }

    // Ids, newest first, of the rows that are not deleted and meet the condition.
    std::vector<std::string> ids(const std::string& condition) const {
        const auto connection = database_.connect();
        pqxx::nontransaction session(*connection);
        std::vector<std::string> found;
        for (const auto& row :
             session.exec("SELECT id FROM invoices WHERE NOT deleted AND " + condition + " ORDER BY id DESC"))
            found.emplace_back(row[0].c_str());
        return found;
    }

  private:
    // A tenth of the invoices in one second, a tenth in one hour, the rest over three years.
    void fill() const {
        std::string names;
        std::string values;
        for (const auto& column : invoice_store::invoice_columns()) {
            const std::string name = column.name;
            names += (names.empty() ? "" : ", ") + name;
            values += (values.empty() ? "" : ", ") + value_of(name);
        }
        database_.run("INSERT INTO invoices (" + names + ") SELECT " + values + " FROM (SELECT n, n * 7919 % " +
                      std::to_string(kInvoices) + " AS mixed FROM generate_series(1, " + std::to_string(kInvoices) +
                      ") AS n) g CROSS JOIN LATERAL (SELECT " + std::to_string(kCreateSecond) +
                      " + CASE WHEN mixed % 10 = 0 THEN 40000000 WHEN mixed % 10 = 1 THEN 60000000 + mixed % 3600"
                      " ELSE mixed * 3000 END AS second) s CROSS JOIN invoices r");
    }

    static std::string value_of(const std::string& name) {
        if (name == "id") return "lpad(to_hex(s.second), 8, '0') || substr(md5(g.n::text), 1, 16)";
        if (name == "stripe_invoice_id") return "'in_' || g.n";
        if (name == "stripe_customer_id") return "'cus_' || g.n % 500";
        if (name == "user_id") return "substr(md5('user' || g.n % 700), 1, 24)";
        if (name == "list_entry") return "NULL";  // the store's to write
        if (name == "create_time") return "to_timestamp(s.second)";
        if (name == "status")
            return "CASE WHEN g.n % 11 = 0 THEN 'deleted' WHEN g.n % 7 = 0 THEN 'open' ELSE 'paid' END";
        if (name == "team_id")
            return "CASE WHEN g.n % 2 = 0 THEN '" + big_team() + "' WHEN g.n % 3 = 0 THEN '" + std::string(23, 'b') +
                   "' || g.n % " + std::to_string(kSmallTeams) + " ELSE '' END";
        return "r." + name;
    }

    StoreDatabase database_;
};

}  // namespace quittance::test
