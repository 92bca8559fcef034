#include "invoice_store/settlements/stored_facts.hpp"

#include "postgres/literal.hpp"

namespace quittance::invoice_store {

rpc::Result<v1::BatchGetPaymentFactsResponse> batch_get_payment_facts(pqxx::connection& connection,
                                                                      const v1::BatchGetPaymentFactsRequest& request) {
    postgres::ArrayLiteral ids;
    for (const auto& id : request.object_ids()) ids.add_text(id);
    pqxx::nontransaction session(connection);
    const auto rows = session.exec_params(
        "SELECT w.object_id, coalesce(f.kind, 0), coalesce(f.amount_minor, 0), coalesce(f.currency, ''),"
        " coalesce(f.status, '')"
        " FROM unnest($3::text[]) WITH ORDINALITY AS w(object_id, place)"
        " LEFT JOIN payment_facts f ON f.object_id = w.object_id AND f.account = $1 AND f.livemode = $2"
        " ORDER BY w.place",
        request.account(), request.livemode(), ids.take());
    v1::BatchGetPaymentFactsResponse response;
    for (const auto& row : rows) {
        auto& fact = *response.add_facts();
        fact.set_object_id(row[0].c_str());
        fact.set_kind(static_cast<v1::PaymentFact::Kind>(row[1].as<int>()));
        fact.set_amount_minor(row[2].as<std::int64_t>());
        fact.set_currency(row[3].c_str());
        fact.set_status(row[4].c_str());
    }
    return response;
}

}  // namespace quittance::invoice_store
