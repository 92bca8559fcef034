#include "invoice_store/settlements/stale_settlements.hpp"

#include <array>

#include "invoice_store/settlements/payment_merge.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

using Names = std::map<AccountMode, LinkNames>;

constexpr const char* kOfInvoices = "find_stale_of_invoices";

// Follows a row source `t` of invoices and what each names. A settlement fits if it was computed from the same names. A
// settlement that says nothing, or is not there, fits as well if no fact has the names. Facts of kind 1 are payments
// that the version before wrote.
// The limits keep each look-up one by key: a plan that is made while the tables are small must not read all of a table.
constexpr const char* kDoNotFit = R"(
LEFT JOIN LATERAL (SELECT o.payment_intent_id, o.charge_id, o.update_time FROM settlements o
    WHERE o.stripe_invoice_id = t.stripe_invoice_id AND o.account = t.account AND o.livemode = t.livemode LIMIT 1) s
    ON true
WHERE (t.payment_intent_id, t.charge_id) IS DISTINCT FROM (s.payment_intent_id, s.charge_id)
    AND (s.update_time > 'epoch'
        OR (SELECT true FROM payment_facts f WHERE f.payment_intent_id <> ''
            AND f.payment_intent_id = t.payment_intent_id AND f.account = t.account AND f.livemode = t.livemode
            AND f.kind <> 1 LIMIT 1)
        OR (SELECT true FROM payment_facts f WHERE f.charge_id <> '' AND f.charge_id = t.charge_id
            AND f.account = t.account AND f.livemode = t.livemode AND f.kind <> 1 LIMIT 1)))";

constexpr const char* kSelect =
    "SELECT t.account, t.livemode, t.stripe_invoice_id, t.payment_intent_id, t.charge_id,"
    " coalesce(s.payment_intent_id, ''), coalesce(s.charge_id, '') FROM ";

// The indexes of invoices have the default collation, and those of facts have "C".
std::string sql_of_facts() {
    const auto named_by = [](const std::string& condition) {
        return "SELECT i.account, i.livemode, i.stripe_invoice_id, i.payment_intent_id, i.charge_id"
               " FROM payment_facts f JOIN invoices i ON " +
               condition +
               " AND i.account = f.account AND i.livemode = f.livemode WHERE f.object_id = ANY ($1::text[])";
    };
    return std::string(kSelect) + "(" +
           named_by("i.payment_intent_id = f.payment_intent_id COLLATE \"default\" AND i.payment_intent_id <> ''") +
           "\nUNION " + named_by("i.charge_id = f.charge_id COLLATE \"default\" AND i.charge_id <> ''") + "\nUNION " +
           named_by("i.stripe_invoice_id = f.invoice_id AND f.invoice_id <> ''") + ") t" + kDoNotFit;
}

// The old names lead to the other invoices of a shared payment.
void add_stale(Names& names, const pqxx::result& rows) {
    for (const auto& row : rows) {
        auto& start = names[{row[0].c_str(), row[1].c_str()[0] == 't'}];
        start.invoices.insert(row[2].c_str());
        start.add(row[3].c_str(), row[4].c_str());
        start.add(row[5].c_str(), row[6].c_str());
    }
}

void recompute(pqxx::connection& connection, const Names& names) {
    if (names.empty()) return;
    pqxx::work transaction(connection);
    lock_facts(transaction);
    recompute_settlements(transaction, names);
    transaction.commit();
}

std::string sql_of_ids() {
    return std::string(kSelect) + "(SELECT * FROM invoices i WHERE i.stripe_invoice_id = ANY ($1::text[])) t" +
           kDoNotFit;
}

// `statement` takes ids. It is planned each time: a plan that was made while the tables were small would read all
// invoices.
void add_stale_of(Names& names, pqxx::nontransaction& session, const std::string& statement,
                  const std::vector<std::string>& ids) {
    postgres::ArrayLiteral literal;
    for (const auto& id : ids) literal.add_text(id);
    if (!ids.empty()) add_stale(names, session.exec_params(statement, literal.take()));
}

// The next `limit` values of an indexed column after `last`, which becomes the last one of them, or empty at the end.
std::vector<std::string> next_page(pqxx::nontransaction& session, const std::string& column, const std::string& table,
                                   std::string& last, int limit) {
    std::vector<std::string> ids;
    for (const auto& row : session.exec_params("SELECT " + column + " FROM " + table + " WHERE " + column +
                                                   " > $1 ORDER BY " + column + " LIMIT $2::integer",
                                               last, limit))
        ids.emplace_back(row[0].c_str());
    last = ids.size() < static_cast<std::size_t>(limit) ? std::string() : ids.back();
    return ids;
}

}  // namespace

void prepare_stale_settlements(pqxx::connection& connection) {
    postgres::prepare(connection, kOfInvoices,
                      std::string(kSelect) +
                          "unnest($1::text[], $2::boolean[], $3::text[], $4::text[], $5::text[])"
                          " AS t(account, livemode, stripe_invoice_id, payment_intent_id, charge_id)" +
                          kDoNotFit);
}

void ToldPayments::add(const v1::InvoiceEvent& event) {
    const AccountMode where{event.account(), event.livemode()};
    if (event.has_payment_fact()) {
        if (event.payment_fact().kind() != v1::PaymentFact::INVOICE_PAYMENT)
            facts_.push_back(event.payment_fact().object_id());
    } else if (event.has_invoice()) {
        if (names_payment(event.invoice())) named_.push_back({where, named_payment_of(event.invoice())});
        for (const auto& known : payments_in(event)) stated_[where].add(known.payment);
    }
}

void ToldPayments::recompute_stale(pqxx::connection& connection) const {
    auto names = stated_;
    {
        pqxx::nontransaction session(connection);
        std::array<postgres::ArrayLiteral, 5> columns;
        for (const auto& [where, payment] : named_) {
            columns[0].add_text(where.first);
            columns[1].add_boolean(where.second);
            columns[2].add_text(payment.stripe_invoice_id());
            columns[3].add_text(payment.payment_intent_id());
            columns[4].add_text(payment.charge_id());
        }
        if (!named_.empty())
            add_stale(names, postgres::exec_prepared(session, kOfInvoices, columns[0].take(), columns[1].take(),
                                                     columns[2].take(), columns[3].take(), columns[4].take()));
        add_stale_of(names, session, sql_of_facts(), facts_);
    }
    recompute(connection, names);
}

int recompute_waiting_facts(pqxx::connection& connection, int window_seconds, int limit) {
    Names names;
    int found = 0;
    {
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
                           AND i.payment_intent_id = f.payment_intent_id COLLATE "default"
                           AND i.account = f.account AND i.livemode = f.livemode)
                   OR EXISTS (SELECT FROM invoices i WHERE f.charge_id <> '' AND i.charge_id <> ''
                              AND i.charge_id = f.charge_id COLLATE "default"
                              AND i.account = f.account AND i.livemode = f.livemode))
            LIMIT $2::integer)",
            window_seconds, limit);
        found = static_cast<int>(rows.size());
        for (const auto& row : rows)
            names[{row[0].c_str(), row[1].c_str()[0] == 't'}].add(row[2].c_str(), row[3].c_str());
    }
    recompute(connection, names);
    return found;
}

void recompute_stale_after(pqxx::connection& connection, StaleRound& round, int limit) {
    Names names;
    {
        pqxx::nontransaction session(connection);
        const auto facts = next_page(session, "object_id", "payment_facts", round.fact, limit);
        add_stale_of(names, session, sql_of_facts(), facts);
        const auto invoices = next_page(session, "stripe_invoice_id", "settlements", round.invoice, limit);
        add_stale_of(names, session, sql_of_ids(), invoices);
    }
    recompute(connection, names);
}

}  // namespace quittance::invoice_store
