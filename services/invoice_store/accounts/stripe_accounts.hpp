// Remembers Stripe's id of the account behind each label and mode. Another account behind the same label is the mistake
// of somebody who changed a key: nothing that it says is about the label's rows.
#pragma once

#include <pqxx/pqxx>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

// Records the account if none is recorded for the label and mode, or if the request replaces it. Returns the recorded
// account. The request must be free of violations (validation.hpp). FAILED_PRECONDITION (reason
// "stripe_account_changed", the recorded id in the message): it is another one.
rpc::Result<v1::StripeAccount> record_stripe_account(pqxx::connection& connection,
                                                     const v1::RecordStripeAccountRequest& request);

}  // namespace quittance::invoice_store
