// What is stored of refunds, disputes and other objects that move money, for a comparison with Stripe.
#pragma once

#include <pqxx/pqxx>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

// In the order of the ids. The request must be free of violations (validation.hpp).
rpc::Result<v1::BatchGetPaymentFactsResponse> batch_get_payment_facts(pqxx::connection& connection,
                                                                      const v1::BatchGetPaymentFactsRequest& request);

}  // namespace quittance::invoice_store
