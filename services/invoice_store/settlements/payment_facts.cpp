// The facts' statements. Facts are assigned to invoices under one lock, because an id may link facts that different
// transactions bring.
#include "invoice_store/settlements/payment_facts.hpp"

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "invoice_store/database/advisory_locks.hpp"
#include "invoice_store/settlements/payment_links.hpp"
#include "invoice_store/settlements/settlement.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

constexpr const char* kFindWaiting = "find_waiting_facts";
constexpr std::size_t kIdentifierBytes = 255;
constexpr std::size_t kCurrencyBytes = 64;

// Account, mode and name of an object.
using ObjectKey = std::tuple<std::string, bool, std::string>;

ObjectKey key_of(const v1::InvoiceEvent& event) {
    return {event.account(), event.livemode(), event.payment_fact().object_id()};
}

StoredFact stored_fact_of(const v1::InvoiceEvent& event) {
    StoredFact known{event.payment_fact(), event.event_time(), event.event_id()};
    known.event_time.set_nanos(known.event_time.nanos() / 1'000 * 1'000);
    if (known.fact.kind() == v1::PaymentFact::CHARGE && known.fact.charge_id().empty())
        known.fact.set_charge_id(known.fact.object_id());
    return known;
}

std::map<ObjectKey, StoredFact> load(pqxx::transaction_base& transaction,
                                     const std::vector<const v1::InvoiceEvent*>& events) {
    postgres::ArrayLiteral objects;
    postgres::ArrayLiteral accounts;
    postgres::ArrayLiteral modes;
    for (const auto* event : events) {
        objects.add_text(event->payment_fact().object_id());
        accounts.add_text(event->account());
        modes.add_boolean(event->livemode());
    }
    const auto rows = transaction.exec_params(
        "SELECT f.account, f.livemode, " + std::string(kFactColumns) +
            " FROM payment_facts f JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::boolean[])"
            " AS w(object_id, account, livemode)) w USING (object_id, account, livemode)",
        objects.take(), accounts.take(), modes.take());
    std::map<ObjectKey, StoredFact> known;
    for (const auto& row : rows) {
        auto fact = read_fact_row(row, 2);
        ObjectKey key(row[0].c_str(), row[1].c_str()[0] == 't', fact.fact.object_id());
        known.emplace(std::move(key), std::move(fact));
    }
    return known;
}

void store(pqxx::transaction_base& transaction, const std::map<ObjectKey, StoredFact>& facts) {
    std::array<postgres::ArrayLiteral, 12> columns;
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
    }
    std::vector<std::string> parameters;
    for (auto& column : columns) parameters.push_back(column.take());
    transaction.exec_params(
        R"(
        INSERT INTO payment_facts (account, livemode, object_id, kind, stripe_invoice_id, payment_intent_id, charge_id,
                                   amount_minor, currency, status, event_time, event_id)
        SELECT * FROM unnest($1::text[], $2::boolean[], $3::text[], $4::smallint[], $5::text[], $6::text[], $7::text[],
                             $8::bigint[], $9::text[], $10::text[], $11::timestamptz[], $12::text[])
        ON CONFLICT (object_id, account, livemode) DO UPDATE SET
            kind = excluded.kind, stripe_invoice_id = excluded.stripe_invoice_id,
            payment_intent_id = excluded.payment_intent_id, charge_id = excluded.charge_id,
            amount_minor = excluded.amount_minor, currency = excluded.currency, status = excluded.status,
            event_time = excluded.event_time, event_id = excluded.event_id)",
        pqxx::prepare::make_dynamic_params(parameters));
}

void lock_facts(pqxx::transaction_base& transaction) {
    transaction.exec_params("SELECT pg_advisory_xact_lock($1)", kFactsLock);
}

}  // namespace

std::optional<std::string> fact_problem(const v1::InvoiceEvent& event) {
    if (!event.has_payment_fact()) return std::nullopt;
    const auto& fact = event.payment_fact();
    if (fact.object_id().empty()) return "the payment's object has no id";
    for (const auto* name :
         {&fact.object_id(), &fact.stripe_invoice_id(), &fact.payment_intent_id(), &fact.charge_id(), &fact.status()})
        if (name->size() > kIdentifierBytes) return "a name in the payment is longer than 255 bytes";
    if (fact.currency().size() > kCurrencyBytes) return "the payment's currency is no currency";
    if (fact.amount_minor() < 0) return "the payment's amount is negative";
    return std::nullopt;
}

void prepare_payment_lookup(pqxx::connection& connection) {
    postgres::prepare(connection, kFindWaiting, R"(
        SELECT account, livemode, payment_intent_id, charge_id FROM payment_facts
        WHERE invoice_id = '' AND payment_intent_id <> '' AND payment_intent_id = ANY ($1::text[])
        UNION SELECT account, livemode, payment_intent_id, charge_id FROM payment_facts
        WHERE invoice_id = '' AND charge_id <> '' AND charge_id = ANY ($2::text[]))");
}

std::vector<FactChange> apply_facts(pqxx::transaction_base& transaction,
                                    const std::vector<const v1::InvoiceEvent*>& events) {
    lock_facts(transaction);
    const auto before = load(transaction, events);
    auto after = before;
    std::vector<FactChange> changes(events.size());
    std::map<AccountMode, LinkNames> names;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto key = key_of(*events[i]);
        auto known = stored_fact_of(*events[i]);
        const auto stored = before.find(key);
        // As for invoices: a fact applied if it is newer than the stored one, even if another one of the batch is newer
        // yet.
        changes[i].applied =
            stored == before.end() || merge_facts(stored->second, known).event_id != stored->second.event_id;
        const auto [place, first] = after.try_emplace(key, known);
        if (!first) place->second = merge_facts(std::move(place->second), std::move(known));
        names[{std::get<0>(key), std::get<1>(key)}].add(place->second.fact);
    }
    store(transaction, after);
    const auto owners = recompute_settlements(transaction, names);
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto owner = owners.find(key_of(*events[i]));
        if (owner != owners.end()) changes[i].stripe_invoice_id = owner->second;
    }
    return changes;
}

void recompute_waiting_settlements(pqxx::connection& connection, const std::vector<PaymentNames>& names) {
    std::map<AccountMode, LinkNames> waiting;
    {
        postgres::ArrayLiteral intents;
        postgres::ArrayLiteral charges;
        for (const auto& name : names) {
            if (!name.payment_intent_id.empty()) intents.add_text(name.payment_intent_id);
            if (!name.charge_id.empty()) charges.add_text(name.charge_id);
        }
        pqxx::nontransaction session(connection);
        const auto rows = postgres::exec_prepared(session, kFindWaiting, intents.take(), charges.take());
        for (const auto& row : rows)
            waiting[{row[0].c_str(), row[1].c_str()[0] == 't'}].add(row[2].c_str(), row[3].c_str());
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
          AND (EXISTS (SELECT FROM invoices i WHERE f.payment_intent_id <> '' AND i.payment_intent_id <> ''
                       AND i.payment_intent_id = f.payment_intent_id
                       AND i.account = f.account AND i.livemode = f.livemode)
               OR EXISTS (SELECT FROM invoices i WHERE f.charge_id <> '' AND i.charge_id <> ''
                          AND i.charge_id = f.charge_id
                          AND i.account = f.account AND i.livemode = f.livemode))
        LIMIT $2::integer)",
        window_seconds, limit);
    std::vector<PaymentNames> names;
    for (const auto& row : rows)
        names.push_back({row[0].c_str(), row[1].c_str()[0] == 't', row[2].c_str(), row[3].c_str()});
    return names;
}

}  // namespace quittance::invoice_store
