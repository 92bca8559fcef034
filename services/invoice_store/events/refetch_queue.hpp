// The queue of invoices to refetch from Stripe, each with the reason. Transactions that write invoices also add and
// remove entries, so that none is lost.
//   - "tie" and "taken_back" end when the row is no longer in doubt (merge.hpp), whichever statement ended the doubt.
//   - "lines", "credit_note" and "requested" end with an answer of Stripe's that is new enough.
//   - "not_found" and "buried" end with any statement that is new enough and changes the row.
//   - "unrepaired" ends with a report that the row agrees with Stripe again.
#pragma once

#include <array>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

constexpr const char* kReasonSameSecond = "tie";
constexpr const char* kReasonTakenBack = "taken_back";
constexpr const char* kReasonLines = "lines";
constexpr const char* kReasonCreditNote = "credit_note";

constexpr const char* kReasonBuried = "buried";
constexpr const char* kReasonRequested = "requested";
constexpr const char* kReasonNotFound = "not_found";
constexpr const char* kReasonUnrepaired = "unrepaired";

// All reasons of the column refetches.reason.
inline constexpr std::array kRefetchReasons{kReasonSameSecond, kReasonTakenBack, kReasonLines,    kReasonCreditNote,
                                            kReasonBuried,     kReasonRequested, kReasonNotFound, kReasonUnrepaired};

// Of a note that ends an entry: Stripe's answer, or another statement that changed the row.
constexpr const char* kAnswered = "answered";
constexpr const char* kSuperseded = "superseded";

// One invoice, and either the reason for its refetch or the statement that may end it.
struct RefetchNote {
    std::string stripe_invoice_id;
    std::string account;
    bool livemode = false;
    const char* reason = kReasonSameSecond;  // a kReason…, kAnswered or kSuperseded
    // Of a reason: the earliest answer that ends it. Of a statement: its own time.
    google::protobuf::Timestamp time;
};

void prepare_refetch_queue(pqxx::connection& connection);

// The first moment that is certainly after an event of this time. Stripe's events carry whole seconds.
google::protobuf::Timestamp surely_after(const google::protobuf::Timestamp& event_time);

// Queues the doubts. Then removes the entries that the statements end, where the row is no longer in doubt. Call it
// after the invoices are written. Each list may be in any order and hold an invoice more than once.
void note_refetches(pqxx::transaction_base& transaction, std::vector<RefetchNote> doubts,
                    const std::vector<RefetchNote>& statements);

// Notes how a look at an invoice ended (ReportRefetch). The request must be free of violations (validation.hpp).
rpc::Result<v1::ReportRefetchResponse> report_refetch(pqxx::connection& connection,
                                                      const v1::ReportRefetchRequest& request);

// Oldest first. The request must be free of violations (validation.hpp).
rpc::Result<v1::ListRefetchesResponse> list_refetches(pqxx::connection& connection,
                                                      const v1::ListRefetchesRequest& request);

}  // namespace quittance::invoice_store
