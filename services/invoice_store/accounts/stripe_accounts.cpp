#include "invoice_store/accounts/stripe_accounts.hpp"

#include <string>

#include "postgres/literal.hpp"

namespace quittance::invoice_store {

rpc::Result<v1::StripeAccount> record_stripe_account(pqxx::connection& connection,
                                                     const v1::RecordStripeAccountRequest& request) {
    const auto& wanted = request.account();
    pqxx::work transaction(connection);
    transaction.exec_params0(
        "INSERT INTO stripe_accounts AS s (account, livemode, stripe_account_id) VALUES ($1, $2, $3)"
        " ON CONFLICT (account, livemode) DO UPDATE"
        "     SET stripe_account_id = excluded.stripe_account_id, recorded_at = now()"
        "     WHERE $4 AND s.stripe_account_id <> excluded.stripe_account_id",
        wanted.label(), wanted.livemode(), wanted.stripe_account_id(), request.replace());
    const auto row = transaction.exec_params1(
        "SELECT stripe_account_id, recorded_at FROM stripe_accounts WHERE (account, livemode) = ($1, $2)",
        wanted.label(), wanted.livemode());
    transaction.commit();
    const std::string recorded = row[0].c_str();
    if (recorded != wanted.stripe_account_id())
        return rpc::make_status(grpc::StatusCode::FAILED_PRECONDITION,
                                recorded + " is remembered for this label, and not " + wanted.stripe_account_id(),
                                "stripe_account_changed");
    auto account = wanted;
    *account.mutable_record_time() = postgres::timestamp_of(row[1].c_str());
    return account;
}

}  // namespace quittance::invoice_store
