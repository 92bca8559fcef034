// The inbox's statements. Payloads of a batch travel as one binary parameter and are cut on the server: as an array
// of texts they would double in size and be escaped and parsed byte by byte.
#include "invoice_store/events/inbox.hpp"

#include <set>
#include <string_view>
#include <tuple>

#include "invoice_store/database/advisory_locks.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

constexpr const char* kTake = "take_events";
constexpr const char* kSettle = "settle_events";
constexpr const char* kReopen = "reopen_events";
constexpr const char* kSettleReplays = "settle_replays";

const char* word_of(v1::EventOutcome::State state) {
    switch (state) {
        case v1::EventOutcome::IGNORED:
            return "ignored";
        case v1::EventOutcome::STALE:
            return "stale";
        case v1::EventOutcome::NEEDS_REFETCH:
            return "needs_refetch";
        case v1::EventOutcome::DEAD:
            return "dead";
        default:
            return "applied";
    }
}

// What the event is about: an answer to a refetch may leave it to its invoice to tell.
const std::string& object_of(const v1::InvoiceEvent& event) {
    return event.object_id().empty() ? event.invoice().stripe_invoice_id() : event.object_id();
}

template <class Add>
std::string array_of(const std::vector<InboxEntry>& entries, Add add) {
    postgres::ArrayLiteral literal;
    for (const auto& entry : entries) add(literal, entry);
    return literal.take();
}

std::string texts(const std::vector<InboxEntry>& entries, const std::string& (v1::InvoiceEvent::*get)() const) {
    return array_of(entries,
                    [get](auto& literal, const InboxEntry& entry) { literal.add_text((entry.event->*get)()); });
}

std::string event_ids(const std::vector<InboxEntry>& entries) {
    return texts(entries, &v1::InvoiceEvent::event_id);
}

std::string accounts(const std::vector<InboxEntry>& entries) {
    return texts(entries, &v1::InvoiceEvent::account);
}

std::string livemodes(const std::vector<InboxEntry>& entries) {
    return array_of(entries, [](auto& literal, const auto& entry) { literal.add_boolean(entry.event->livemode()); });
}

std::string states(const std::vector<InboxEntry>& entries) {
    return array_of(entries, [](auto& literal, const auto& entry) { literal.add_text(word_of(entry.state)); });
}

std::string errors(const std::vector<InboxEntry>& entries) {
    return array_of(entries, [](auto& literal, const auto& entry) { literal.add_text(entry.error); });
}

std::string invoice_ids(const std::vector<InboxEntry>& entries) {
    return array_of(entries, [](auto& literal, const auto& entry) { literal.add_text(entry.invoice_id); });
}

using Key = std::tuple<std::string_view, std::string_view, bool>;

Key key_of(const v1::InvoiceEvent& event) {
    return {event.event_id(), event.account(), event.livemode()};
}

// Which of the entries are among the rows of (event_id, account, livemode).
std::vector<bool> found_in(const pqxx::result& rows, const std::vector<InboxEntry>& entries) {
    std::set<Key> keys;
    for (const auto& row : rows)
        keys.insert({{row[0].c_str(), row[0].size()}, {row[1].c_str(), row[1].size()}, row[2].c_str()[0] == 't'});
    std::vector<bool> found;
    found.reserve(entries.size());
    for (const auto& entry : entries) found.push_back(keys.contains(key_of(*entry.event)));
    return found;
}

}  // namespace

void prepare_inbox(pqxx::connection& connection) {
    postgres::prepare(connection, kTake, R"(
        INSERT INTO events (event_id, account, livemode, type, object_id, invoice_id, state, last_error, source,
                            event_time, applied_at, api_version, stripe_account_id, request_id, idempotency_key, payload)
        SELECT e.event_id, e.account, e.livemode, e.type, e.object_id, e.invoice_id, e.state, e.last_error, e.source,
               e.event_time, CASE WHEN e.state <> 'dead' THEN now() END, e.api_version, e.stripe_account_id,
               e.request_id, e.idempotency_key, substring($15::bytea FROM e.payload_from FOR e.payload_bytes)
        FROM (SELECT pg_advisory_xact_lock_shared($18)) AS no_registration_meanwhile,
             unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                    $9::smallint[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::text[],
                    $16::integer[], $17::integer[])
             AS e(event_id, account, livemode, type, object_id, invoice_id, state, last_error, source, event_time,
                  api_version, stripe_account_id, request_id, idempotency_key, payload_from, payload_bytes)
        ORDER BY e.event_id, e.account, e.livemode
        ON CONFLICT DO NOTHING
        RETURNING event_id, account, livemode)");
    postgres::prepare(connection, kSettle, R"(
        UPDATE events SET state = e.state
        FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[]) AS e(event_id, account, livemode, state)
        WHERE events.event_id = e.event_id AND events.account = e.account AND events.livemode = e.livemode)");
    postgres::prepare(connection, kReopen, R"(
        SELECT e.event_id, e.account, e.livemode
        FROM (SELECT pg_advisory_xact_lock_shared($4)) AS no_registration_meanwhile,
             unnest($1::text[], $2::text[], $3::boolean[]) AS w(event_id, account, livemode)
        JOIN events e USING (event_id, account, livemode)
        WHERE e.state IN ('dead', 'ignored')
        ORDER BY e.event_id, e.account, e.livemode
        FOR UPDATE OF e)");
    postgres::prepare(connection, kSettleReplays, R"(
        UPDATE events SET state = e.state, attempts = attempts + 1, last_error = e.last_error,
               invoice_id = coalesce(nullif(e.invoice_id, ''), events.invoice_id),
               applied_at = CASE WHEN e.state <> 'dead' THEN now() END
        FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::text[], $6::text[])
            AS e(event_id, account, livemode, state, last_error, invoice_id)
        WHERE events.event_id = e.event_id AND events.account = e.account AND events.livemode = e.livemode)");
}

std::vector<bool> take_events(pqxx::transaction_base& transaction, const std::vector<InboxEntry>& entries) {
    std::string payloads;
    postgres::ArrayLiteral starts;
    postgres::ArrayLiteral sizes;
    for (const auto& entry : entries) {
        starts.add_integer(static_cast<std::int64_t>(payloads.size()) + 1);  // SQL counts from 1
        sizes.add_integer(static_cast<std::int64_t>(entry.event->payload().size()));
        payloads += entry.event->payload();
    }
    payloads += '\0';  // libpqxx would make NULL of an empty one
    const auto rows = postgres::exec_prepared(
        transaction, kTake, event_ids(entries), accounts(entries), livemodes(entries),
        texts(entries, &v1::InvoiceEvent::type),
        array_of(entries, [](auto& literal, const auto& entry) { literal.add_text(object_of(*entry.event)); }),
        invoice_ids(entries), states(entries), errors(entries),
        array_of(entries, [](auto& literal, const auto& entry) { literal.add_integer(entry.event->source()); }),
        array_of(entries, [](auto& literal, const auto& entry) { literal.add_time(entry.event->event_time()); }),
        texts(entries, &v1::InvoiceEvent::api_version), texts(entries, &v1::InvoiceEvent::stripe_account_id),
        texts(entries, &v1::InvoiceEvent::request_id), texts(entries, &v1::InvoiceEvent::idempotency_key),
        pqxx::binarystring(payloads), starts.take(), sizes.take(), kRegistrationLock);

    if (rows.size() == entries.size()) return std::vector<bool>(entries.size(), true);
    return found_in(rows, entries);
}

std::vector<bool> reopen_events(pqxx::transaction_base& transaction, const std::vector<InboxEntry>& entries) {
    return found_in(postgres::exec_prepared(transaction, kReopen, event_ids(entries), accounts(entries),
                                            livemodes(entries), kRegistrationLock),
                    entries);
}

void settle_events(pqxx::transaction_base& transaction, const std::vector<InboxEntry>& entries) {
    postgres::exec_prepared0(transaction, kSettle, event_ids(entries), accounts(entries), livemodes(entries),
                             states(entries));
}

void settle_replays(pqxx::transaction_base& transaction, const std::vector<InboxEntry>& entries) {
    postgres::exec_prepared0(transaction, kSettleReplays, event_ids(entries), accounts(entries), livemodes(entries),
                             states(entries), errors(entries), invoice_ids(entries));
}

}  // namespace quittance::invoice_store
