// The statements of one payment share a payment intent or a charge, directly or through other statements.
#include "invoice_store/settlements/payment_links.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "invoice_store/database/advisory_locks.hpp"
#include "invoice_store/settlements/fact_rows.hpp"
#include "invoice_store/settlements/payment_shares.hpp"
#include "invoice_store/settlements/settlement_rows.hpp"
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

// What is stored of the payments that some ids of one account and mode lead to, directly or through others.
class PaymentLinks {
  public:
    PaymentLinks(pqxx::transaction_base& transaction, AccountMode where, LinkNames names)
        : transaction_(transaction), where_(std::move(where)), names_(std::move(names)) {}

    // Loads whole payments: first those of the ids, then all others of the invoices that these paid. Returns these
    // invoices.
    std::set<std::string> follow() {
        auto invoices = std::move(names_.invoices);
        names_.invoices.clear();
        follow_payments();
        for (const auto& [id, known] : payments_) invoices.insert(known.payment.stripe_invoice_id());
        for (const auto& [invoice, payment] : named_) invoices.insert(invoice);
        for (const auto& [object, fact] : facts_) {
            invoices.insert(fact.known.fact.stripe_invoice_id());
            invoices.insert(fact.owner);
        }
        invoices.erase(std::string());
        if (invoices.empty()) return invoices;
        names_.invoices = invoices;
        load();
        names_.invoices.clear();
        follow_payments();
        load_mentioned();
        return invoices;
    }

    PaymentShares divide() const {
        std::vector<StoredPayment> payments;
        std::vector<StoredFact> facts;
        for (const auto& [id, known] : payments_) payments.push_back(known);
        for (const auto& [invoice, payment] : named_) payments.push_back({payment, {}, {}});
        for (const auto& [object, fact] : facts_) facts.push_back(fact.known);
        return invoice_store::divide(payments, facts);
    }

    // The row of this invoice, but for its settlement.
    SettlementRow row_of(const std::string& invoice) const {
        SettlementRow row;
        const auto found = named_.find(invoice);
        if (found == named_.end()) return row;
        row.payment_intent_id = found->second.payment_intent_id();
        row.charge_id = found->second.charge_id();
        row.is_linked = std::any_of(facts_.begin(), facts_.end(), [&](const auto& entry) {
            const auto& fact = entry.second.known.fact;
            return (!row.payment_intent_id.empty() && fact.payment_intent_id() == row.payment_intent_id) ||
                   (!row.charge_id.empty() && fact.charge_id() == row.charge_id);
        });
        return row;
    }

    const std::map<std::string, OwnedFact>& facts() const { return facts_; }

  private:
    // Loads what the ids name, until nothing that is loaded names another payment.
    void follow_payments() {
        for (int round = 0; round < kRounds && followed_ != size(); ++round) {
            followed_ = size();
            load();
        }
    }

    std::size_t size() const { return names_.intents.size() + names_.charges.size() + names_.objects.size(); }

    void load() {
        const std::vector<std::string> parameters{where_.first,
                                                  where_.second ? "true" : "false",
                                                  array_of(names_.intents),
                                                  array_of(names_.charges),
                                                  array_of(names_.invoices),
                                                  array_of(names_.objects)};
        load_facts(parameters);
        load_payments({parameters.begin(), parameters.end() - 1});
        for (const auto& payment : load_invoices({parameters.begin(), parameters.end() - 1}))
            names_.add(payment.payment_intent_id(), payment.charge_id());
    }

    // Whether a charge or a link counts depends on what its invoice names. The other payments of that invoice do not
    // matter.
    void load_mentioned() {
        std::set<std::string> mentioned;
        for (const auto& [object, fact] : facts_) mentioned.insert(fact.known.fact.stripe_invoice_id());
        for (const auto& [id, known] : payments_)
            if (is_link(known.payment)) mentioned.insert(known.payment.stripe_invoice_id());
        std::erase_if(mentioned, [&](const auto& id) { return id.empty() || named_.contains(id); });
        if (!mentioned.empty())
            load_invoices({where_.first, where_.second ? "true" : "false", "{}", "{}", array_of(mentioned)});
    }

    void load_facts(const std::vector<std::string>& parameters) {
        const auto rows = transaction_.exec_params(
            "SELECT " + std::string(kFactColumns) +
                " FROM payment_facts f WHERE f.account = $1 AND f.livemode = $2::boolean"
                " AND ((f.payment_intent_id <> '' AND f.payment_intent_id = ANY ($3::text[]))"
                " OR (f.charge_id <> '' AND f.charge_id = ANY ($4::text[]))"
                " OR (f.invoice_id <> '' AND f.invoice_id = ANY ($5::text[])) OR f.object_id = ANY ($6::text[])"
                " OR (f.refund_ids <> '{}' AND f.refund_ids && $6::text[]))",
            pqxx::prepare::make_dynamic_params(parameters));
        for (const auto& row : rows) {
            OwnedFact fact{read_fact_row(row, 0), row[kFactInvoiceColumn].c_str()};
            const auto& told = fact.known.fact;
            names_.add(told.payment_intent_id(), told.charge_id());
            // Credit notes name refunds, and a credit note of another invoice limits the share of this one.
            if (told.kind() == v1::PaymentFact::REFUND) names_.objects.insert(told.object_id());
            for (const auto& part : told.refunds())
                if (!part.refund_id().empty()) names_.objects.insert(part.refund_id());
            if (told.kind() == v1::PaymentFact::INVOICE_PAYMENT)
                keep(payment_of_version_before(fact.known));
            else
                facts_.insert_or_assign(told.object_id(), std::move(fact));
        }
    }

    // Stores of the version before write payments as facts.
    static StoredPayment payment_of_version_before(const StoredFact& known) {
        v1::InvoiceEvent event;
        *event.mutable_payment_fact() = known.fact;
        *event.mutable_event_time() = known.event_time;
        event.set_event_id(known.event_id);
        return payments_in(event).front();
    }

    void load_payments(const std::vector<std::string>& parameters) {
        const auto rows = transaction_.exec_params(
            "SELECT " + std::string(kPaymentColumns) +
                " FROM invoice_payments p WHERE p.account = $1 AND p.livemode = $2::boolean"
                " AND ((p.payment_intent_id <> '' AND p.payment_intent_id = ANY ($3::text[]))"
                " OR (p.charge_id <> '' AND p.charge_id = ANY ($4::text[])) OR p.stripe_invoice_id = ANY ($5::text[]))",
            pqxx::prepare::make_dynamic_params(parameters));
        for (const auto& row : rows) keep(read_payment_row(row, 0));
    }

    // Returns the payments that these invoices name.
    std::vector<v1::InvoicePayment> load_invoices(const std::vector<std::string>& parameters) {
        const auto rows = transaction_.exec_params(
            "SELECT i.stripe_invoice_id, i.payment_intent_id, i.charge_id, i.currency, i.amount_paid_minor,"
            " i.paid_out_of_band FROM invoices i WHERE i.account = $1 AND i.livemode = $2::boolean"
            " AND ((i.payment_intent_id <> '' AND i.payment_intent_id = ANY ($3::text[]))"
            " OR (i.charge_id <> '' AND i.charge_id = ANY ($4::text[]))"
            " OR (i.stripe_invoice_id = ANY ($5::text[]) AND (i.payment_intent_id <> '' OR i.charge_id <> '')))",
            pqxx::prepare::make_dynamic_params(parameters));
        std::vector<v1::InvoicePayment> payments;
        for (const auto& row : rows) {
            v1::Invoice invoice;
            invoice.set_stripe_invoice_id(row[0].c_str());
            invoice.set_payment_intent_id(row[1].c_str());
            invoice.set_charge_id(row[2].c_str());
            invoice.set_currency(row[3].c_str());
            invoice.set_amount_paid_minor(row[4].as<std::int64_t>());
            invoice.set_paid_out_of_band(row[5].c_str()[0] == 't');
            payments.push_back(named_payment_of(invoice));
            named_.insert_or_assign(invoice.stripe_invoice_id(), payments.back());
        }
        return payments;
    }

    void keep(StoredPayment known) {
        names_.add(known.payment.payment_intent_id(), known.payment.charge_id());
        auto id = known.payment.id();
        const auto [place, first] = payments_.try_emplace(std::move(id), known);
        if (!first) place->second = merge_payments(std::move(place->second), std::move(known));
    }

    pqxx::transaction_base& transaction_;
    const AccountMode where_;
    LinkNames names_;
    std::size_t followed_ = 0;  // ids whose payments are loaded
    std::map<std::string, StoredPayment> payments_;
    std::map<std::string, v1::InvoicePayment> named_;  // by invoice
    std::map<std::string, OwnedFact> facts_;
};

void write_owners(pqxx::transaction_base& transaction, const AccountMode& where,
                  const std::map<std::string, OwnedFact>& facts, const std::map<std::string, std::string>& owners) {
    postgres::ArrayLiteral objects;
    postgres::ArrayLiteral invoices;
    bool changed = false;
    for (const auto& [object, owner] : owners) {
        if (facts.at(object).owner == owner) continue;
        changed = true;
        objects.add_text(object);
        invoices.add_text(owner);
    }
    if (!changed) return;
    transaction.exec_params(
        "UPDATE payment_facts f SET invoice_id = o.invoice_id FROM unnest($3::text[], $4::text[])"
        " AS o(object_id, invoice_id) WHERE f.object_id = o.object_id AND f.account = $1 AND f.livemode = $2",
        where.first, where.second, objects.take(), invoices.take());
}

}  // namespace

void lock_facts(pqxx::transaction_base& transaction) {
    transaction.exec_params("SELECT pg_advisory_xact_lock($1)", kFactsLock);
}

void LinkNames::add(const std::string& intent, const std::string& charge) {
    if (!intent.empty()) intents.insert(intent);
    if (!charge.empty()) charges.insert(charge);
}

void LinkNames::add(const v1::PaymentFact& fact) {
    add(fact.payment_intent_id(), fact.charge_id());
    objects.insert(fact.object_id());
}

void LinkNames::add(const v1::InvoicePayment& payment) {
    add(payment.payment_intent_id(), payment.charge_id());
    if (!payment.stripe_invoice_id().empty()) invoices.insert(payment.stripe_invoice_id());
}

std::map<ObjectKey, std::string> recompute_settlements(pqxx::transaction_base& transaction,
                                                       const std::map<AccountMode, LinkNames>& names) {
    std::map<ObjectKey, std::string> owners;
    for (const auto& [where, start] : names) {
        PaymentLinks links(transaction, where, start);
        const auto invoices = links.follow();
        auto shares = links.divide();
        std::map<std::string, SettlementRow> rows;
        for (const auto& invoice : invoices) {
            auto row = links.row_of(invoice);
            row.settlement = shares.settlements[invoice];
            rows.emplace(invoice, std::move(row));
        }
        write_owners(transaction, where, links.facts(), shares.owners);
        write_settlements(transaction, where, rows);
        for (const auto& [object, owner] : shares.owners) owners[{where.first, where.second, object}] = owner;
    }
    return owners;
}

}  // namespace quittance::invoice_store
