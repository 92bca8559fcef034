// The facts' statements. Facts are assigned to invoices under one lock, because an id may link facts that different
// transactions bring.
#include "invoice_store/settlements/payment_facts.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "invoice_store/database/advisory_locks.hpp"
#include "invoice_store/settlements/payment_links.hpp"
#include "invoice_store/settlements/payment_rows.hpp"
#include "invoice_store/settlements/settlement_rows.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

constexpr const char* kFindTied = "find_tied_facts";
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

void store(pqxx::transaction_base& transaction, const std::map<ObjectKey, StoredFact>& facts) {
    if (facts.empty()) return;
    std::array<postgres::ArrayLiteral, 20> columns;
    for (const auto& [key, known] : facts) {
        const auto& fact = known.fact;
        columns[0].add_text(std::get<0>(key));
        columns[1].add_boolean(std::get<1>(key));
        columns[2].add_text(fact.object_id());
        columns[3].add_integer(fact.kind());
        columns[4].add_text(fact.stripe_invoice_id());
        columns[5].add_text(fact.payment_intent_id());
        columns[6].add_text(fact.charge_id());
        columns[7].add_integer(fact.amount_minor());
        columns[8].add_text(fact.currency());
        columns[9].add_text(fact.status());
        columns[10].add_time(known.event_time);
        columns[11].add_text(known.event_id);
        postgres::ArrayLiteral types;
        postgres::ArrayLiteral refunds;
        postgres::ArrayLiteral amounts;
        for (const auto& part : fact.refunds()) {
            types.add_text(part.type());
            refunds.add_text(part.refund_id());
            amounts.add_integer(part.amount_minor());
        }
        columns[12].add_text(types.take());
        columns[13].add_text(refunds.take());
        columns[14].add_text(amounts.take());
        columns[15].add_integer(fact.out_of_band_minor());
        const auto& failure = fact.failure();
        columns[16].add_text(failure.code());
        columns[17].add_text(failure.decline_code());
        columns[18].add_text(failure.message());
        if (failure.has_time())
            columns[19].add_time(failure.time());
        else
            columns[19].add_null();
    }
    std::vector<std::string> parameters;
    for (auto& column : columns) parameters.push_back(column.take());
    transaction.exec_params(
        R"(
        INSERT INTO payment_facts (account, livemode, object_id, kind, stripe_invoice_id, payment_intent_id, charge_id,
                                   amount_minor, currency, status, event_time, event_id, refund_types, refund_ids,
                                   refund_amounts, out_of_band_minor, failure_code, failure_decline_code,
                                   failure_message, failure_time)
        SELECT account, livemode, object_id, kind, stripe_invoice_id, payment_intent_id, charge_id, amount_minor,
               currency, status, event_time, event_id, refund_types::text[], refund_ids::text[],
               refund_amounts::bigint[], out_of_band_minor, failure_code, failure_decline_code, failure_message,
               failure_time
        FROM unnest($1::text[], $2::boolean[], $3::text[], $4::smallint[], $5::text[], $6::text[], $7::text[],
                    $8::bigint[], $9::text[], $10::text[], $11::timestamptz[], $12::text[], $13::text[], $14::text[],
                    $15::text[], $16::bigint[], $17::text[], $18::text[], $19::text[], $20::timestamptz[])
            AS t(account, livemode, object_id, kind, stripe_invoice_id, payment_intent_id, charge_id, amount_minor,
                 currency, status, event_time, event_id, refund_types, refund_ids, refund_amounts, out_of_band_minor,
                 failure_code, failure_decline_code, failure_message, failure_time)
        ON CONFLICT (object_id, account, livemode) DO UPDATE SET
            kind = excluded.kind, stripe_invoice_id = excluded.stripe_invoice_id,
            payment_intent_id = excluded.payment_intent_id, charge_id = excluded.charge_id,
            amount_minor = excluded.amount_minor, currency = excluded.currency, status = excluded.status,
            event_time = excluded.event_time, event_id = excluded.event_id, refund_types = excluded.refund_types,
            refund_ids = excluded.refund_ids, refund_amounts = excluded.refund_amounts,
            out_of_band_minor = excluded.out_of_band_minor, failure_code = excluded.failure_code,
            failure_decline_code = excluded.failure_decline_code, failure_message = excluded.failure_message,
            failure_time = excluded.failure_time)",
        pqxx::prepare::make_dynamic_params(parameters));
}

void lock_facts(pqxx::transaction_base& transaction) {
    transaction.exec_params("SELECT pg_advisory_xact_lock($1)", kFactsLock);
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

void prepare_payment_lookup(pqxx::connection& connection) {
    postgres::prepare(connection, kFindTied, R"(
        SELECT account, livemode, payment_intent_id, charge_id, invoice_id FROM payment_facts
        WHERE payment_intent_id <> '' AND payment_intent_id = ANY ($1::text[])
        UNION SELECT account, livemode, payment_intent_id, charge_id, invoice_id FROM payment_facts
        WHERE charge_id <> '' AND charge_id = ANY ($2::text[]))");
    prepare_payment_rows(connection);
    prepare_unfollowed(connection);
}

void write_invoice_payments(pqxx::transaction_base& transaction, const std::vector<const v1::InvoiceEvent*>& events) {
    write_payments(transaction, events);
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
    const auto after =
        merge_each(load(transaction, facts, kFactColumns, "payment_facts f", "f.object_id", read_fact_row), facts, told,
                   fact_in, merge_facts);
    store(transaction, after);

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

std::vector<PaymentNames> payment_names(const v1::InvoiceEvent& event) {
    std::vector<PaymentNames> names;
    for (const auto& known : payments_in(event))
        names.push_back({event.account(), event.livemode(), known.payment.payment_intent_id(),
                         known.payment.charge_id(), known.payment.stripe_invoice_id(), !is_derived(known.payment)});
    return names;
}

void recompute_waiting_settlements(pqxx::connection& connection, const std::vector<PaymentNames>& names) {
    std::map<AccountMode, LinkNames> waiting;
    std::map<std::string, std::string> invoices;  // by the id of their payment intent or charge
    postgres::ArrayLiteral intents;
    postgres::ArrayLiteral charges;
    for (const auto& name : names) {
        if (name.surely) waiting[{name.account, name.livemode}].add(name.payment_intent_id, name.charge_id);
        if (!name.payment_intent_id.empty()) intents.add_text(name.payment_intent_id);
        if (!name.charge_id.empty()) charges.add_text(name.charge_id);
        for (const auto* id : {&name.payment_intent_id, &name.charge_id})
            if (!id->empty()) invoices[*id] = name.stripe_invoice_id;
    }
    {
        pqxx::nontransaction session(connection);
        for (const auto& row : postgres::exec_prepared(session, kFindTied, intents.take(), charges.take())) {
            const auto belongs = [&](const pqxx::field& id) {
                const auto found = invoices.find(id.c_str());
                return found != invoices.end() && found->second == row[4].c_str();
            };
            const bool known = belongs(row[2]) || belongs(row[3]);
            if (!known) waiting[{row[0].c_str(), row[1].c_str()[0] == 't'}].add(row[2].c_str(), row[3].c_str());
        }
    }
    if (waiting.empty()) return;
    pqxx::work transaction(connection);
    lock_facts(transaction);
    recompute_settlements(transaction, waiting);
    transaction.commit();
}

std::vector<PaymentNames> find_overlooked_payments(pqxx::connection& connection, int window_seconds, int limit) {
    pqxx::nontransaction session(connection);
    const auto rows = session.exec_params(
        R"(
        SELECT f.account, f.livemode, f.payment_intent_id, f.charge_id FROM payment_facts f
        WHERE f.invoice_id = '' AND ($1::integer = 0 OR f.stored_at > now() - $1::integer * interval '1 second')
          AND (EXISTS (SELECT FROM invoice_payments p WHERE f.payment_intent_id <> '' AND p.payment_intent_id <> ''
                       AND p.payment_intent_id = f.payment_intent_id
                       AND p.account = f.account AND p.livemode = f.livemode)
               OR EXISTS (SELECT FROM invoice_payments p WHERE f.charge_id <> '' AND p.charge_id <> ''
                          AND p.charge_id = f.charge_id AND p.account = f.account AND p.livemode = f.livemode)
               OR EXISTS (SELECT FROM invoices i WHERE f.payment_intent_id <> '' AND i.payment_intent_id <> ''
                       AND i.payment_intent_id = f.payment_intent_id
                       AND i.account = f.account AND i.livemode = f.livemode)
               OR EXISTS (SELECT FROM invoices i WHERE f.charge_id <> '' AND i.charge_id <> ''
                          AND i.charge_id = f.charge_id
                          AND i.account = f.account AND i.livemode = f.livemode))
        LIMIT $2::integer)",
        window_seconds, limit);
    std::vector<PaymentNames> names;
    for (const auto& row : rows)
        names.push_back({row[0].c_str(), row[1].c_str()[0] == 't', row[2].c_str(), row[3].c_str(), "", true});
    return names;
}

}  // namespace quittance::invoice_store
