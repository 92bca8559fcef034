#include "invoice_store/customers.hpp"

#include <string>

#include "invoice_store/invoice_counts.hpp"
#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

constexpr const char* kDefaultAccount = "default";

// The registered customer's invoices, and the owner that it was given.
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

// The totals of slot 0: moves are rare.
std::string move_statement(std::string_view owners) {
    return "WITH written AS ("
           " UPDATE invoices AS i SET user_id = w.user_id, user_name = w.user_name, team_id = w.team_id,"
           " previous_status = i.status, previous_team_id = i.team_id, stored_at = now() FROM (" +
           std::string(owners) +
           ") AS w WHERE i.id = w.id"
           " AND (i.user_id, i.user_name, i.team_id) IS DISTINCT FROM (w.user_id, w.user_name, w.team_id)"
           " RETURNING i.id, i.status, i.team_id, i.previous_status, i.previous_team_id), "
           "logged AS ("
           " INSERT INTO invoice_changes (invoice_id, status, previous_status, team_id, previous_team_id)"
           " SELECT id, status, status, team_id, previous_team_id FROM written), "
           "changes AS ("
           " SELECT team_id AS scope_id, status, 1 AS n FROM written WHERE team_id <> ''"
           " UNION ALL SELECT previous_team_id, status, -1 FROM written WHERE previous_team_id <> ''), "
           "counted AS (INSERT INTO invoice_totals AS t (scope, scope_id, status, slot, invoices)"
           " SELECT 'team', scope_id, status, 0, sum(n) FROM changes"
           " GROUP BY scope_id, status HAVING sum(n) <> 0 ORDER BY scope_id, status"
           " ON CONFLICT (scope, scope_id, status, slot) DO UPDATE SET invoices = t.invoices + excluded.invoices), " +
           counting_expressions("0") + " SELECT nodes FROM crowded";
}

v1::Customer register_customer(pqxx::connection& connection, const v1::Customer& customer) {
    const auto account = account_of(customer.account());
    const auto& id = customer.stripe_customer_id();
    const auto& user = customer.user();
    v1::Customer registered;
    std::string crowded;
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
        const auto moved = transaction.exec_params1(move_statement(kRegistered), id, account, user.id(), user.name(),
                                                    customer.team_id());
        crowded = moved[0].as<std::string>("");
        registered = customer_of(rows[0]);
        transaction.commit();
    }
    split_crowded(connection, crowded);
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
