// Reads payments, charges, refunds, disputes, credit notes and customers, of every shape since 2022-11-15. Since basil
// (2025-03-31) a charge and a payment intent no longer name their invoice; the invoice payment links the payment intent
// to it. So every fact keeps all ids that its object has.
#include "stripe/reader_facts.hpp"

#include <algorithm>
#include <optional>

#include "base/object_id.hpp"
#include "stripe/json_fields.hpp"
#include "stripe/reader_failure.hpp"
#include "stripe/reader_payment.hpp"

namespace quittance::stripe {
namespace {

namespace json = boost::json;
using v1::PaymentFact;

constexpr std::size_t kLongestId = 255;

struct FactType {
    std::string_view event_type;
    std::string_view object;  // what data.object says that it is
    PaymentFact::Kind kind;
};

constexpr FactType kFactTypes[] = {
    {"invoice_payment.", "invoice_payment", PaymentFact::INVOICE_PAYMENT},
    {"charge.refunded", "charge", PaymentFact::CHARGE},
    {"charge.failed", "charge", PaymentFact::PAYMENT_FAILURE},
    {"payment_intent.payment_failed", "payment_intent", PaymentFact::PAYMENT_FAILURE},
    {"charge.refund.", "refund", PaymentFact::REFUND},
    {"refund.", "refund", PaymentFact::REFUND},
    {"charge.dispute.", "dispute", PaymentFact::DISPUTE},
    {"credit_note.", "credit_note", PaymentFact::CREDIT_NOTE},
};

// Only these events are about the customer. customer.subscription.*, customer.source.* and so on are not.
constexpr std::string_view kCustomerTypes[] = {"customer.created", "customer.updated", "customer.deleted"};

std::string_view first(std::string_view preferred, std::string_view other) {
    return preferred.empty() ? other : preferred;
}

void put_id(const Fields& fields, std::string_view key, std::string_view id, std::string& target) {
    if (id.size() > kLongestId) fields.report(key, "is longer than 255 bytes");
    assign_text(target, id);
}

// Empty if the value is no id of ours: Stripe's metadata may have any text under these names.
std::string_view own_id(const Fields& metadata, std::string_view key) {
    const auto text = metadata.text(key);
    return base::is_object_id(text) ? text : std::string_view();
}

// An amount that must not be negative.
std::int64_t magnitude(const Fields& fields, std::string_view key, bool required) {
    const auto amount = required ? fields.required_integer(key) : fields.integer(key).value_or(0);
    if (amount >= 0) return amount;
    fields.report(key, "is negative");
    return 0;
}

// The amount of a refund, a dispute or a credit note, and what a charge was refunded in all.
void read_amount(const Fields& object, PaymentFact& fact) {
    const bool is_charge = fact.kind() == PaymentFact::CHARGE;
    fact.set_amount_minor(magnitude(object, is_charge ? "amount_refunded" : "amount", true));
}

// An expanded reference has further ids.
void read_payment(const Fields& object, PaymentFact& fact) {
    const auto charge = object.child("charge");
    const auto intent = object.child("payment_intent");
    const auto charge_id = fact.kind() == PaymentFact::CHARGE ? std::string_view(fact.object_id())
                                                              : first(object.id("charge"), intent.id("latest_charge"));
    put_id(object, "charge", charge_id, *fact.mutable_charge_id());
    put_id(object, "payment_intent", first(object.id("payment_intent"), charge.id("payment_intent")),
           *fact.mutable_payment_intent_id());
    put_id(object, "invoice", first(object.id("invoice"), first(charge.id("invoice"), intent.id("invoice"))),
           *fact.mutable_stripe_invoice_id());
}

void read_invoice_payment_fact(const Fields& object, PaymentFact& fact) {
    auto& payment = *fact.mutable_payment();
    payment = read_invoice_payment(object);
    fact.set_stripe_invoice_id(payment.stripe_invoice_id());
    fact.set_payment_intent_id(payment.payment_intent_id());
    fact.set_charge_id(payment.charge_id());
    fact.set_amount_minor(payment.amount_paid_minor());
}

// The parts of a credit note that went back to the payer. Before basil `refund` names the only one, without its amount.
void read_money_back(const Fields& note, PaymentFact& fact, std::string& problem) {
    fact.set_out_of_band_minor(magnitude(note, "out_of_band_amount", false));
    if (const auto* parts = note.list("refunds"))
        for (const auto& element : *parts) {
            const Fields fields(object_in(element), problem, "refunds");
            auto& part = *fact.add_refunds();
            assign_text(*part.mutable_type(), fields.text("type"));
            put_id(fields, "refund", fields.id("refund"), *part.mutable_refund_id());
            part.set_amount_minor(magnitude(fields, "amount_refunded", false));
        }
    const auto only = note.id("refund");
    if (only.empty() || fact.refunds_size() > 0) return;
    auto& part = *fact.add_refunds();
    part.set_type("refund");
    put_id(note, "refund", only, *part.mutable_refund_id());
}

// Unset: the object tells of no failure, or is of no invoice.
std::optional<PaymentFact> read_failure_fact(const Fields& object, bool is_charge,
                                             const google::protobuf::Timestamp& event_time) {
    PaymentFact fact;
    fact.set_kind(PaymentFact::PAYMENT_FAILURE);
    object.required_text("id");
    if (pays_no_invoice(object) || !read_failure(object, is_charge, event_time, fact)) return std::nullopt;
    const auto intent = object.child("payment_intent");
    put_id(object, "payment_intent", is_charge ? object.id("payment_intent") : object.text("id"),
           *fact.mutable_payment_intent_id());
    put_id(object, "invoice", first(object.id("invoice"), intent.id("invoice")), *fact.mutable_stripe_invoice_id());
    assign_text(*fact.mutable_currency(), object.text("currency"));
    assign_text(*fact.mutable_status(), object.text("status"));
    return fact;
}

PaymentFact read_payment_fact(const Fields& object, PaymentFact::Kind kind, std::string& problem) {
    PaymentFact fact;
    fact.set_kind(kind);
    put_id(object, "id", object.required_text("id"), *fact.mutable_object_id());
    if (kind == PaymentFact::INVOICE_PAYMENT) {
        read_invoice_payment_fact(object, fact);
    } else {
        read_amount(object, fact);
        read_payment(object, fact);
    }
    if (kind == PaymentFact::CREDIT_NOTE) read_money_back(object, fact, problem);
    assign_text(*fact.mutable_currency(), object.required_text("currency"));
    // The status decides whether a dispute or an invoice payment counts. A refund may have none yet.
    const bool decides = kind == PaymentFact::DISPUTE || kind == PaymentFact::INVOICE_PAYMENT;
    assign_text(*fact.mutable_status(), decides ? object.required_text("status") : object.text("status"));
    const bool names_invoice = kind == PaymentFact::CREDIT_NOTE || kind == PaymentFact::INVOICE_PAYMENT;
    if (names_invoice && fact.stripe_invoice_id().empty()) object.report("invoice", "is missing");
    return fact;
}

// The customer before the event. `previous` has the old values of the changed members; other members did not change.
// For metadata it has the changed keys, with null for new keys.
// https://docs.stripe.com/api/events/object#event_object-data-previous_attributes
v1::StripeCustomer customer_before(const json::object& previous, const v1::StripeCustomer& now) {
    std::string ignored;
    const Fields fields(&previous, ignored);
    v1::StripeCustomer before;
    before.set_name(now.name());
    before.set_user_id(now.user_id());
    before.set_team_id(now.team_id());
    if (previous.contains("name")) assign_text(*before.mutable_name(), fields.text("name"));
    if (!previous.contains("metadata")) return before;
    const auto metadata = fields.child("metadata");
    const auto was = [&](std::string_view key, std::string& field) {
        if (metadata.object() == nullptr || metadata.object()->contains(key)) assign_text(field, own_id(metadata, key));
    };
    was("user_id", *before.mutable_user_id());
    was("team_id", *before.mutable_team_id());
    return before;
}

v1::StripeCustomer read_customer(const Fields& object, const json::object* previous, std::string_view event_type) {
    v1::StripeCustomer customer;
    put_id(object, "id", object.required_text("id"), *customer.mutable_stripe_customer_id());
    assign_text(*customer.mutable_name(), object.text("name"));
    const auto metadata = object.child("metadata");
    assign_text(*customer.mutable_user_id(), own_id(metadata, "user_id"));
    assign_text(*customer.mutable_team_id(), own_id(metadata, "team_id"));
    customer.set_deleted(event_type == "customer.deleted" || object.flag("deleted"));
    if (event_type == "customer.updated" && previous != nullptr)
        *customer.mutable_previous() = customer_before(*previous, customer);
    return customer;
}

const FactType* fact_type_of(std::string_view event_type) {
    const auto* found = std::find_if(std::begin(kFactTypes), std::end(kFactTypes),
                                     [&](const auto& row) { return matches_type(row.event_type, event_type); });
    return found == std::end(kFactTypes) ? nullptr : found;
}

bool is_about_customer(std::string_view event_type) {
    return std::find(std::begin(kCustomerTypes), std::end(kCustomerTypes), event_type) != std::end(kCustomerTypes);
}

}  // namespace

void read_fact(const json::object* object, const json::object* previous, v1::InvoiceEvent& event) {
    const auto* fact_type = fact_type_of(event.type());
    if (fact_type == nullptr && !is_about_customer(event.type())) return;
    if (object == nullptr) {
        event.set_problem("data.object is missing");
        return;
    }
    std::string problem;
    const Fields fields(object, problem);
    const auto kind = fields.text("object");
    if (!kind.empty() && kind != (fact_type == nullptr ? "customer" : fact_type->object)) return;
    if (fact_type == nullptr)
        *event.mutable_stripe_customer() = read_customer(fields, previous, event.type());
    else if (fact_type->kind != PaymentFact::PAYMENT_FAILURE)
        *event.mutable_payment_fact() = read_payment_fact(fields, fact_type->kind, problem);
    else if (auto failure = read_failure_fact(fields, fact_type->object == "charge", event.event_time()))
        *event.mutable_payment_fact() = *std::move(failure);
    if (problem.empty()) return;
    event.clear_payment_fact();
    event.clear_stripe_customer();
    event.set_problem("data.object." + problem);
}

}  // namespace quittance::stripe
