#include "invoice_store/events/request_refetches.hpp"

#include <map>
#include <string>
#include <tuple>

#include "invoice_store/events/refetch_queue.hpp"
#include "postgres/literal.hpp"

namespace quittance::invoice_store {

rpc::Result<v1::RequestRefetchesResponse> request_refetches(pqxx::connection& connection,
                                                            const v1::RequestRefetchesRequest& request) {
    // Each once, in the order of the keys: two callers that lock rows in different orders would wait for each other.
    std::map<std::tuple<std::string, std::string, bool>, bool> keys;
    for (const auto& refetch : request.refetches())
        keys[{refetch.stripe_invoice_id(), refetch.account(), refetch.livemode()}] = true;
    postgres::ArrayLiteral invoices;
    postgres::ArrayLiteral accounts;
    postgres::ArrayLiteral modes;
    for (const auto& [key, wanted] : keys) {
        invoices.add_text(std::get<0>(key));
        accounts.add_text(std::get<1>(key));
        modes.add_boolean(std::get<2>(key));
    }
    pqxx::nontransaction session(connection);
    session.exec_params0(
        "INSERT INTO refetches AS r (stripe_invoice_id, account, livemode, reason, answer_from)"
        " SELECT w.stripe_invoice_id, w.account, w.livemode, $4, date_trunc('second', now()) + interval '1 second'"
        " FROM unnest($1::text[], $2::text[], $3::boolean[]) AS w(stripe_invoice_id, account, livemode)"
        " ON CONFLICT (stripe_invoice_id, account, livemode)"
        " DO UPDATE SET reason = CASE WHEN r.reason IN ('tie', 'taken_back') THEN excluded.reason ELSE r.reason END,"
        "     answer_from = greatest(excluded.answer_from, r.answer_from), next_at = now()",
        invoices.take(), accounts.take(), modes.take(), kReasonRequested);
    return v1::RequestRefetchesResponse();
}

}  // namespace quittance::invoice_store
