// The rules for the fields of each request of InvoiceStore. A refusal lists all violations, not only the first.
#pragma once

#include <vector>

#include "quittance/v1/error.pb.h"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

using Violations = std::vector<v1::FieldViolation>;

// Checks the envelopes only. An event with an invoice that cannot be stored becomes DEAD, and the other events of the
// request are applied.
Violations violations_of(const v1::ApplyInvoiceEventsRequest& request);
Violations violations_of(const v1::GetInvoiceRequest& request);
Violations violations_of(const v1::BatchGetInvoicesRequest& request);
Violations violations_of(
    const v1::BatchListInvoicesRequest& request);  // of the batch only; each list is checked by itself
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
Violations violations_of(const v1::ReportRefetchRequest& request);
Violations violations_of(const v1::RequestRefetchesRequest& request);
Violations violations_of(const v1::RecordStripeAccountRequest& request);
Violations violations_of(const v1::BatchGetPaymentFactsRequest& request);
Violations violations_of(const v1::GetCursorRequest& request);
Violations violations_of(const v1::MoveCursorRequest& request);
Violations violations_of(const v1::WatchInvoicesRequest& request);
Violations violations_of(const v1::FindByCreationKeyRequest& request);

}  // namespace quittance::invoice_store
