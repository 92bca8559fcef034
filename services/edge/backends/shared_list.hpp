// The answer to a list, shared among the callers that asked for the same at the same time.
#pragma once

#include <memory>

#include "quittance/v1/invoice_store.pb.h"

namespace quittance::edge {

using SharedList = std::shared_ptr<const v1::ListInvoicesResponse>;

}  // namespace quittance::edge
