// Writes merged snapshots into the table of invoices: the merge as a guard in SQL, right whatever other writers do.
#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

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

struct InvoiceWrite {
    std::vector<RowChange> changes;  // of the rows that changed
    std::string crowded;             // for split_crowded, after the commit
};

void prepare_invoice_write(pqxx::connection& connection);

// Joins each snapshot with its row and keeps the totals and counts, in one statement. `snapshots`: one per invoice, in
// the order of their ids, so that all writers lock rows in one order. A row that is missing among the changes stood at
// least as high in every respect. `slot`: which of the totals' slots to count in.
InvoiceWrite write_invoices(pqxx::transaction_base& transaction, const std::vector<v1::Invoice>& snapshots, int slot);

}  // namespace quittance::invoice_store
