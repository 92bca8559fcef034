#include "invoice_store/settlements/settlement_rows.hpp"

#include <array>
#include <optional>
#include <tuple>

#include "base/timestamps.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

using google::protobuf::Timestamp;
using postgres::ArrayLiteral;

constexpr const char* kMark = "mark_unfollowed";

// The events of one payment come within seconds. An event that tells of a payment after an hour is not its own.
constexpr std::int64_t kPaymentSeconds = 3'600;

// True: the settlement row has to be there.
bool says_something(const Settlement& settlement) {
    return settlement.amount_refunded_minor > 0 || settlement.amount_disputed_minor > 0 || settlement.dispute_open ||
           settlement.dispute_lost || settlement.share_unknown || settlement.failure.has_time() ||
           settlement.update_time.seconds() > 0 || settlement.asked_time.seconds() > 0;
}

void add_time_or_null(ArrayLiteral& column, bool is_known, const Timestamp& time) {
    if (is_known)
        column.add_time(time);
    else
        column.add_null();
}

// The time of the payment, if the event leaves open whether anybody followed it.
std::optional<Timestamp> doubtful_payment(const v1::InvoiceEvent& event) {
    const auto& invoice = event.invoice();
    if (invoice.status() != "paid" || invoice.amount_paid_minor() <= 0) return std::nullopt;
    const auto& paid = invoice.has_paid_time() ? invoice.paid_time() : invoice.create_time();
    const bool is_answer = event.source() == v1::InvoiceEvent::SOURCE_REFETCH;
    const bool late = event.event_time().seconds() - paid.seconds() > kPaymentSeconds;
    if (!is_answer && !late) return std::nullopt;
    return paid;
}

}  // namespace

void write_settlements(pqxx::transaction_base& transaction, const std::pair<std::string, bool>& where,
                       const std::set<std::string>& invoices, const std::map<std::string, Settlement>& settlements) {
    if (invoices.empty()) return;
    std::array<ArrayLiteral, 13> columns;
    for (const auto& invoice : invoices) {
        const auto found = settlements.find(invoice);
        const auto settlement = found == settlements.end() ? Settlement() : found->second;
        columns[0].add_text(invoice);
        columns[1].add_integer(settlement.amount_refunded_minor);
        columns[2].add_integer(settlement.amount_disputed_minor);
        columns[3].add_boolean(settlement.dispute_open);
        columns[4].add_boolean(settlement.dispute_lost);
        columns[5].add_boolean(settlement.share_unknown);
        columns[6].add_time(settlement.update_time);
        add_time_or_null(columns[7], settlement.asked_time.seconds() > 0, settlement.asked_time);
        columns[8].add_text(settlement.failure.code());
        columns[9].add_text(settlement.failure.decline_code());
        columns[10].add_text(settlement.failure.message());
        add_time_or_null(columns[11], settlement.failure.has_time(), settlement.failure.time());
        columns[12].add_boolean(says_something(settlement));
    }
    std::vector<std::string> parameters{where.first, where.second ? "true" : "false"};
    for (auto& column : columns) parameters.push_back(column.take());
    transaction.exec_params(
        R"(
        WITH told AS (
            SELECT * FROM unnest($3::text[], $4::bigint[], $5::bigint[], $6::boolean[], $7::boolean[], $8::boolean[],
                                 $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::text[],
                                 $14::timestamptz[], $15::boolean[])
            AS t(stripe_invoice_id, amount_refunded_minor, amount_disputed_minor, dispute_open, dispute_lost,
                 share_unknown, update_time, asked_time, failure_code, failure_decline_code, failure_message,
                 failure_time, says_something)
        ), written AS (
            INSERT INTO settlements AS s (stripe_invoice_id, account, livemode, amount_refunded_minor,
                                          amount_disputed_minor, dispute_open, dispute_lost, share_unknown, update_time,
                                          asked_time, failure_code, failure_decline_code, failure_message,
                                          failure_time)
            SELECT t.stripe_invoice_id, $1, $2::boolean, t.amount_refunded_minor, t.amount_disputed_minor,
                   t.dispute_open, t.dispute_lost, t.share_unknown, t.update_time, t.asked_time,
                   t.failure_code, t.failure_decline_code, t.failure_message, t.failure_time
            FROM told t
            WHERE t.says_something OR EXISTS (SELECT FROM settlements e WHERE e.account = $1
                AND e.livemode = $2::boolean AND e.stripe_invoice_id = t.stripe_invoice_id)
            ORDER BY t.stripe_invoice_id
            ON CONFLICT (stripe_invoice_id, account, livemode) DO UPDATE SET
                amount_refunded_minor = excluded.amount_refunded_minor,
                amount_disputed_minor = excluded.amount_disputed_minor, dispute_open = excluded.dispute_open,
                dispute_lost = excluded.dispute_lost, share_unknown = excluded.share_unknown,
                update_time = excluded.update_time, asked_time = excluded.asked_time,
                failure_code = excluded.failure_code, failure_decline_code = excluded.failure_decline_code,
                failure_message = excluded.failure_message, failure_time = excluded.failure_time
            WHERE (s.amount_refunded_minor, s.amount_disputed_minor, s.dispute_open, s.dispute_lost, s.share_unknown,
                   s.update_time, s.asked_time, s.failure_code, s.failure_decline_code, s.failure_message,
                   s.failure_time)
                IS DISTINCT FROM (excluded.amount_refunded_minor, excluded.amount_disputed_minor,
                                  excluded.dispute_open, excluded.dispute_lost, excluded.share_unknown,
                                  excluded.update_time, excluded.asked_time, excluded.failure_code,
                                  excluded.failure_decline_code, excluded.failure_message, excluded.failure_time)
            RETURNING s.stripe_invoice_id, s.account, s.livemode)
        INSERT INTO invoice_changes (invoice_id, status, previous_status, team_id, previous_team_id)
        SELECT i.id, i.status, i.status, i.team_id, i.team_id
        FROM written JOIN invoices i USING (stripe_invoice_id, account, livemode))",
        pqxx::prepare::make_dynamic_params(parameters));
}

void prepare_unfollowed(pqxx::connection& connection) {
    postgres::prepare(connection, kMark, R"(
        INSERT INTO settlements AS s (stripe_invoice_id, account, livemode, amount_refunded_minor,
                                      amount_disputed_minor, dispute_open, dispute_lost, update_time,
                                      unfollowed_paid_time)
        SELECT t.stripe_invoice_id, t.account, t.livemode, 0, 0, false, false, 'epoch', t.paid_time
        FROM unnest($1::text[], $2::text[], $3::boolean[], $4::timestamptz[])
            AS t(stripe_invoice_id, account, livemode, paid_time)
        WHERE NOT EXISTS (SELECT FROM followed_accounts a WHERE a.account = t.account AND a.livemode = t.livemode
            AND a.since <= t.paid_time + interval '1 hour')
        ORDER BY t.stripe_invoice_id, t.account, t.livemode
        ON CONFLICT (stripe_invoice_id, account, livemode) DO UPDATE
        SET unfollowed_paid_time = excluded.unfollowed_paid_time
        WHERE s.unfollowed_paid_time IS NULL OR s.unfollowed_paid_time < excluded.unfollowed_paid_time)");
}

void mark_unfollowed(pqxx::transaction_base& transaction, const std::vector<const v1::InvoiceEvent*>& events) {
    std::map<std::tuple<std::string, std::string, bool>, Timestamp> payments;
    for (const auto* event : events) {
        const auto paid = doubtful_payment(*event);
        if (!paid) continue;
        auto& latest = payments[{event->invoice().stripe_invoice_id(), event->account(), event->livemode()}];
        if (std::is_lt(base::compare(latest, *paid))) latest = *paid;
    }
    if (payments.empty()) return;
    std::array<ArrayLiteral, 4> columns;
    for (const auto& [key, paid] : payments) {
        columns[0].add_text(std::get<0>(key));
        columns[1].add_text(std::get<1>(key));
        columns[2].add_boolean(std::get<2>(key));
        columns[3].add_time(paid);
    }
    postgres::exec_prepared(transaction, kMark, columns[0].take(), columns[1].take(), columns[2].take(),
                            columns[3].take());
}

void extend_followed(pqxx::transaction_base& transaction, const std::pair<std::string, bool>& where,
                     const Timestamp& from) {
    transaction.exec_params(
        "INSERT INTO followed_accounts AS a (account, livemode, since) VALUES ($1, $2, $3::timestamptz)"
        " ON CONFLICT (account, livemode) DO UPDATE SET since = least(a.since, excluded.since)",
        where.first, where.second, postgres::timestamp_text(from));
}

std::string_view unfollowed_condition() {
    return "(s.unfollowed_paid_time IS NOT NULL"
           " AND (s.asked_time IS NULL OR s.asked_time <= s.unfollowed_paid_time)"
           " AND NOT EXISTS (SELECT FROM followed_accounts a WHERE a.account = s.account AND a.livemode = s.livemode"
           " AND a.since <= s.unfollowed_paid_time + interval '1 hour'))";
}

}  // namespace quittance::invoice_store
