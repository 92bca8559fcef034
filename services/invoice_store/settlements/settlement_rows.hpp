// The table of settlements: what the payments of an invoice come to. A row may be there before its invoice is. An
// invoice without a row is settled once it is paid.
#pragma once

#include <map>
#include <pqxx/pqxx>
#include <string>

#include "invoice_store/settlements/payment_rows.hpp"
#include "invoice_store/settlements/settlement.hpp"

namespace quittance::invoice_store {

struct SettlementRow {
    Settlement settlement;
    // What the invoice named when this was computed. Empty: nothing, or the invoice was not there.
    std::string payment_intent_id;
    std::string charge_id;
    bool is_linked = false;  // a fact names the same payment, so the row has to be there
};

// Writes the settlements of these invoices (by Stripe's ids), and a change for watchers of each that changes. A
// settlement that says nothing gets no row unless it is linked, and a row that it has becomes empty.
void write_settlements(pqxx::transaction_base& transaction, const AccountMode& where,
                       const std::map<std::string, SettlementRow>& rows);

}  // namespace quittance::invoice_store
