#include "invoice_store/settlements/payment_rows.hpp"

#include <array>
#include <optional>
#include <string_view>

#include "base/timestamps.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

using google::protobuf::Timestamp;
using postgres::ArrayLiteral;

constexpr const char* kWrite = "write_payments";

// Kept once they are known.
constexpr std::array<std::string_view, 4> kIds{"stripe_invoice_id", "payment_intent_id", "charge_id",
                                               "payment_record_id"};
// Of the statement that stands.
constexpr std::array<std::string_view, 11> kStated{
    "amount_paid_minor", "amount_requested_minor", "currency",   "status",  "progress", "is_default", "create_time",
    "paid_time",         "canceled_time",          "event_time", "event_id"};

// The rule of merge_payments in SQL. `excluded` is the statement, `p` the row.
constexpr std::string_view kWins =
    "(excluded.event_time, excluded.progress, excluded.amount_paid_minor, excluded.event_id)"
    " > (p.event_time, p.progress, p.amount_paid_minor, p.event_id)";

std::string write_sql() {
    std::string updates;
    std::string grows;
    for (const auto id : kIds) {
        const std::string name(id);
        updates += name + " = greatest(p." + name + ", excluded." + name + "), ";
        grows += " OR excluded." + name + " > p." + name;
    }
    for (const auto stated : kStated) {
        const std::string name(stated);
        updates +=
            name + " = CASE WHEN " + std::string(kWins) + " THEN excluded." + name + " ELSE p." + name + " END, ";
    }
    // A row of followed_accounts is touched only where it changes: a conflict alone would lock it until the commit.
    return R"(
WITH told AS (
SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::smallint[], $13::boolean[], $14::boolean[],
    $15::timestamptz[], $16::timestamptz[], $17::timestamptz[], $18::timestamptz[], $19::text[], $20::timestamptz[])
AS t(payment_id, account, livemode, stripe_invoice_id, payment_intent_id, charge_id, payment_record_id,
    amount_paid_minor, amount_requested_minor, currency, status, progress, is_default, derived, create_time, paid_time,
    canceled_time, event_time, event_id, followed_time)
), followed AS (
INSERT INTO followed_accounts (account, livemode, since)
SELECT t.account, t.livemode, min(t.followed_time) FROM told t
WHERE NOT EXISTS (SELECT FROM followed_accounts a
    WHERE a.account = t.account AND a.livemode = t.livemode AND a.since <= t.followed_time)
GROUP BY t.account, t.livemode HAVING min(t.followed_time) IS NOT NULL ORDER BY t.account, t.livemode
ON CONFLICT (account, livemode) DO UPDATE SET since = least(followed_accounts.since, excluded.since)
)
INSERT INTO invoice_payments AS p (payment_id, account, livemode, stripe_invoice_id, payment_intent_id, charge_id,
    payment_record_id, amount_paid_minor, amount_requested_minor, currency, status, progress, is_default, derived,
    create_time, paid_time, canceled_time, event_time, event_id)
SELECT payment_id, account, livemode, stripe_invoice_id, payment_intent_id, charge_id, payment_record_id,
    amount_paid_minor, amount_requested_minor, currency, status, progress, is_default, derived, create_time, paid_time,
    canceled_time, event_time, event_id
FROM told ORDER BY payment_id, account, livemode
ON CONFLICT (payment_id, account, livemode) DO UPDATE SET )" +
           updates + "stored_at = now()\nWHERE " + std::string(kWins) + grows;
}

bool comes_by_itself(const v1::InvoiceEvent& event) {
    return event.source() == v1::InvoiceEvent::SOURCE_WEBHOOK || event.source() == v1::InvoiceEvent::SOURCE_EVENTS_LIST;
}

struct Told {
    StoredPayment payment;
    std::optional<Timestamp> followed_time;  // of the first event that came by itself
};

void add(std::map<ObjectKey, Told>& all, const AccountMode& where, StoredPayment payment,
         const std::optional<Timestamp>& followed_time) {
    ObjectKey key(where.first, where.second, payment.payment.id());
    const auto [place, first] = all.try_emplace(std::move(key), Told{payment, followed_time});
    if (first) return;
    auto& told = place->second;
    told.payment = merge_payments(std::move(told.payment), std::move(payment));
    const bool earlier =
        followed_time && (!told.followed_time || followed_time->seconds() < told.followed_time->seconds());
    if (earlier) told.followed_time = followed_time;
}

void add_time(ArrayLiteral& literal, bool has, const Timestamp& time) {
    if (has)
        literal.add_time(time);
    else
        literal.add_null();
}

void write(pqxx::transaction_base& transaction, const std::map<ObjectKey, Told>& all) {
    if (all.empty()) return;
    std::array<ArrayLiteral, 20> columns;
    for (const auto& [key, told] : all) {
        const auto& payment = told.payment.payment;
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
        columns[next++].add_boolean(is_derived(payment));
        add_time(columns[next++], payment.has_create_time(), payment.create_time());
        add_time(columns[next++], payment.has_paid_time(), payment.paid_time());
        add_time(columns[next++], payment.has_canceled_time(), payment.canceled_time());
        columns[next++].add_time(told.payment.event_time);
        columns[next++].add_text(told.payment.event_id);
        add_time(columns[next++], told.followed_time.has_value(), told.followed_time.value_or(Timestamp()));
    }
    std::vector<std::string> parameters;
    for (auto& column : columns) parameters.push_back(column.take());
    postgres::exec_prepared(transaction, kWrite, pqxx::prepare::make_dynamic_params(parameters));
}

void read_time(const pqxx::field& field, Timestamp* (v1::InvoicePayment::*target)(), v1::InvoicePayment& payment) {
    if (!field.is_null()) *(payment.*target)() = postgres::timestamp_of(field.c_str());
}

}  // namespace

void prepare_payment_rows(pqxx::connection& connection) {
    postgres::prepare(connection, kWrite, write_sql());
}

void write_payments(pqxx::transaction_base& transaction, const std::vector<const v1::InvoiceEvent*>& events) {
    std::map<ObjectKey, Told> all;
    for (const auto* event : events) {
        std::optional<Timestamp> followed_time;
        if (comes_by_itself(*event)) followed_time = event->event_time();
        for (auto& payment : payments_in(*event))
            add(all, {event->account(), event->livemode()}, std::move(payment), followed_time);
    }
    write(transaction, all);
}

void write_payment_rows(pqxx::transaction_base& transaction, const AccountMode& where,
                        const std::vector<StoredPayment>& payments) {
    std::map<ObjectKey, Told> all;
    for (const auto& payment : payments) add(all, where, payment, std::nullopt);
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
