// The table of payments of invoices, as Stripe tells of them. A payment that an invoice names has no row: the invoice
// has its ids. A write merges each payment into its row, with the rule of payment_merge.hpp in SQL, because an
// invoice's transaction and a fact's transaction may write the same payment at the same time.
#pragma once

#include <map>
#include <pqxx/pqxx>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "invoice_store/settlements/payment_merge.hpp"

namespace quittance::invoice_store {

using AccountMode = std::pair<std::string, bool>;
// Account, mode and Stripe's id of an object.
using ObjectKey = std::tuple<std::string, bool, std::string>;

void prepare_payment_rows(pqxx::connection& connection);

// Writes the payments with an id that these events tell of, in one statement, or in none if they tell of none.
void write_payments(pqxx::transaction_base& transaction, const std::vector<const v1::InvoiceEvent*>& events);

// What the statement of write_payments does, for the test that proves it equal to merge_payments.
void write_payment_rows(pqxx::transaction_base& transaction, const AccountMode& where,
                        const std::vector<StoredPayment>& payments);

// The columns that read_payment_row reads, of a row `p`.
constexpr const char* kPaymentColumns =
    "p.payment_id, p.stripe_invoice_id, p.payment_intent_id, p.charge_id, p.payment_record_id, p.amount_paid_minor,"
    " p.amount_requested_minor, p.currency, p.status, p.is_default, p.create_time, p.paid_time, p.canceled_time,"
    " p.event_time, p.event_id";
StoredPayment read_payment_row(const pqxx::row& row, int first);

}  // namespace quittance::invoice_store
