// Writes snapshots into the table of invoices. One upsert applies the merge rule in SQL, so the result is right even if
// other processes write the same invoice at the same time.
#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "invoice_store/counts/invoice_counts.hpp"
#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

// What a write did to one row.
struct RowChange {
    std::string invoice_id;  // the row's id; its first event gave the creation time
    std::string stripe_invoice_id;
    std::string account;
    bool livemode = false;
    std::optional<v1::Provenance> before;  // unset: the row is new. Without content_hash
    v1::Provenance after;                  // without content_hash
    bool lines_complete = false;           // after the write
    std::string status;
};

// The statement: the columns of columns.cpp, each with its merge rule.
const std::string& invoice_upsert_sql();

void prepare_invoice_write(pqxx::connection& connection);

// Merges each snapshot into its row, in one statement, and adds the changes to `counts`. Returns the rows that changed.
// A row that already contains its snapshot does not change. `snapshots`: one per invoice, ordered by id, so that all
// writers lock rows in the same order. The transaction holds the registration lock.
std::vector<RowChange> write_invoices(pqxx::transaction_base& transaction, const std::vector<v1::Invoice>& snapshots,
                                      InvoiceCounts& counts);

}  // namespace quittance::invoice_store
