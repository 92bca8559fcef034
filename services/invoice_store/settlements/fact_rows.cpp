#include "invoice_store/settlements/fact_rows.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>
#include <utility>
#include <vector>

#include "invoice_store/settlements/sql_columns.hpp"
#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

constexpr SqlColumn kKey[] = {"account text", "livemode boolean", "object_id text"};
constexpr SqlColumn kStated[] = {"kind smallint",
                                 "stripe_invoice_id text",
                                 "payment_intent_id text",
                                 "charge_id text",
                                 "amount_minor bigint",
                                 "currency text",
                                 "status text",
                                 "event_time timestamptz",
                                 "event_id text",
                                 "refund_types text[]",
                                 "refund_ids text[]",
                                 "refund_amounts bigint[]",
                                 "out_of_band_minor bigint",
                                 "failure_code text",
                                 "failure_decline_code text",
                                 "failure_message text",
                                 "failure_time timestamptz"};

std::string write_sql() {
    std::vector<SqlColumn> columns(std::begin(kKey), std::end(kKey));
    columns.insert(columns.end(), std::begin(kStated), std::end(kStated));
    return "INSERT INTO payment_facts (" + names_of(columns) + ") SELECT " + values_of(columns) + " FROM " +
           unnest(columns) + " ON CONFLICT (object_id, account, livemode) DO UPDATE SET " + replacements(kStated);
}

std::vector<std::string> texts_of(const pqxx::field& field) {
    std::vector<std::string> texts;
    auto parser = field.as_array();
    for (auto item = parser.get_next(); item.first != pqxx::array_parser::done; item = parser.get_next())
        if (item.first == pqxx::array_parser::string_value) texts.push_back(item.second);
    return texts;
}

}  // namespace

void write_fact_rows(pqxx::transaction_base& transaction, const std::map<ObjectKey, StoredFact>& facts) {
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
        add_time_or_null(columns[19], failure.has_time(), failure.time());
    }
    static const std::string kStatement = write_sql();
    transaction.exec_params(kStatement, pqxx::prepare::make_dynamic_params(take_all(columns)));
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
    const auto types = texts_of(row[first + 10]);
    const auto refunds = texts_of(row[first + 11]);
    const auto amounts = texts_of(row[first + 12]);
    for (std::size_t i = 0; i < std::min({types.size(), refunds.size(), amounts.size()}); ++i) {
        auto& part = *fact.add_refunds();
        part.set_type(types[i]);
        part.set_refund_id(refunds[i]);
        part.set_amount_minor(std::stoll(amounts[i]));
    }
    fact.set_out_of_band_minor(row[first + 13].as<std::int64_t>());
    if (fact.kind() != v1::PaymentFact::PAYMENT_FAILURE) return known;
    auto& failure = *fact.mutable_failure();
    failure.set_code(row[first + 14].c_str());
    failure.set_decline_code(row[first + 15].c_str());
    failure.set_message(row[first + 16].c_str());
    if (!row[first + 17].is_null()) *failure.mutable_time() = postgres::timestamp_of(row[first + 17].c_str());
    return known;
}

}  // namespace quittance::invoice_store
