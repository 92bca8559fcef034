// The facts of one payment share a payment intent or a charge, directly or through other facts.
#include "invoice_store/settlements/payment_links.hpp"

#include <map>
#include <vector>

#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

// A payment has one intent and a few charges and refunds. More rounds would follow a chain of unrelated payments.
constexpr int kRounds = 8;

std::string array_of(const std::set<std::string>& texts) {
    postgres::ArrayLiteral literal;
    for (const auto& text : texts) literal.add_text(text);
    return literal.take();
}

struct OwnedFact {
    StoredFact known;
    std::string owner;  // as stored
};

// The facts and invoices that the ids of one account and mode link, directly or through others: a union-find over the
// ids of payment intents and charges.
class PaymentLinks {
  public:
    PaymentLinks(pqxx::transaction_base& transaction, AccountMode where, LinkNames names)
        : transaction_(transaction), where_(std::move(where)), names_(std::move(names)) {}

    void follow() {
        for (int round = 0; round < kRounds; ++round) {
            const auto known = names_.intents.size() + names_.charges.size();
            load_facts();
            if (round > 0 && names_.intents.size() + names_.charges.size() == known) break;
        }
        load_invoices();
    }

    // The invoice of each fact, by object.
    std::map<std::string, std::string> owners() {
        for (const auto& [object, fact] : facts_) link(fact.known.fact);
        // The smallest invoice id that is named in each group of linked ids.
        std::map<std::string, std::string> least;
        const auto name = [&](const std::string& member, const std::string& invoice) {
            if (member.empty() || invoice.empty()) return;
            auto& found = least[root(member)];
            if (found.empty() || invoice < found) found = invoice;
        };
        for (const auto& [object, fact] : facts_) name(member_of(fact.known.fact), fact.known.fact.stripe_invoice_id());
        for (const auto& [member, invoice] : invoices_) name(member, invoice);
        std::map<std::string, std::string> owners;
        for (const auto& [object, fact] : facts_) {
            const auto& own = fact.known.fact.stripe_invoice_id();
            const auto member = member_of(fact.known.fact);
            owners[object] = !own.empty() ? own : member.empty() ? std::string() : least[root(member)];
        }
        return owners;
    }

    const std::map<std::string, OwnedFact>& facts() const { return facts_; }

  private:
    void load_facts() {
        const auto rows = transaction_.exec_params(
            "SELECT " + std::string(kFactColumns) +
                " FROM payment_facts f WHERE f.account = $1 AND f.livemode = $2"
                " AND ((f.payment_intent_id <> '' AND f.payment_intent_id = ANY ($3::text[]))"
                " OR (f.charge_id <> '' AND f.charge_id = ANY ($4::text[])) OR f.object_id = ANY ($5::text[]))",
            where_.first, where_.second, array_of(names_.intents), array_of(names_.charges), array_of(names_.objects));
        for (const auto& row : rows) {
            OwnedFact fact{read_fact_row(row, 0), row[kFactInvoiceColumn].c_str()};
            names_.add(fact.known.fact.payment_intent_id(), fact.known.fact.charge_id());
            auto object = fact.known.fact.object_id();
            facts_.insert_or_assign(std::move(object), std::move(fact));
        }
    }

    void load_invoices() {
        const auto rows = transaction_.exec_params(
            "SELECT i.stripe_invoice_id, i.payment_intent_id, i.charge_id FROM invoices i"
            " WHERE i.account = $1 AND i.livemode = $2"
            " AND ((i.payment_intent_id <> '' AND i.payment_intent_id = ANY ($3::text[]))"
            " OR (i.charge_id <> '' AND i.charge_id = ANY ($4::text[])))",
            where_.first, where_.second, array_of(names_.intents), array_of(names_.charges));
        for (const auto& row : rows) {
            if (names_.intents.contains(row[1].c_str()))
                invoices_.emplace(std::string("intent ") + row[1].c_str(), row[0].c_str());
            if (names_.charges.contains(row[2].c_str()))
                invoices_.emplace(std::string("charge ") + row[2].c_str(), row[0].c_str());
        }
    }

    static std::string member_of(const v1::PaymentFact& fact) {
        if (!fact.payment_intent_id().empty()) return "intent " + fact.payment_intent_id();
        return fact.charge_id().empty() ? std::string() : "charge " + fact.charge_id();
    }

    std::string root(const std::string& member) {
        const auto found = parents_.find(member);
        if (found == parents_.end() || found->second == member) return member;
        return found->second = root(found->second);
    }

    void link(const v1::PaymentFact& fact) {
        if (fact.payment_intent_id().empty() || fact.charge_id().empty()) return;
        const auto intent = root("intent " + fact.payment_intent_id());
        const auto charge = root("charge " + fact.charge_id());
        parents_[charge] = intent;
    }

    pqxx::transaction_base& transaction_;
    const AccountMode where_;
    LinkNames names_;
    std::map<std::string, OwnedFact> facts_;
    std::multimap<std::string, std::string> invoices_;  // by the id of a payment that names them
    std::map<std::string, std::string> parents_;
};

void write_owners(pqxx::transaction_base& transaction, const AccountMode& where,
                  const std::map<std::string, std::string>& owners) {
    postgres::ArrayLiteral objects;
    postgres::ArrayLiteral invoices;
    for (const auto& [object, invoice] : owners) {
        objects.add_text(object);
        invoices.add_text(invoice);
    }
    transaction.exec_params(
        "UPDATE payment_facts f SET invoice_id = o.invoice_id FROM unnest($3::text[], $4::text[])"
        " AS o(object_id, invoice_id) WHERE f.object_id = o.object_id AND f.account = $1 AND f.livemode = $2",
        where.first, where.second, objects.take(), invoices.take());
}

// Writes the settlement, and a change of the invoice for watchers where the invoice is stored.
void write_settlement(pqxx::transaction_base& transaction, const AccountMode& where, const std::string& invoice,
                      const Settlement& settlement) {
    transaction.exec_params(
        R"(
        WITH written AS (
            INSERT INTO settlements AS s (stripe_invoice_id, account, livemode, amount_refunded_minor,
                                          amount_disputed_minor, dispute_open, dispute_lost, update_time)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8::timestamptz)
            ON CONFLICT (stripe_invoice_id, account, livemode) DO UPDATE SET
                amount_refunded_minor = excluded.amount_refunded_minor,
                amount_disputed_minor = excluded.amount_disputed_minor, dispute_open = excluded.dispute_open,
                dispute_lost = excluded.dispute_lost, update_time = excluded.update_time
            WHERE (s.amount_refunded_minor, s.amount_disputed_minor, s.dispute_open, s.dispute_lost, s.update_time)
                IS DISTINCT FROM (excluded.amount_refunded_minor, excluded.amount_disputed_minor,
                                  excluded.dispute_open, excluded.dispute_lost, excluded.update_time)
            RETURNING s.stripe_invoice_id, s.account, s.livemode)
        INSERT INTO invoice_changes (invoice_id, status, previous_status, team_id, previous_team_id)
        SELECT i.id, i.status, i.status, i.team_id, i.team_id
        FROM written JOIN invoices i USING (stripe_invoice_id, account, livemode))",
        invoice, where.first, where.second, settlement.amount_refunded_minor, settlement.amount_disputed_minor,
        settlement.dispute_open, settlement.dispute_lost, postgres::timestamp_text(settlement.update_time));
}

void write_settlements(pqxx::transaction_base& transaction, const AccountMode& where,
                       const std::set<std::string>& invoices) {
    const auto rows = transaction.exec_params("SELECT " + std::string(kFactColumns) +
                                                  " FROM payment_facts f WHERE f.invoice_id = ANY ($3::text[])"
                                                  " AND f.invoice_id <> '' AND f.account = $1 AND f.livemode = $2",
                                              where.first, where.second, array_of(invoices));
    std::map<std::string, std::vector<StoredFact>> facts;
    for (const auto& invoice : invoices) facts[invoice];
    for (const auto& row : rows) facts[row[kFactInvoiceColumn].c_str()].push_back(read_fact_row(row, 0));
    for (const auto& [invoice, known] : facts) write_settlement(transaction, where, invoice, settlement_of(known));
}

}  // namespace

void LinkNames::add(const std::string& intent, const std::string& charge) {
    if (!intent.empty()) intents.insert(intent);
    if (!charge.empty()) charges.insert(charge);
}

void LinkNames::add(const v1::PaymentFact& fact) {
    add(fact.payment_intent_id(), fact.charge_id());
    objects.insert(fact.object_id());
}

StoredFact read_fact_row(const pqxx::row& row, int first) {
    StoredFact known;
    auto& fact = known.fact;
    fact.set_object_id(row[first].c_str());
    fact.set_kind(static_cast<v1::PaymentFact::Kind>(row[first + 1].as<int>()));
    fact.set_stripe_invoice_id(row[first + 2].c_str());
    fact.set_payment_intent_id(row[first + 3].c_str());
    fact.set_charge_id(row[first + 4].c_str());
    fact.set_amount_minor(row[first + 5].as<std::int64_t>());
    fact.set_currency(row[first + 6].c_str());
    fact.set_status(row[first + 7].c_str());
    known.event_time = postgres::timestamp_of(row[first + 8].c_str());
    known.event_id = row[first + 9].c_str();
    return known;
}

std::map<std::tuple<std::string, bool, std::string>, std::string> recompute_settlements(
    pqxx::transaction_base& transaction, const std::map<AccountMode, LinkNames>& names) {
    std::map<std::tuple<std::string, bool, std::string>, std::string> all;
    for (const auto& [where, start] : names) {
        PaymentLinks links(transaction, where, start);
        links.follow();
        const auto owners = links.owners();
        std::set<std::string> touched;
        for (const auto& [object, invoice] : owners) {
            const auto& before = links.facts().at(object).owner;
            if (!before.empty()) touched.insert(before);
            if (!invoice.empty()) touched.insert(invoice);
            all[{where.first, where.second, object}] = invoice;
        }
        write_owners(transaction, where, owners);
        if (!touched.empty()) write_settlements(transaction, where, touched);
    }
    return all;
}

}  // namespace quittance::invoice_store
