#include "invoice_store/settlements/payment_shares.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/timestamps.hpp"
#include "invoice_store/settlements/payment_failures.hpp"
#include "invoice_store/settlements/payment_groups.hpp"

namespace quittance::invoice_store {
namespace {

using google::protobuf::Timestamp;
using v1::PaymentFact;
using Amounts = std::map<std::string, std::int64_t>;  // by invoice

void raise(Timestamp& time, const Timestamp& other) {
    if (std::is_lt(base::compare(time, other))) time = other;
}

bool is_lost(const PaymentFact& dispute) {
    return dispute.status() == "lost" || dispute.status().starts_with("appeal_");
}

bool is_open(const PaymentFact& dispute) {
    const std::string_view status = dispute.status();
    return !is_lost(dispute) && !status.starts_with("warning_") && status != "won" && status != "prevented" &&
           status != "charge_refunded";
}

// A part of an amount: at least, and at most.
struct Share {
    std::int64_t least_minor = 0;
    std::int64_t most_minor = 0;
};

// The share of one invoice in what is left of an amount, where each invoice has a capacity.
Share share_of(std::int64_t left, std::int64_t capacity, std::int64_t capacity_of_others) {
    const auto surely = left - std::min(left, capacity_of_others);
    return {std::min(surely, capacity), std::min(left, capacity)};
}

// What invoices other than this one can get back of the money, beside what is assigned to them.
std::int64_t capacity_of_others(const PaymentGroup& group, const Amounts& assigned, const std::string& invoice) {
    std::int64_t capacity = 0;
    for (const auto& [other, paid] : group.invoices) {
        if (other == invoice) continue;
        const auto found = assigned.find(other);
        const auto taken = found == assigned.end() || paid.amount_minor == kUnlimitedMinor ? 0 : found->second;
        capacity = add_minor(capacity, paid.amount_minor - taken);
    }
    return capacity;
}

void add_refunded(Settlement& settlement, std::int64_t amount_minor) {
    settlement.amount_refunded_minor = add_minor(settlement.amount_refunded_minor, amount_minor);
}

void add_dispute(const PaymentGroup& group, const PaymentFact& dispute, const std::string& invoice,
                 Settlement& settlement) {
    if (!is_lost(dispute) && !is_open(dispute)) return;
    const auto others = capacity_of_others(group, {}, invoice);
    // Banks may dispute in another currency. Then the amounts cannot be compared.
    const bool comparable =
        group.currency.empty() || dispute.currency().empty() || group.currency == dispute.currency();
    const auto capacity = comparable ? group.invoices.at(invoice).amount_minor : kUnlimitedMinor;
    const auto share = share_of(dispute.amount_minor(), capacity, comparable || others == 0 ? others : kUnlimitedMinor);
    settlement.amount_disputed_minor = add_minor(settlement.amount_disputed_minor, share.least_minor);
    if (share.least_minor < share.most_minor) {
        settlement.share_unknown = true;
    } else {
        settlement.dispute_lost = settlement.dispute_lost || is_lost(dispute);
        settlement.dispute_open = settlement.dispute_open || is_open(dispute);
    }
}

class Division {
  public:
    Division(const std::vector<StoredPayment>& payments, const std::vector<StoredFact>& facts)
        : facts_(facts), groups_(payments, facts) {
        add_credit_notes();
        for (const auto& [name, group] : groups_.all()) divide_group(group);
        for (const auto& [fact, time, id] : facts)
            if (fact.kind() == PaymentFact::SETTLEMENT_ASKED)
                raise(settlements_[fact.stripe_invoice_id()].asked_time, time);
        for (auto& [invoice, failed] : last_failures(payments, facts)) {
            raise(settlements_[invoice].update_time, failed.event_time);
            settlements_[invoice].failure = failed.error;
        }
    }

    PaymentShares take() {
        PaymentShares shares;
        for (const auto& [fact, time, id] : facts_) {
            auto& owner = shares.owners[fact.object_id()];
            const auto* group = groups_.group_of(fact);
            if (!fact.stripe_invoice_id().empty())
                owner = fact.stripe_invoice_id();
            else if (group != nullptr)
                owner = group->owner;
        }
        shares.settlements = std::move(settlements_);
        return shares;
    }

  private:
    void add_credit_notes() {
        Amounts unplaced;  // refunds that only credit notes tell of
        for (const auto& [note, time, id] : facts_) {
            if (note.kind() != PaymentFact::CREDIT_NOTE) continue;
            const auto& invoice = note.stripe_invoice_id();
            raise(settlements_[invoice].update_time, time);
            if (note.status() == "void") continue;
            add_refunded(settlements_[invoice], note.out_of_band_minor());
            for (const auto& part : note.refunds()) {
                if (part.refund_id().empty())
                    add_refunded(settlements_[invoice], part.amount_minor());
                else if (const auto* refund = groups_.find_refund(part.refund_id()))
                    assign(refund->fact, part, invoice);
                else
                    unplaced[invoice] = add_minor(unplaced[invoice], part.amount_minor());
            }
        }
        for (const auto& [invoice, amount_minor] : unplaced) place(invoice, amount_minor);
    }

    // A credit note tells whose a refund is.
    void assign(const PaymentFact& refund, const v1::CreditNoteRefund& part, const std::string& invoice) {
        if (has_failed(refund)) return;
        const auto whole = refund.amount_minor();
        const auto amount = part.amount_minor() == 0 ? whole : std::min(whole, part.amount_minor());
        auto* group = groups_.group_of(refund);
        if (group != nullptr && group->invoices.contains(invoice)) {
            auto& assigned = group->invoices[invoice].assigned_minor;
            assigned = add_minor(assigned, amount);
            return;
        }
        add_refunded(settlements_[invoice], amount);
        if (group != nullptr) group->elsewhere_minor = add_minor(group->elsewhere_minor, amount);
    }

    // A charge may already have told of a refund that a credit note tells of: then it is the same money.
    void place(const std::string& invoice, std::int64_t amount_minor) {
        for (auto& [name, group] : groups_.all()) {
            const auto found = group.invoices.find(invoice);
            if (found == group.invoices.end()) continue;
            const auto same = std::min(amount_minor, group.unlisted_minor);
            group.unlisted_minor -= same;
            amount_minor -= same;
            found->second.assigned_minor = add_minor(found->second.assigned_minor, same);
        }
        add_refunded(settlements_[invoice], amount_minor);
    }

    void divide_group(const PaymentGroup& group) {
        std::int64_t left = 0;
        for (const auto& [id, charge] : group.charges) left = add_minor(left, charge.refunded_minor());
        left -= std::min(left, group.elsewhere_minor);
        Amounts assigned;
        for (const auto& [invoice, paid] : group.invoices) {
            assigned[invoice] = std::min({paid.assigned_minor, paid.amount_minor, left});
            left -= assigned[invoice];
        }
        for (const auto& [invoice, paid] : group.invoices) {
            auto& settlement = settlements_[invoice];
            raise(settlement.update_time, group.fact_time);
            const auto share =
                share_of(left, paid.amount_minor - assigned[invoice], capacity_of_others(group, assigned, invoice));
            add_refunded(settlement, add_minor(assigned[invoice], share.least_minor));
            settlement.share_unknown = settlement.share_unknown || share.least_minor < share.most_minor;
            for (const auto* dispute : group.disputes) add_dispute(group, dispute->fact, invoice, settlement);
        }
    }

    const std::vector<StoredFact>& facts_;
    PaymentGroups groups_;
    std::map<std::string, Settlement> settlements_;
};

}  // namespace

PaymentShares divide(const std::vector<StoredPayment>& payments, const std::vector<StoredFact>& facts) {
    return Division(payments, facts).take();
}

}  // namespace quittance::invoice_store
