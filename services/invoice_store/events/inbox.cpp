// The inbox's statements. A batch's payloads travel as one binary parameter, and the server cuts them apart. As an
// array of texts they would double in size, and would be escaped and parsed byte by byte.
#include "invoice_store/events/inbox.hpp"

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "invoice_store/database/advisory_locks.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

constexpr const char* kInsert = "insert_into_inbox";
constexpr const char* kRecordStates = "record_states";
constexpr const char* kReopenReplays = "reopen_replays";
constexpr const char* kRecordReplays = "record_replays";

const char* state_name(v1::EventOutcome::State state) {
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

// The columns that every statement takes as array parameters: the key, and the event's result.
struct EntryArrays {
    postgres::ArrayLiteral event_ids;
    postgres::ArrayLiteral accounts;
    postgres::ArrayLiteral livemodes;
    postgres::ArrayLiteral states;
    postgres::ArrayLiteral errors;
    postgres::ArrayLiteral invoice_ids;

    void add(const BatchEntry& entry) {
        event_ids.add_text(entry.event->event_id());
        accounts.add_text(entry.event->account());
        livemodes.add_boolean(entry.event->livemode());
        states.add_text(state_name(entry.state));
        errors.add_text(entry.error);
        invoice_ids.add_text(entry.invoice_id);
    }
};

// Sets `is_new` of the entries whose event is among the rows of (event_id, account, livemode).
void mark_new(const pqxx::result& rows, const std::vector<BatchEntry*>& entries) {
    std::set<std::tuple<std::string_view, std::string_view, bool>> keys;
    for (const auto& row : rows)
        keys.insert({{row[0].c_str(), row[0].size()}, {row[1].c_str(), row[1].size()}, row[2].c_str()[0] == 't'});
    for (auto* entry : entries)
        entry->is_new = keys.contains({entry->event->event_id(), entry->event->account(), entry->event->livemode()});
}

void insert_events(pqxx::transaction_base& transaction, const std::vector<BatchEntry*>& entries) {
    EntryArrays arrays;
    postgres::ArrayLiteral types;
    postgres::ArrayLiteral object_ids;
    postgres::ArrayLiteral sources;
    postgres::ArrayLiteral times;
    postgres::ArrayLiteral api_versions;
    postgres::ArrayLiteral stripe_accounts;
    postgres::ArrayLiteral request_ids;
    postgres::ArrayLiteral idempotency_keys;
    std::string payloads;
    postgres::ArrayLiteral starts;
    postgres::ArrayLiteral sizes;
    for (const auto* entry : entries) {
        const auto& event = *entry->event;
        arrays.add(*entry);
        types.add_text(event.type());
        // The answer to a refetch may name its object in the invoice alone.
        object_ids.add_text(event.object_id().empty() ? event.invoice().stripe_invoice_id() : event.object_id());
        sources.add_integer(event.source());
        times.add_time(event.event_time());
        api_versions.add_text(event.api_version());
        stripe_accounts.add_text(event.stripe_account_id());
        request_ids.add_text(event.request_id());
        idempotency_keys.add_text(event.idempotency_key());
        starts.add_integer(static_cast<std::int64_t>(payloads.size()) + 1);  // SQL counts from 1
        sizes.add_integer(static_cast<std::int64_t>(event.payload().size()));
        payloads += event.payload();
    }
    payloads += '\0';  // libpqxx would turn an empty payload into NULL
    const auto rows = postgres::exec_prepared(
        transaction, kInsert, arrays.event_ids.take(), arrays.accounts.take(), arrays.livemodes.take(), types.take(),
        object_ids.take(), arrays.invoice_ids.take(), arrays.states.take(), arrays.errors.take(), sources.take(),
        times.take(), api_versions.take(), stripe_accounts.take(), request_ids.take(), idempotency_keys.take(),
        pqxx::binarystring(payloads), starts.take(), sizes.take(), kRegistrationLock);
    if (rows.size() != entries.size()) return mark_new(rows, entries);
    for (auto* entry : entries) entry->is_new = true;
}

void reopen_replays(pqxx::transaction_base& transaction, const std::vector<BatchEntry*>& entries) {
    EntryArrays arrays;
    for (const auto* entry : entries) arrays.add(*entry);
    mark_new(postgres::exec_prepared(transaction, kReopenReplays, arrays.event_ids.take(), arrays.accounts.take(),
                                     arrays.livemodes.take(), kRegistrationLock),
             entries);
}

}  // namespace

void prepare_inbox(pqxx::connection& connection) {
    postgres::prepare(connection, kInsert, R"(
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
    postgres::prepare(connection, kRecordStates, R"(
        UPDATE events SET state = e.state
        FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[]) AS e(event_id, account, livemode, state)
        WHERE events.event_id = e.event_id AND events.account = e.account AND events.livemode = e.livemode)");
    postgres::prepare(connection, kReopenReplays, R"(
        SELECT e.event_id, e.account, e.livemode
        FROM (SELECT pg_advisory_xact_lock_shared($4)) AS no_registration_meanwhile,
             unnest($1::text[], $2::text[], $3::boolean[]) AS w(event_id, account, livemode)
        JOIN events e USING (event_id, account, livemode)
        WHERE e.state IN ('dead', 'ignored')
        ORDER BY e.event_id, e.account, e.livemode
        FOR UPDATE OF e)");
    postgres::prepare(connection, kRecordReplays, R"(
        UPDATE events SET state = e.state, attempts = attempts + 1, last_error = e.last_error,
               invoice_id = coalesce(nullif(e.invoice_id, ''), events.invoice_id),
               applied_at = CASE WHEN e.state <> 'dead' THEN now() END
        FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::text[], $6::text[])
            AS e(event_id, account, livemode, state, last_error, invoice_id)
        WHERE events.event_id = e.event_id AND events.account = e.account AND events.livemode = e.livemode)");
}

void insert_into_inbox(pqxx::transaction_base& transaction, std::vector<BatchEntry>& entries) {
    std::vector<BatchEntry*> events;
    std::vector<BatchEntry*> replays;
    events.reserve(entries.size());
    for (auto& entry : entries) (is_replay(*entry.event) ? replays : events).push_back(&entry);
    if (!events.empty()) insert_events(transaction, events);
    if (!replays.empty()) reopen_replays(transaction, replays);
}

void record_states(pqxx::transaction_base& transaction, const std::vector<BatchEntry>& entries) {
    EntryArrays corrected;
    EntryArrays replayed;
    bool has_corrected = false;
    bool has_replayed = false;
    for (const auto& entry : entries) {
        if (!entry.is_new) continue;
        if (is_replay(*entry.event)) {
            replayed.add(entry);
            has_replayed = true;
        } else if (entry.state == v1::EventOutcome::STALE || entry.state == v1::EventOutcome::NEEDS_REFETCH) {
            corrected.add(entry);
            has_corrected = true;
        }
    }
    if (has_corrected)
        postgres::exec_prepared0(transaction, kRecordStates, corrected.event_ids.take(), corrected.accounts.take(),
                                 corrected.livemodes.take(), corrected.states.take());
    if (has_replayed)
        postgres::exec_prepared0(transaction, kRecordReplays, replayed.event_ids.take(), replayed.accounts.take(),
                                 replayed.livemodes.take(), replayed.states.take(), replayed.errors.take(),
                                 replayed.invoice_ids.take());
}

}  // namespace quittance::invoice_store
