// Walks the invoices that are not final and compares each with Stripe, field by field, both ways: what Stripe lists and
// the store lacks, and what the store calls open and Stripe does not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "clients/stripe_gateway_client.hpp"
#include "reconcile/delivery.hpp"
#include "reconcile/differences.hpp"

namespace quittance::reconcile {

struct Drift {
    std::string stripe_invoice_id;
    bool missing = false;  // the store has no such invoice
    std::vector<FieldDifference> fields;
    bool repaired = false;
};

struct AuditReport {
    std::int64_t compared = 0;
    std::int64_t drifted = 0;
    std::int64_t repaired = 0;
    std::vector<Drift> drifts;  // the first so many; see kMostDrifts
};
constexpr std::size_t kMostDrifts = 1'000;

struct AuditOptions {
    std::string account;
    bool repair = true;
    // A difference counts only if it is still there after this time: webhooks may be on their way.
    std::chrono::milliseconds settle{3'000};
};

Answer<AuditReport> audit(StoreClient& store, GatewayClient& gateway, const AuditOptions& options);

// Compares what Stripe just said with the store, counts what differs, and repairs it: a part of the audit and of the
// backfill. `invoices`: up to 100, with account and livemode.
struct Comparison {
    AuditReport& report;
    const AuditOptions& options;
    google::protobuf::Timestamp answer_time;
};
Answer<bool> compare_and_repair(StoreClient& store, GatewayClient& gateway, std::vector<v1::Invoice> invoices,
                                Comparison comparison);

}  // namespace quittance::reconcile
