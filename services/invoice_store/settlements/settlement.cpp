#include "invoice_store/settlements/settlement.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "base/timestamps.hpp"

namespace quittance::invoice_store {
namespace {

using v1::PaymentFact;

// The progress of an object with this status, which orders two states of one second. An unknown status is between the
// first and the last ones.
int progress_of(std::string_view status) {
    if (status == "pending" || status == "open" || status == "warning_needs_response") return 0;
    if (status == "needs_response" || status == "requires_action") return 1;
    if (status == "succeeded" || status == "paid" || status == "won" || status == "lost" || status == "warning_closed")
        return 3;
    if (status == "failed" || status == "canceled" || status == "void") return 4;
    return 2;
}

auto order_of(const StoredFact& known) {
    return std::tuple(known.event_time.seconds(), known.event_time.nanos(), progress_of(known.fact.status()),
                      known.fact.amount_minor(), std::string_view(known.event_id));
}

bool failed(const PaymentFact& refund) {
    return refund.status() == "failed" || refund.status() == "canceled";
}

bool is_open(const PaymentFact& dispute) {
    const std::string_view status = dispute.status();
    return !status.starts_with("warning_") && status != "won" && status != "lost" && status != "prevented" &&
           status != "charge_refunded";
}

// One charge and its refunds.
struct Charge {
    std::int64_t reported_minor = 0;            // refunded, by the charge itself
    google::protobuf::Timestamp reported_time;  // of the charge's event
    std::int64_t refunds_minor = 0;             // of its refunds that did not fail
    std::vector<const StoredFact*> failures;    // its refunds that failed
    std::int64_t refunded_minor() const {
        auto left = reported_minor;
        for (const auto* failure : failures)
            if (std::is_gt(base::compare(failure->event_time, reported_time))) left -= failure->fact.amount_minor();
        return std::max({left, refunds_minor, std::int64_t{0}});
    }
};

// A fact that names only a payment intent belongs to the charge that names the same intent.
std::map<std::string, std::string> charges_by_intent(const std::vector<StoredFact>& facts) {
    std::map<std::string, std::string> charges;
    for (const auto& [fact, time, id] : facts) {
        if (fact.charge_id().empty() || fact.payment_intent_id().empty()) continue;
        auto& charge = charges[fact.payment_intent_id()];
        if (charge.empty() || fact.charge_id() < charge) charge = fact.charge_id();
    }
    return charges;
}

void keep_greater(std::string& name, const std::string& other) {
    if (name < other) name = other;
}

}  // namespace

StoredFact merge_facts(StoredFact left, StoredFact right) {
    if (order_of(left) < order_of(right)) std::swap(left, right);
    keep_greater(*left.fact.mutable_stripe_invoice_id(), right.fact.stripe_invoice_id());
    keep_greater(*left.fact.mutable_payment_intent_id(), right.fact.payment_intent_id());
    keep_greater(*left.fact.mutable_charge_id(), right.fact.charge_id());
    return left;
}

Settlement settlement_of(const std::vector<StoredFact>& facts) {
    Settlement settlement;
    std::map<std::string, Charge> charges;
    const auto by_intent = charges_by_intent(facts);
    for (const auto& known : facts) {
        const auto& fact = known.fact;
        if (std::is_lt(base::compare(settlement.update_time, known.event_time)))
            settlement.update_time = known.event_time;
        auto name = fact.charge_id();
        if (name.empty()) {
            const auto found = by_intent.find(fact.payment_intent_id());
            name = found == by_intent.end() ? fact.payment_intent_id() : found->second;
        }
        if (fact.kind() == PaymentFact::CHARGE) {
            charges[name].reported_minor = fact.amount_minor();
            charges[name].reported_time = known.event_time;
        } else if (fact.kind() == PaymentFact::REFUND && failed(fact)) {
            charges[name].failures.push_back(&known);
        } else if (fact.kind() == PaymentFact::REFUND) {
            charges[name].refunds_minor += fact.amount_minor();
        } else if (fact.kind() == PaymentFact::DISPUTE) {
            const bool lost = fact.status() == "lost";
            settlement.dispute_lost = settlement.dispute_lost || lost;
            settlement.dispute_open = settlement.dispute_open || is_open(fact);
            if (lost || is_open(fact)) settlement.amount_disputed_minor += fact.amount_minor();
        }
    }
    for (const auto& [name, charge] : charges) settlement.amount_refunded_minor += charge.refunded_minor();
    return settlement;
}

std::string_view settlement_word(const v1::Invoice& invoice, const Settlement& settlement) {
    const bool paid = invoice.status() == "paid";
    if (!paid && invoice.amount_paid_minor() == 0) return "none";
    if (settlement.dispute_lost) return "charged_back";
    if (settlement.dispute_open) return "disputed";
    const auto received_minor = paid ? invoice.amount_minor() : invoice.amount_paid_minor();
    if (settlement.amount_refunded_minor > 0)
        return settlement.amount_refunded_minor < received_minor ? "partially_refunded" : "refunded";
    return paid ? "settled" : "none";
}

}  // namespace quittance::invoice_store
