#include "invoice_store/settlements/followed_accounts.hpp"

#include <array>
#include <map>
#include <optional>
#include <tuple>

#include "base/timestamps.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

using google::protobuf::Timestamp;
using postgres::ArrayLiteral;

constexpr const char* kFollow = "follow_accounts";
constexpr const char* kMark = "mark_unfollowed";

// The events of one payment come within seconds. An event that tells of a payment after an hour is not its own.
constexpr std::int64_t kPaymentSeconds = 3'600;

bool shows_following(const v1::InvoiceEvent& event) {
    const bool by_itself =
        event.source() == v1::InvoiceEvent::SOURCE_WEBHOOK || event.source() == v1::InvoiceEvent::SOURCE_EVENTS_LIST;
    return by_itself && (names_payment(event.invoice()) || !payments_in(event).empty());
}

void follow(pqxx::transaction_base& transaction, const std::map<AccountMode, Timestamp>& accounts) {
    if (accounts.empty()) return;
    std::array<ArrayLiteral, 3> columns;
    for (const auto& [where, since] : accounts) {
        columns[0].add_text(where.first);
        columns[1].add_boolean(where.second);
        columns[2].add_time(since);
    }
    postgres::exec_prepared(transaction, kFollow, columns[0].take(), columns[1].take(), columns[2].take());
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

void prepare_followed_accounts(pqxx::connection& connection) {
    // A row is touched only where it changes: a conflict alone would lock it until the commit.
    postgres::prepare(connection, kFollow, R"(
        INSERT INTO followed_accounts AS a (account, livemode, since)
        SELECT t.account, t.livemode, t.since
        FROM unnest($1::text[], $2::boolean[], $3::timestamptz[]) AS t(account, livemode, since)
        WHERE NOT EXISTS (SELECT FROM followed_accounts f
            WHERE f.account = t.account AND f.livemode = t.livemode AND f.since <= t.since)
        ORDER BY t.account, t.livemode
        ON CONFLICT (account, livemode) DO UPDATE SET since = least(a.since, excluded.since))");
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

void note_followed(pqxx::transaction_base& transaction, const std::vector<const v1::InvoiceEvent*>& events) {
    std::map<AccountMode, Timestamp> accounts;
    for (const auto* event : events) {
        if (!shows_following(*event)) continue;
        const auto& time = event->event_time();
        const auto [place, first] = accounts.try_emplace({event->account(), event->livemode()}, time);
        if (!first && time.seconds() < place->second.seconds()) place->second = time;
    }
    follow(transaction, accounts);
}

void extend_followed(pqxx::transaction_base& transaction, const AccountMode& where, const Timestamp& from) {
    follow(transaction, {{where, from}});
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

std::string_view unfollowed_condition() {
    return "(s.unfollowed_paid_time IS NOT NULL"
           " AND (s.asked_time IS NULL OR s.asked_time <= s.unfollowed_paid_time)"
           " AND NOT EXISTS (SELECT FROM followed_accounts a WHERE a.account = s.account AND a.livemode = s.livemode"
           " AND a.since <= s.unfollowed_paid_time + interval '1 hour'))";
}

}  // namespace quittance::invoice_store
