#include "invoice_store/settlements/payment_failures.hpp"

#include <set>

#include "base/timestamps.hpp"

namespace quittance::invoice_store {
namespace {

using v1::PaymentFact;
// The payments by the ids of their payment intents and charges.
class Ties {
  public:
    explicit Ties(const std::vector<StoredPayment>& payments) {
        for (const auto& [payment, time, id] : payments) {
            for (const auto* name : {&payment.payment_intent_id(), &payment.charge_id()})
                if (!name->empty()) by_id_[*name].push_back(&payment);
            if (payment.id().empty()) naming_.insert(payment.stripe_invoice_id());
        }
    }

    // The rule of payment_groups.hpp, but a cancelled payment ties its failures, too.
    std::set<std::string> invoices_of(const PaymentFact& fact) const {
        std::map<std::string, bool> tied;
        for (const auto* payment : payments_of(fact)) {
            if (payment->id().empty() || is_link(*payment)) continue;
            auto& is_tied = tied[payment->stripe_invoice_id()];
            is_tied = is_tied || payment->status() != "detached";
        }
        for (const auto* payment : payments_of(fact))
            if (payment->id().empty() || (is_link(*payment) && !naming_.contains(payment->stripe_invoice_id())))
                tied.try_emplace(payment->stripe_invoice_id(), true);
        if (!naming_.contains(fact.stripe_invoice_id())) tied.try_emplace(fact.stripe_invoice_id(), true);
        std::set<std::string> found;
        for (const auto& [invoice, is_tied] : tied)
            if (is_tied && !invoice.empty()) found.insert(invoice);
        return found;
    }

  private:
    std::vector<const v1::InvoicePayment*> payments_of(const PaymentFact& fact) const {
        std::vector<const v1::InvoicePayment*> found;
        for (const auto* id : {&fact.payment_intent_id(), &fact.charge_id()}) {
            const auto named = by_id_.find(*id);
            if (named != by_id_.end()) found.insert(found.end(), named->second.begin(), named->second.end());
        }
        return found;
    }

    std::map<std::string, std::vector<const v1::InvoicePayment*>> by_id_;
    std::set<std::string> naming_;  // the invoices that name a payment
};

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
    const Ties ties(payments);
    std::map<std::string, const StoredFact*> last;
    for (const auto& known : facts) {
        if (known.fact.kind() != PaymentFact::PAYMENT_FAILURE) continue;
        for (const auto& invoice : ties.invoices_of(known.fact)) {
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
