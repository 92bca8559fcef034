#include "invoice_store/customers/registered_customers.hpp"

#include <string>

#include "invoice_store/database/advisory_locks.hpp"
#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

constexpr const char* kDefaultAccount = "default";

// The registered customer's invoices and their new owner.
constexpr const char* kRegistered =
    "SELECT id, $3::text AS user_id, $4::text AS user_name, $5::text AS team_id FROM invoices"
    " WHERE stripe_customer_id = $1 AND account = $2";

v1::Customer customer_of(const pqxx::row& row) {
    v1::Customer customer;
    customer.set_account(row[0].c_str());
    customer.set_stripe_customer_id(row[1].c_str());
    customer.mutable_user()->set_id(row[2].c_str());
    customer.mutable_user()->set_name(row[3].c_str());
    customer.set_team_id(row[4].c_str());
    *customer.mutable_register_time() = postgres::timestamp_of(row[5].c_str());
    return customer;
}

std::string account_of(const std::string& account) {
    return account.empty() ? std::string(kDefaultAccount) : account;
}

}  // namespace

void move_invoices(pqxx::transaction_base& transaction, std::string_view owners,
                   const std::vector<std::string>& parameters, InvoiceCounts& counts) {
    const auto rows = transaction.exec_params(
        "WITH written AS ("
        " UPDATE invoices AS i SET user_id = w.user_id, user_name = w.user_name, team_id = w.team_id,"
        " previous_status = i.status, previous_team_id = i.team_id, stored_at = now() FROM (" +
            std::string(owners) +
            ") AS w WHERE i.id = w.id"
            " AND (i.user_id, i.user_name, i.team_id) IS DISTINCT FROM (w.user_id, w.user_name, w.team_id)"
            " RETURNING i.id, i.status, i.team_id, i.previous_team_id), "
            "logged AS ("
            " INSERT INTO invoice_changes (invoice_id, status, previous_status, team_id, previous_team_id)"
            " SELECT id, status, status, team_id, previous_team_id FROM written)"
            " SELECT id, status, team_id, previous_team_id, " +
            std::string(kSplitsVersion) + " FROM written",
        pqxx::prepare::make_dynamic_params(parameters));
    std::vector<CountedChange> changes;
    changes.reserve(rows.size());
    for (const auto& row : rows)
        changes.push_back({row[0].c_str(), row[1].c_str(), row[2].c_str(), row[1].c_str(), row[3].c_str()});
    if (!rows.empty()) counts.count(transaction, changes, rows[0][4].c_str());
}

v1::Customer register_customer(pqxx::connection& connection, const v1::Customer& customer) {
    const auto account = account_of(customer.account());
    const auto& id = customer.stripe_customer_id();
    const auto& user = customer.user();
    v1::Customer registered;
    InvoiceCounts counts(0);  // moves are rare
    {
        pqxx::work transaction(connection);
        transaction.exec_params("SELECT pg_advisory_xact_lock($1)", kRegistrationLock);
        const auto rows = transaction.exec_params(R"(
            INSERT INTO customers AS c (stripe_customer_id, account, user_id, user_name, team_id)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (stripe_customer_id, account)
                DO UPDATE SET user_id = excluded.user_id, user_name = excluded.user_name, team_id = excluded.team_id
            RETURNING account, stripe_customer_id, user_id, user_name, team_id, registered_at)",
                                                  id, account, user.id(), user.name(), customer.team_id());
        move_invoices(transaction, kRegistered, {id, account, user.id(), user.name(), customer.team_id()}, counts);
        registered = customer_of(rows[0]);
        transaction.commit();
    }
    counts.split_crowded(connection);
    return registered;
}

std::optional<v1::Customer> find_customer(pqxx::connection& connection, const v1::GetCustomerRequest& request) {
    pqxx::nontransaction session(connection);
    const auto rows = session.exec_params(
        "SELECT account, stripe_customer_id, user_id, user_name, team_id, registered_at FROM customers"
        " WHERE stripe_customer_id = $1 AND account = $2",
        request.stripe_customer_id(), account_of(request.account()));
    if (rows.empty()) return std::nullopt;
    return customer_of(rows[0]);
}

}  // namespace quittance::invoice_store
