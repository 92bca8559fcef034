// The facts' statements. Facts are assigned to invoices under one lock, because an id may link facts that different
// transactions bring.
#include "invoice_store/settlements/payment_facts.hpp"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "invoice_store/settlements/fact_rows.hpp"
#include "invoice_store/settlements/followed_accounts.hpp"
#include "invoice_store/settlements/payment_links.hpp"
#include "invoice_store/settlements/payment_rows.hpp"
#include "invoice_store/settlements/stale_settlements.hpp"
#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

constexpr std::size_t kIdentifierBytes = 255;
constexpr std::size_t kCurrencyBytes = 64;
constexpr std::size_t kMessageBytes = 4'096;

using Events = std::vector<const v1::InvoiceEvent*>;

ObjectKey key_of(const v1::InvoiceEvent& event) {
    return {event.account(), event.livemode(), event.payment_fact().object_id()};
}

AccountMode where_of(const v1::InvoiceEvent& event) {
    return {event.account(), event.livemode()};
}

bool is_payment(const v1::InvoiceEvent& event) {
    return event.payment_fact().kind() == v1::PaymentFact::INVOICE_PAYMENT;
}

// Tells of a whole account, so it is no fact of an object.
bool asks_whole_account(const v1::InvoiceEvent& event) {
    const auto& fact = event.payment_fact();
    return fact.kind() == v1::PaymentFact::SETTLEMENT_ASKED && fact.stripe_invoice_id().empty();
}

// The stored states of the events' objects, read by `read` from the columns after account and mode. `table` has an
// object id with the name `id`, and is called by the letter that `columns` use.
template <class Read>
auto load(pqxx::transaction_base& transaction, const Events& events, const std::string& columns,
          const std::string& table, const std::string& id, Read read) {
    postgres::ArrayLiteral objects;
    postgres::ArrayLiteral accounts;
    postgres::ArrayLiteral modes;
    for (const auto* event : events) {
        objects.add_text(event->payment_fact().object_id());
        accounts.add_text(event->account());
        modes.add_boolean(event->livemode());
    }
    std::map<ObjectKey, decltype(read(pqxx::row(), 2))> known;
    if (events.empty()) return known;
    const auto rows = transaction.exec_params(
        "SELECT w.account, w.livemode, w.object_id, " + columns + " FROM " + table +
            " JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::boolean[])"
            " AS w(object_id, account, livemode)) w ON w.object_id = " +
            id + " AND w.account = " + table.back() + ".account AND w.livemode = " + table.back() + ".livemode",
        objects.take(), accounts.take(), modes.take());
    for (const auto& row : rows) {
        ObjectKey key(row[0].c_str(), row[1].c_str()[0] == 't', row[2].c_str());
        known.emplace(std::move(key), read(row, 3));
    }
    return known;
}

// Merges what each event tells of its object into what is stored of it. A state applied if it is newer than the stored
// one, even if another one of the batch is newer yet, as for invoices. Returns the merged states.
template <class State, class Told, class Merge>
std::map<ObjectKey, State> merge_each(const std::map<ObjectKey, State>& before, const Events& events,
                                      std::map<const v1::InvoiceEvent*, FactChange>& changes, Told told, Merge merge) {
    auto after = before;
    for (const auto* event : events) {
        auto known = told(*event);
        const auto stored = before.find(key_of(*event));
        auto& change = changes[event];
        change.applied = stored == before.end() || merge(stored->second, known).event_id != stored->second.event_id;
        const auto [place, first] = after.try_emplace(key_of(*event), known);
        change.is_first = first;
        if (!first) place->second = merge(std::move(place->second), std::move(known));
    }
    return after;
}

}  // namespace

std::optional<std::string> fact_problem(const v1::InvoiceEvent& event) {
    if (!event.has_payment_fact()) return std::nullopt;
    const auto& fact = event.payment_fact();
    if (fact.object_id().empty()) return "the payment's object has no id";
    std::vector<const std::string*> names{&fact.object_id(),
                                          &fact.stripe_invoice_id(),
                                          &fact.payment_intent_id(),
                                          &fact.charge_id(),
                                          &fact.status(),
                                          &fact.payment().payment_record_id(),
                                          &fact.failure().code(),
                                          &fact.failure().decline_code()};
    for (const auto& part : fact.refunds()) names.push_back(&part.refund_id());
    for (const auto* name : names)
        if (name->size() > kIdentifierBytes) return "a name in the payment is longer than 255 bytes";
    if (fact.failure().message().size() > kMessageBytes) return "the message of the failure is longer than 4096 bytes";
    if (fact.currency().size() > kCurrencyBytes) return "the payment's currency is no currency";
    bool negative = fact.amount_minor() < 0 || fact.out_of_band_minor() < 0 || fact.payment().amount_paid_minor() < 0 ||
                    fact.payment().amount_requested_minor() < 0;
    for (const auto& part : fact.refunds()) negative = negative || part.amount_minor() < 0;
    if (negative) return "the payment's amount is negative";
    if (is_payment(event) && fact.stripe_invoice_id().empty()) return "the payment names no invoice";
    if (asks_whole_account(event) && fact.asked_from().seconds() <= 0) return "the question has no beginning";
    return std::nullopt;
}

void prepare_payments(pqxx::connection& connection) {
    prepare_payment_rows(connection);
    prepare_followed_accounts(connection);
    prepare_stale_settlements(connection);
}

void write_invoice_payments(pqxx::transaction_base& transaction, const std::vector<const v1::InvoiceEvent*>& events) {
    write_payments(transaction, events);
    note_followed(transaction, events);
    mark_unfollowed(transaction, events);
}

std::vector<FactChange> apply_facts(pqxx::transaction_base& transaction,
                                    const std::vector<const v1::InvoiceEvent*>& events) {
    lock_facts(transaction);
    Events payments;
    Events facts;
    for (const auto* event : events) {
        if (asks_whole_account(*event))
            extend_followed(transaction, where_of(*event), event->payment_fact().asked_from());
        else
            (is_payment(*event) ? payments : facts).push_back(event);
    }
    std::map<const v1::InvoiceEvent*, FactChange> told;
    const auto first_payment = [](const v1::InvoiceEvent& event) { return payments_in(event).front(); };
    merge_each(load(transaction, payments, kPaymentColumns, "invoice_payments p", "p.payment_id", read_payment_row),
               payments, told, first_payment, merge_payments);
    write_payments(transaction, payments);
    note_followed(transaction, payments);
    const auto after =
        merge_each(load(transaction, facts, kFactColumns, "payment_facts f", "f.object_id", read_fact_row), facts, told,
                   fact_in, merge_facts);
    write_fact_rows(transaction, after);

    std::map<AccountMode, LinkNames> names;
    for (const auto* event : payments) names[where_of(*event)].add(first_payment(*event).payment);
    for (const auto* event : facts) names[where_of(*event)].add(after.at(key_of(*event)).fact);
    const auto owners = recompute_settlements(transaction, names);
    std::vector<FactChange> changes;
    for (const auto* event : events) {
        const auto found = told.find(event);
        auto& change = changes.emplace_back(found == told.end() ? FactChange{true, false, {}} : found->second);
        const auto owner = owners.find(key_of(*event));
        if (owner != owners.end()) change.stripe_invoice_id = owner->second;
    }
    return changes;
}

}  // namespace quittance::invoice_store
