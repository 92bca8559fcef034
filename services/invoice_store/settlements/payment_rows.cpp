#include "invoice_store/settlements/payment_rows.hpp"

#include <array>
#include <span>
#include <string_view>

#include "invoice_store/settlements/sql_columns.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

using google::protobuf::Timestamp;
using postgres::ArrayLiteral;

constexpr const char* kWrite = "write_payments";

constexpr std::array<SqlColumn, 18> kColumns{"payment_id text",
                                             "account text",
                                             "livemode boolean",
                                             "stripe_invoice_id text",
                                             "payment_intent_id text",
                                             "charge_id text",
                                             "payment_record_id text",
                                             "amount_paid_minor bigint",
                                             "amount_requested_minor bigint",
                                             "currency text",
                                             "status text",
                                             "progress smallint",
                                             "is_default boolean",
                                             "create_time timestamptz",
                                             "paid_time timestamptz",
                                             "canceled_time timestamptz",
                                             "event_time timestamptz",
                                             "event_id text"};
constexpr auto kIds = std::span(kColumns).subspan<3, 4>();  // kept once they are known
constexpr auto kStated = std::span(kColumns).subspan<7>();  // of the statement that stands

// The rule of merge_payments in SQL. `excluded` is the statement, `p` the row.
constexpr std::string_view kWins =
    "(excluded.event_time, excluded.progress, excluded.amount_paid_minor, excluded.event_id)"
    " > (p.event_time, p.progress, p.amount_paid_minor, p.event_id)";

std::string write_sql() {
    std::string updates;
    std::string grows;
    for (const auto id : kIds) {
        const std::string name(name_of(id));
        updates += name + " = greatest(p." + name + ", excluded." + name + "), ";
        grows += " OR excluded." + name + " > p." + name;
    }
    for (const auto stated : kStated) {
        const std::string name(name_of(stated));
        updates +=
            name + " = CASE WHEN " + std::string(kWins) + " THEN excluded." + name + " ELSE p." + name + " END, ";
    }
    return "INSERT INTO invoice_payments AS p (" + names_of(kColumns) + ") SELECT * FROM " + unnest(kColumns) +
           " ORDER BY payment_id, account, livemode ON CONFLICT (payment_id, account, livemode) DO UPDATE SET " +
           updates + "stored_at = now() WHERE " + std::string(kWins) + grows;
}

using Payments = std::map<ObjectKey, StoredPayment>;

void add(Payments& all, const AccountMode& where, StoredPayment payment) {
    ObjectKey key(where.first, where.second, payment.payment.id());
    const auto [place, first] = all.try_emplace(std::move(key), payment);
    if (!first) place->second = merge_payments(std::move(place->second), std::move(payment));
}

void write(pqxx::transaction_base& transaction, const Payments& all) {
    if (all.empty()) return;
    std::array<ArrayLiteral, kColumns.size()> columns;
    for (const auto& [key, known] : all) {
        const auto& payment = known.payment;
        std::size_t next = 0;
        columns[next++].add_text(payment.id());
        columns[next++].add_text(std::get<0>(key));
        columns[next++].add_boolean(std::get<1>(key));
        for (const auto* id : {&payment.stripe_invoice_id(), &payment.payment_intent_id(), &payment.charge_id(),
                               &payment.payment_record_id()})
            columns[next++].add_text(*id);
        columns[next++].add_integer(payment.amount_paid_minor());
        columns[next++].add_integer(payment.amount_requested_minor());
        columns[next++].add_text(payment.currency());
        columns[next++].add_text(payment.status());
        columns[next++].add_integer(payment_progress_of(payment.status()));
        columns[next++].add_boolean(payment.is_default());
        add_time_or_null(columns[next++], payment.has_create_time(), payment.create_time());
        add_time_or_null(columns[next++], payment.has_paid_time(), payment.paid_time());
        add_time_or_null(columns[next++], payment.has_canceled_time(), payment.canceled_time());
        columns[next++].add_time(known.event_time);
        columns[next++].add_text(known.event_id);
    }
    postgres::exec_prepared(transaction, kWrite, pqxx::prepare::make_dynamic_params(take_all(columns)));
}

void read_time(const pqxx::field& field, Timestamp* (v1::InvoicePayment::*target)(), v1::InvoicePayment& payment) {
    if (!field.is_null()) *(payment.*target)() = postgres::timestamp_of(field.c_str());
}

}  // namespace

void prepare_payment_rows(pqxx::connection& connection) {
    postgres::prepare(connection, kWrite, write_sql());
}

void write_payments(pqxx::transaction_base& transaction, const std::vector<const v1::InvoiceEvent*>& events) {
    Payments all;
    for (const auto* event : events)
        for (auto& payment : payments_in(*event)) add(all, {event->account(), event->livemode()}, std::move(payment));
    write(transaction, all);
}

void write_payment_rows(pqxx::transaction_base& transaction, const AccountMode& where,
                        const std::vector<StoredPayment>& payments) {
    Payments all;
    for (const auto& payment : payments) add(all, where, payment);
    write(transaction, all);
}

StoredPayment read_payment_row(const pqxx::row& row, int first) {
    StoredPayment known;
    auto& payment = known.payment;
    payment.set_id(row[first].c_str());
    payment.set_stripe_invoice_id(row[first + 1].c_str());
    payment.set_payment_intent_id(row[first + 2].c_str());
    payment.set_charge_id(row[first + 3].c_str());
    payment.set_payment_record_id(row[first + 4].c_str());
    payment.set_amount_paid_minor(row[first + 5].as<std::int64_t>());
    payment.set_amount_requested_minor(row[first + 6].as<std::int64_t>());
    payment.set_currency(row[first + 7].c_str());
    payment.set_status(row[first + 8].c_str());
    payment.set_is_default(row[first + 9].c_str()[0] == 't');
    read_time(row[first + 10], &v1::InvoicePayment::mutable_create_time, payment);
    read_time(row[first + 11], &v1::InvoicePayment::mutable_paid_time, payment);
    read_time(row[first + 12], &v1::InvoicePayment::mutable_canceled_time, payment);
    known.event_time = postgres::timestamp_of(row[first + 13].c_str());
    known.event_id = row[first + 14].c_str();
    return known;
}

}  // namespace quittance::invoice_store
