// The invoices that Stripe has to be asked for: two events claimed the same second, lines are missing, a credit note
// came. Put here and taken away in the transactions that write invoices, so that none is forgotten in between. Stripe's
// answer takes any of them away, a tie also an event that leaves it behind; so a tie never stands in place of another
// reason.
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

// One invoice, and either why it has to be asked for or when Stripe answered.
struct RefetchNote {
    std::string stripe_invoice_id;
    std::string account;
    bool livemode = false;
    const char* reason = kReasonSameSecond;  // of a doubt
    google::protobuf::Timestamp time;        // of a doubt: answers count from this time on; of an answer: its own
};

void prepare_refetch_queue(pqxx::connection& connection);

// The first moment that is surely after an event of this time: Stripe's events know whole seconds alone.
google::protobuf::Timestamp surely_after(const google::protobuf::Timestamp& event_time);

// Queues the doubts, then removes those of the answered whose row is in no doubt any more and whose doubt is a tie or
// not newer than the answer. After the invoices were written; each list may be in any order and hold an invoice more
// than once.
void note_refetches(pqxx::transaction_base& transaction, std::vector<RefetchNote> doubts,
                    std::vector<RefetchNote> answers);

// Oldest first. The request must be free of violations (validation.hpp).
rpc::Result<v1::ListRefetchesResponse> list_refetches(pqxx::connection& connection,
                                                      const v1::ListRefetchesRequest& request);

}  // namespace quittance::invoice_store
