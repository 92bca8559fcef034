// The queue of invoices to refetch from Stripe: two events carry the same second, lines are missing, or a credit note
// came. Transactions that write invoices also add and remove entries, so that none is lost. Stripe's answer removes any
// entry. An event of a higher rank or a later second removes only same-second conflicts, so such a conflict never
// replaces another reason.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

constexpr const char* kReasonSameSecond = "tie";
constexpr const char* kReasonLines = "lines";
constexpr const char* kReasonCreditNote = "credit_note";

// One invoice, and either the reason for its refetch or the time of Stripe's answer.
struct RefetchNote {
    std::string stripe_invoice_id;
    std::string account;
    bool livemode = false;
    const char* reason = kReasonSameSecond;  // of a doubt
    google::protobuf::Timestamp time;        // of a doubt: the earliest answer that settles it; of an answer: its own
};

void prepare_refetch_queue(pqxx::connection& connection);

// The first moment that is certainly after an event of this time. Stripe's events carry whole seconds.
google::protobuf::Timestamp surely_after(const google::protobuf::Timestamp& event_time);

// Queues the doubts. Then removes the answered entries whose row is no longer in doubt, if the entry is a same-second
// conflict or not newer than the answer. Call it after the invoices are written. Each list may be in any order and hold
// an invoice more than once.
void note_refetches(pqxx::transaction_base& transaction, std::vector<RefetchNote> doubts,
                    std::vector<RefetchNote> answers);

// Oldest first. The request must be free of violations (validation.hpp).
rpc::Result<v1::ListRefetchesResponse> list_refetches(pqxx::connection& connection,
                                                      const v1::ListRefetchesRequest& request);

}  // namespace quittance::invoice_store
