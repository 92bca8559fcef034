#include "invoice_store/settlements/payment_failures.hpp"

#include <set>

#include "base/timestamps.hpp"

namespace quittance::invoice_store {
namespace {

using v1::PaymentFact;
using Invoices = std::map<std::string, std::set<std::string>>;  // by the id of a payment intent or charge

Invoices invoices_of(const std::vector<StoredPayment>& payments) {
    Invoices invoices;
    for (const auto& known : payments) {
        const auto& payment = known.payment;
        if (payment.status() == "detached") continue;
        for (const auto* id : {&payment.payment_intent_id(), &payment.charge_id()})
            if (!id->empty()) invoices[*id].insert(payment.stripe_invoice_id());
    }
    return invoices;
}

std::set<std::string> invoices_of(const PaymentFact& fact, const Invoices& all) {
    std::set<std::string> found{fact.stripe_invoice_id()};
    for (const auto* id : {&fact.payment_intent_id(), &fact.charge_id()}) {
        const auto paid = all.find(*id);
        if (paid != all.end()) found.insert(paid->second.begin(), paid->second.end());
    }
    found.erase(std::string());
    return found;
}

const google::protobuf::Timestamp& time_of(const StoredFact& known) {
    return known.fact.failure().has_time() ? known.fact.failure().time() : known.event_time;
}

bool is_before(const StoredFact& left, const StoredFact& right) {
    auto order = base::compare(time_of(left), time_of(right));
    if (std::is_eq(order)) order = base::compare(left.event_time, right.event_time);
    if (std::is_eq(order)) return left.fact.object_id() < right.fact.object_id();
    return std::is_lt(order);
}

}  // namespace

std::map<std::string, FailedAttempt> last_failures(const std::vector<StoredPayment>& payments,
                                                   const std::vector<StoredFact>& facts) {
    const auto all = invoices_of(payments);
    std::map<std::string, const StoredFact*> last;
    for (const auto& known : facts) {
        if (known.fact.kind() != PaymentFact::PAYMENT_FAILURE) continue;
        for (const auto& invoice : invoices_of(known.fact, all)) {
            auto*& stands = last[invoice];
            if (stands == nullptr || is_before(*stands, known)) stands = &known;
        }
    }
    std::map<std::string, FailedAttempt> failures;
    for (const auto& [invoice, known] : last) {
        auto& failed = failures[invoice];
        failed.error = known->fact.failure();
        *failed.error.mutable_time() = time_of(*known);
        failed.event_time = known->event_time;
    }
    return failures;
}

bool shows_failure(std::string_view status) {
    return status != "paid" && status != "void" && status != "deleted" && status != "draft";
}

}  // namespace quittance::invoice_store
