// Reads single invoices. Every statement carries the scope in its WHERE.
#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

// For a parameter of type text: "*" for all teams, else the teams' ids, with commas between them. What is no team id is
// left out: it could match nothing.
std::string teams_of(const v1::Scope& scope, bool has_scope);

void prepare_gets(pqxx::connection& connection);

// The invoices asked for, in the order of the requests; unset where there is none in the scope. One statement for all
// that ask by our ids and one for all that ask by Stripe's, of each view. A Stripe id that lives in several accounts or
// modes: live before test, then by the account's label.
std::vector<std::optional<v1::Invoice>> get_invoices(pqxx::connection& connection,
                                                     const std::vector<v1::GetInvoiceRequest>& requests);

// Our id of this invoice, found as get_invoices finds it.
std::optional<std::string> find_id(pqxx::connection& connection, const v1::GetInvoiceRequest& request);

// The invoice whose creation had this key, in full. Deleted drafts are none: their creation failed. UNAVAILABLE where
// it is not here and might have been overlooked: Stripe's events were last followed nearly a day ago.
rpc::Result<std::optional<v1::Invoice>> find_created(pqxx::connection& connection,
                                                     const v1::FindByCreationKeyRequest& request);

}  // namespace quittance::invoice_store
