// Groups are found by a union-find over the ids of payment intents and charges.
#include "invoice_store/settlements/payment_groups.hpp"

#include <algorithm>
#include <string_view>

#include "base/timestamps.hpp"

namespace quittance::invoice_store {
namespace {

using v1::PaymentFact;

bool moves_money(const PaymentFact& fact) {
    return fact.kind() == PaymentFact::CHARGE || fact.kind() == PaymentFact::REFUND ||
           fact.kind() == PaymentFact::DISPUTE;
}

// Begins the name of a group that has no id of a payment intent or charge.
constexpr std::string_view kAlone = "object ";

std::string name_of(std::string_view intent, std::string_view charge, std::string_view object) {
    if (!intent.empty()) return std::string("intent ").append(intent);
    if (!charge.empty()) return std::string("charge ").append(charge);
    return object.empty() ? std::string() : std::string(kAlone).append(object);
}

// A fact that names its invoice alone is a group of its own. Empty: the fact waits for a name.
std::string member_of(const PaymentFact& fact) {
    const bool alone = moves_money(fact) && !fact.stripe_invoice_id().empty();
    return name_of(fact.payment_intent_id(), fact.charge_id(), alone ? fact.object_id() : std::string());
}

void name_owner(PaymentGroup& group, const std::string& invoice) {
    if (group.owner.empty() || invoice < group.owner) group.owner = invoice;
}

void add_payment(PaymentGroup& group, const v1::InvoicePayment& payment) {
    name_owner(group, payment.stripe_invoice_id());
    if (is_over(payment)) return;
    auto& invoice = group.invoices[payment.stripe_invoice_id()];
    invoice.paid = invoice.paid || payment.status() != "open";
    invoice.amount_minor = add_minor(invoice.amount_minor, payment.amount_paid_minor());
    group.currency = std::max(group.currency, payment.currency());
}

// Money that paid one invoice and is open for another paid the first one alone. An amount of 0 is not known.
void settle_invoices(PaymentGroup& group) {
    const bool paid =
        std::any_of(group.invoices.begin(), group.invoices.end(), [](const auto& entry) { return entry.second.paid; });
    if (paid) std::erase_if(group.invoices, [](const auto& entry) { return !entry.second.paid; });
    for (auto& [id, invoice] : group.invoices)
        if (invoice.amount_minor == 0) invoice.amount_minor = kUnlimitedMinor;
}

// The charge that a payment intent names with it, for facts that name the intent alone.
std::map<std::string, std::string> charges_by_intent(const std::vector<StoredFact>& facts) {
    std::map<std::string, std::string> charges;
    for (const auto& [fact, time, id] : facts) {
        // Nothing is given back of a charge that failed.
        if (fact.kind() == PaymentFact::PAYMENT_FAILURE) continue;
        if (fact.charge_id().empty() || fact.payment_intent_id().empty()) continue;
        auto& charge = charges[fact.payment_intent_id()];
        if (charge.empty() || fact.charge_id() < charge) charge = fact.charge_id();
    }
    return charges;
}

void add_fact(PaymentGroup& group, Charge& charge, const StoredFact& known) {
    const auto& fact = known.fact;
    if (std::is_lt(base::compare(group.fact_time, known.event_time))) group.fact_time = known.event_time;
    if (fact.kind() == PaymentFact::DISPUTE) {
        group.disputes.push_back(&known);
    } else if (fact.kind() == PaymentFact::CHARGE) {
        charge.reported_minor = fact.amount_minor();
        charge.reported_time = known.event_time;
    } else if (has_failed(fact)) {
        charge.failures.push_back(&known);
    } else {
        charge.refunds_minor = add_minor(charge.refunds_minor, fact.amount_minor());
    }
}

}  // namespace

std::int64_t add_minor(std::int64_t left, std::int64_t right) {
    std::int64_t result = 0;
    return __builtin_add_overflow(left, right, &result) ? kUnlimitedMinor : result;
}

bool has_failed(const PaymentFact& refund) {
    return refund.status() == "failed" || refund.status() == "canceled";
}

std::int64_t Charge::refunded_minor() const {
    auto left = reported_minor;
    for (const auto* failure : failures)
        if (failure->event_time.seconds() >= reported_time.seconds())
            left -= std::min(left, failure->fact.amount_minor());
    return std::max(left, refunds_minor);
}

PaymentGroups::PaymentGroups(const std::vector<StoredPayment>& payments, const std::vector<StoredFact>& facts) {
    for (const auto& known : payments) link(known.payment.payment_intent_id(), known.payment.charge_id());
    for (const auto& known : facts) link(known.fact.payment_intent_id(), known.fact.charge_id());
    add_payments(payments);
    add_links(payments, facts);
    add_facts(facts);
    for (auto& [name, group] : groups_) settle_invoices(group);
}

PaymentGroup* PaymentGroups::group_of(const PaymentFact& fact) {
    const auto member = member_of(fact);
    return member.empty() ? nullptr : &groups_[root(member)];
}

const StoredFact* PaymentGroups::find_refund(const std::string& id) const {
    const auto found = refunds_.find(id);
    return found == refunds_.end() ? nullptr : found->second;
}

std::string PaymentGroups::root(const std::string& member) {
    const auto found = parents_.find(member);
    if (found == parents_.end() || found->second == member) return member;
    return found->second = root(found->second);
}

std::string PaymentGroups::root(const v1::InvoicePayment& payment) {
    return root(name_of(payment.payment_intent_id(), payment.charge_id(), payment.id()));
}

void PaymentGroups::link(const std::string& intent, const std::string& charge) {
    if (intent.empty() || charge.empty()) return;
    const auto left = root("intent " + intent);
    const auto right = root("charge " + charge);
    if (left != right) parents_[std::max(left, right)] = std::min(left, right);
}

void PaymentGroups::add_payments(const std::vector<StoredPayment>& payments) {
    for (const auto& [payment, time, id] : payments) {
        if (payment.id().empty() || is_link(payment)) continue;
        const auto name = root(payment);
        tied_.emplace(name, payment.stripe_invoice_id());
        add_payment(groups_[name], payment);
    }
    for (const auto& [payment, time, id] : payments) {
        if (!payment.id().empty()) continue;
        naming_.insert(payment.stripe_invoice_id());
        const auto name = root(payment);
        if (tied_.emplace(name, payment.stripe_invoice_id()).second) add_payment(groups_[name], payment);
    }
}

void PaymentGroups::add_links(const std::vector<StoredPayment>& payments, const std::vector<StoredFact>& facts) {
    for (const auto& [payment, time, id] : payments)
        if (is_link(payment)) add_link(root(payment), payment.stripe_invoice_id(), payment.status() != "open");
    for (const auto& [fact, time, id] : facts)
        if (moves_money(fact) && !fact.stripe_invoice_id().empty())
            add_link(root(member_of(fact)), fact.stripe_invoice_id(), true);
}

void PaymentGroups::add_link(const std::string& name, const std::string& invoice, bool paid) {
    auto& group = groups_[name];
    name_owner(group, invoice);
    const bool alone = name.starts_with(kAlone);
    if (tied_.contains({name, invoice}) || (naming_.contains(invoice) && !alone)) return;
    auto& linked = group.invoices[invoice];
    linked.paid = linked.paid || paid;
}

void PaymentGroups::add_facts(const std::vector<StoredFact>& facts) {
    const auto charges = charges_by_intent(facts);
    for (const auto& known : facts) {
        const auto& fact = known.fact;
        if (fact.kind() == PaymentFact::REFUND) refunds_[fact.object_id()] = &known;
        auto* group = moves_money(fact) ? group_of(fact) : nullptr;
        if (group == nullptr) continue;
        const auto found = charges.find(fact.payment_intent_id());
        const auto other = found == charges.end() ? member_of(fact) : found->second;
        add_fact(*group, group->charges[fact.charge_id().empty() ? other : fact.charge_id()], known);
    }
    for (auto& [name, group] : groups_)
        for (const auto& [id, charge] : group.charges)
            group.unlisted_minor = add_minor(group.unlisted_minor, charge.refunded_minor() - charge.refunds_minor);
}

}  // namespace quittance::invoice_store
