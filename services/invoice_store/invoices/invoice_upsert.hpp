// Writes merged snapshots into the table of invoices: the merge as a guard in SQL, right whatever other writers do.
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
    std::string invoice_id;  // ours, as the row has it: of the creation time that its first event told
    std::string stripe_invoice_id;
    std::string account;
    bool livemode = false;
    std::optional<v1::Provenance> before;  // unset: the row is new. Without content_hash
    v1::Provenance after;                  // without content_hash
    bool lines_complete = false;           // as it stands now
    std::string status;
};

void prepare_invoice_write(pqxx::connection& connection);

// Joins each snapshot with its row, in one statement, and counts in `counts`. Gives the rows that changed; one that is
// missing stood at least as high in every respect. `snapshots`: one per invoice, in the order of their ids, so that all
// writers lock rows in one order. The transaction holds the lock of registrations.
std::vector<RowChange> write_invoices(pqxx::transaction_base& transaction, const std::vector<v1::Invoice>& snapshots,
                                      InvoiceCounts& counts);

}  // namespace quittance::invoice_store
