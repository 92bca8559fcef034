// The store's table as it is written and as lists show it: by entries, and by the columns behind them.
#pragma once

#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "integration/invoice_store/store_database.hpp"
#include "invoice_store/lists/list_reader.hpp"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::test {

// The first 100 invoices, in VIEW_BILLING.
v1::ListInvoicesRequest rich_list();

// What VIEW_BILLING promises of the lines, and no more than that.
v1::Invoice with_promised_lines(v1::Invoice invoice);

class ListedTable {
  public:
    ListedTable();

    void write(const v1::InvoiceEvent& event);

    // The invoices of a list as it is answered, alone and among others, which must be the same; and the ids of those
    // that had to be read by columns.
    std::vector<v1::Invoice> listed(std::vector<std::string>* missing = nullptr);
    std::vector<v1::Invoice> listed_by_columns();
    void check_that_entries_say_what_columns_say();

    // As the keeper fills them, but as often as it takes: one try has half a second, which a slow machine may exceed.
    std::size_t fill(const std::vector<std::string>& ids);
    // Writes the entries that are missing, and no other: those that are there say what the columns say.
    std::size_t fill_missing();

    // How many rows have one.
    std::string entries() { return database_.value("SELECT count(list_entry) FROM invoices"); }

    test::StoreDatabase& database() { return database_; }
    const test::StoreDatabase& database() const { return database_; }
    pqxx::connection& connection() { return *connection_; }

  private:
    test::StoreDatabase database_;
    std::unique_ptr<pqxx::connection> connection_;
};

}  // namespace quittance::test
