// A database with the store's schema, and looks into it that no caller of the service has.
#pragma once

#include <cstdint>
#include <map>
#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "invoice_store/database/schema.hpp"
#include "invoice_store/invoices/columns.hpp"
#include "postgres/connection.hpp"
#include "postgres/migrations.hpp"
#include "support/postgres.hpp"

namespace quittance::test {

// A merged invoice as a read shows it: the greatest time of an attempt is kept, and not shown where nothing was tried.
// No read shows when the payment was named.
inline std::string shown(v1::Invoice merged) {
    merged.clear_payments();
    if (merged.attempt_count() == 0) merged.clear_last_payment_attempt_time();
    return merged.DebugString();
}

class StoreDatabase {
  public:
    StoreDatabase()
        : database_("store", [](pqxx::connection& connection) {
              postgres::migrate(connection, invoice_store::schema_migrations());
          }) {}

    // Whoever connects with it waits as long as a slow machine may need.
    const std::string& url() const { return url_; }
    Database& database() { return database_; }
    std::unique_ptr<pqxx::connection> connect() const { return postgres::connect(url_, std::chrono::minutes(5)); }

    // The first field of the first row.
    std::string value(const std::string& sql) const {
        const auto connection = connect();
        pqxx::nontransaction session(*connection);
        return session.exec1(sql)[0].c_str();
    }

    void run(const std::string& sql) const {
        const auto connection = connect();
        pqxx::nontransaction session(*connection);
        session.exec0(sql);
    }

    // Every invoice as its own events make it, by Stripe's id: what the merge makes of the same events.
    std::map<std::string, v1::Invoice> invoices() const {
        auto found = settled_invoices();
        for (auto& [id, invoice] : found) invoice.clear_settlement();
        return found;
    }

    // The same with what became of the money.
    std::map<std::string, v1::Invoice> settled_invoices() const {
        const auto connection = connect();
        pqxx::nontransaction session(*connection);
        std::map<std::string, v1::Invoice> found;
        for (const auto& row :
             session.exec("SELECT " + std::string(invoice_store::select_list(v1::VIEW_FULL)) + " FROM invoices i")) {
            auto invoice = invoice_store::read_invoice(row, 0, v1::VIEW_FULL);
            found[invoice.stripe_invoice_id()] = std::move(invoice);
        }
        return found;
    }

    // Numbers by (scope, scope id, status) as maintained, without zeros …
    std::map<std::string, std::int64_t> totals() const {
        return numbers(
            "SELECT scope || '/' || scope_id || '/' || status, sum(invoices) FROM invoice_totals"
            " GROUP BY 1 HAVING sum(invoices) <> 0");
    }
    // … and as counted.
    std::map<std::string, std::int64_t> counted() const {
        return numbers(
            "SELECT 'all//' || status, count(*) FROM invoices GROUP BY 1 UNION ALL"
            " SELECT 'team/' || team_id || '/' || status, count(*) FROM invoices WHERE team_id <> '' GROUP BY 1");
    }

  private:
    std::map<std::string, std::int64_t> numbers(const std::string& sql) const {
        const auto connection = connect();
        pqxx::nontransaction session(*connection);
        std::map<std::string, std::int64_t> found;
        for (const auto& row : session.exec(sql)) found[row[0].c_str()] = row[1].as<std::int64_t>();
        return found;
    }

    Database database_;
    const std::string url_ = postgres::with_parameter(database_.url(), "connect_timeout", "60");
};

}  // namespace quittance::test
