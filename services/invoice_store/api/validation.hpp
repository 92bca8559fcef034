// What is wrong with a request, field by field: all of it, not the first.
#pragma once

#include <vector>

#include "quittance/v1/error.pb.h"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

using Violations = std::vector<v1::FieldViolation>;

// Envelopes alone: an event whose invoice cannot be stored is parked as DEAD and no reason to refuse its neighbours.
Violations violations_of(const v1::ApplyInvoiceEventsRequest& request);
Violations violations_of(const v1::GetInvoiceRequest& request);
Violations violations_of(const v1::BatchGetInvoicesRequest& request);
Violations violations_of(const v1::BatchListInvoicesRequest& request);  // of the batch; each list has its own
Violations violations_of(const v1::ListInvoicesRequest& request);
Violations violations_of(const v1::GetLastInvoiceRequest& request);
Violations violations_of(const v1::GetBillingHistoryRequest& request);
Violations violations_of(const v1::RegisterCustomerRequest& request);
Violations violations_of(const v1::GetCustomerRequest& request);
Violations violations_of(const v1::ListEventsRequest& request);
Violations violations_of(const v1::GetEventRequest& request);
Violations violations_of(const v1::ReplayEventsRequest& request);
Violations violations_of(const v1::DiscardEventsRequest& request);
Violations violations_of(const v1::ListRefetchesRequest& request);
Violations violations_of(const v1::GetCursorRequest& request);
Violations violations_of(const v1::MoveCursorRequest& request);
Violations violations_of(const v1::WatchInvoicesRequest& request);
Violations violations_of(const v1::FindByCreationKeyRequest& request);

}  // namespace quittance::invoice_store
