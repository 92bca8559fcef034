// Invoices as JSON: one function for each shape of the contract, with the keys in the contract's order.
#pragma once

#include <string>

#include "edge/responses/json_writer.hpp"
#include "quittance/v1/invoice.pb.h"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::edge {

// contract/admin_get_invoice.response.json, with `currency`, `amountRefunded`, `settlement` and, where a payment
// failed, `paymentError` after its keys.
std::string admin_invoice(const v1::Invoice& invoice);

// contract/admin_list_invoices.response.json
std::string admin_list(const v1::ListInvoicesResponse& list);

// contract/client_last_invoice.response.json: the Admin API's shape, but `user` is the user's id.
std::string client_last_invoice(const v1::Invoice& invoice);

// contract/client_billing_history.response.json, with mongoose-paginate's arithmetic: there is at least one page, and a
// page past the end has a previous page but no next one.
std::string client_billing_history(const v1::GetBillingHistoryResponse& history);

// contract/v1_get_invoice.response.json: {"data":{…}}.
std::string billing_invoice(const v1::Invoice& invoice);

// contract/v1_list_invoices.response.json: {"data":{"hasMore":…,"items":[…]}}. Throws where ListedInvoices does.
std::string billing_list(const v1::ListInvoicesResponse& list, bool has_more);

// {"hostedInvoiceUrl":…,"invoicePdf":…}: Stripe's links, null before the invoice is finalised.
std::string invoice_links(const v1::Invoice& invoice);

// `amountRefunded` and `settlement`, which every invoice has, and behind them `paymentError` where a payment failed.
// The settlement is "none" where the store gives none.
void write_settlement(JsonWriter& json, const v1::Invoice& invoice);

}  // namespace quittance::edge
