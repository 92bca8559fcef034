// From the message to each JSON shape of the contract: one function per shape, keys in the contract's order.
#pragma once

#include <cstdint>
#include <string>

#include "base/json_escape.hpp"
#include "quittance/v1/invoice.pb.h"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::edge {

// contract/admin_get_invoice.response.json, with `currency`, `amountRefunded` and `settlement` after its keys.
void append_admin_invoice(std::string& out, const v1::Invoice& invoice);

// contract/admin_list_invoices.response.json
std::string admin_list(const v1::ListInvoicesResponse& list);

// contract/client_last_invoice.response.json: as above, but `user` is the plain id.
std::string client_last_invoice(const v1::Invoice& invoice);

// contract/client_billing_history.response.json, with mongoose-paginate's arithmetic: at least one page, a page past
// the end has a previous one and no next.
std::string client_billing_history(const v1::GetBillingHistoryResponse& history);

// contract/v1_get_invoice.response.json: {"data":{…}}.
std::string billing_invoice(const v1::Invoice& invoice);

// contract/v1_list_invoices.response.json: {"data":{"hasMore":…,"items":[…]}}. Throws where ListedInvoices does.
std::string billing_list(const v1::ListInvoicesResponse& list, bool has_more);

// "2023-11-06T15:07:28.550Z" with its quotes (RFC 3339, UTC, milliseconds).
void append_time(std::string& out, const google::protobuf::Timestamp& time);

void append_number(std::string& out, std::int64_t number);

// A JSON string literal with its quotes. `text` is valid UTF-8, as protobuf guarantees.
using base::append_json_string;
// The same, with null for an empty text.
void append_string_or_null(std::string& out, std::string_view text);
// ,"amountRefunded":…,"settlement":"…": what became of the money; "none" where the store says nothing.
void append_settlement(std::string& out, const v1::Invoice& invoice);

}  // namespace quittance::edge
