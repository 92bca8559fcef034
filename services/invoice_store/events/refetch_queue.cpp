// The queue's statements. All of them lock rows in the order of their keys, so that writers cannot deadlock.
#include "invoice_store/events/refetch_queue.hpp"

#include <map>
#include <tuple>
#include <utility>

#include "base/timestamps.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

constexpr const char* kQueue = "queue_refetches";
constexpr const char* kEnd = "end_refetches";
constexpr int kDefaultPageSize = 20;

// The latest doubt about each invoice, in the order of the keys.
std::vector<RefetchNote> latest(std::vector<RefetchNote> notes) {
    std::map<std::tuple<std::string, std::string, bool>, RefetchNote> latest;
    for (auto& note : notes) {
        const auto [place, first] = latest.try_emplace({note.stripe_invoice_id, note.account, note.livemode}, note);
        if (!first && std::is_lt(base::compare(place->second.time, note.time))) place->second = std::move(note);
    }
    std::vector<RefetchNote> list;
    list.reserve(latest.size());
    for (auto& [key, note] : latest) list.push_back(std::move(note));
    return list;
}

template <class Add>
std::string array_of(const std::vector<RefetchNote>& notes, Add add) {
    postgres::ArrayLiteral literal;
    for (const auto& note : notes) add(literal, note);
    return literal.take();
}

void execute(pqxx::transaction_base& transaction, const char* statement, const std::vector<RefetchNote>& notes) {
    postgres::exec_prepared0(
        transaction, statement,
        array_of(notes, [](auto& literal, const auto& note) { literal.add_text(note.stripe_invoice_id); }),
        array_of(notes, [](auto& literal, const auto& note) { literal.add_text(note.account); }),
        array_of(notes, [](auto& literal, const auto& note) { literal.add_boolean(note.livemode); }),
        array_of(notes, [](auto& literal, const auto& note) { literal.add_text(note.reason); }),
        array_of(notes, [](auto& literal, const auto& note) { literal.add_time(note.time); }));
}

}  // namespace

void prepare_refetch_queue(pqxx::connection& connection) {
    // A reason that a later event can end never replaces one that only an answer ends. A new doubt is asked for at
    // once.
    postgres::prepare(connection, kQueue, R"(
        INSERT INTO refetches AS r (stripe_invoice_id, account, livemode, reason, answer_from)
        SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::timestamptz[])
        ON CONFLICT (stripe_invoice_id, account, livemode)
            DO UPDATE SET reason = CASE WHEN excluded.reason IN ('tie', 'taken_back')
                    AND r.reason NOT IN ('tie', 'taken_back') THEN r.reason ELSE excluded.reason END,
                answer_from = greatest(excluded.answer_from, r.answer_from),
                next_at = now()
            WHERE excluded.answer_from > r.answer_from
                OR (r.reason IN ('tie', 'taken_back') AND excluded.reason <> r.reason))");
    // An answer that lost to a newer event counts too, if the winning row is not in doubt.
    postgres::prepare(connection, kEnd, R"(
        WITH ended AS (
            SELECT q.stripe_invoice_id, q.account, q.livemode
            FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::timestamptz[])
                AS s(stripe_invoice_id, account, livemode, kind, time)
            JOIN refetches q USING (stripe_invoice_id, account, livemode)
            JOIN invoices i USING (stripe_invoice_id, account, livemode)
            WHERE i.rank = 4  -- deleted
                OR ((q.reason IN ('tie', 'taken_back')
                     OR (q.answer_from <= s.time AND q.reason <> 'unrepaired'
                         AND (s.kind = 'answered' OR q.reason IN ('not_found', 'buried'))))
                    AND i.lines_complete
                    AND NOT invoice_in_doubt(i.refetch_needed, i.rank, i.furthest, i.answer_time))
            ORDER BY q.stripe_invoice_id, q.account, q.livemode
            FOR UPDATE OF q)
        DELETE FROM refetches r USING ended e
        WHERE (r.stripe_invoice_id, r.account, r.livemode) = (e.stripe_invoice_id, e.account, e.livemode))");
}

google::protobuf::Timestamp surely_after(const google::protobuf::Timestamp& event_time) {
    google::protobuf::Timestamp after;
    after.set_seconds(event_time.seconds() + 1);
    return after;
}

void note_refetches(pqxx::transaction_base& transaction, std::vector<RefetchNote> doubts,
                    const std::vector<RefetchNote>& statements) {
    if (!doubts.empty()) execute(transaction, kQueue, latest(std::move(doubts)));
    if (!statements.empty()) execute(transaction, kEnd, statements);
}

rpc::Result<v1::ListRefetchesResponse> list_refetches(pqxx::connection& connection,
                                                      const v1::ListRefetchesRequest& request) {
    const int page_size = request.page_size() == 0 ? kDefaultPageSize : request.page_size();
    pqxx::nontransaction session(connection);
    const auto rows = session.exec_params(
        "SELECT account, livemode, stripe_invoice_id, reason, since, count(*) OVER (), attempts, last_result, detail,"
        " next_at FROM refetches"
        " WHERE ($1 = '' OR account = $1) AND since <= now() - $2::bigint * interval '1 millisecond'"
        " AND (NOT $4::boolean OR next_at <= now())"
        " ORDER BY since, stripe_invoice_id, account, livemode LIMIT $3::bigint",
        request.account(), request.waited_ms(), page_size, request.due_only());
    v1::ListRefetchesResponse response;
    for (const auto& row : rows) {
        auto& refetch = *response.add_refetches();
        refetch.set_account(row[0].c_str());
        refetch.set_livemode(row[1].c_str()[0] == 't');
        refetch.set_stripe_invoice_id(row[2].c_str());
        refetch.set_reason(row[3].c_str());
        *refetch.mutable_since() = postgres::timestamp_of(row[4].c_str());
        response.set_total_size(row[5].as<std::int64_t>());
        refetch.set_attempts(row[6].as<int>());
        refetch.set_last_result(row[7].c_str());
        refetch.set_detail(row[8].c_str());
        *refetch.mutable_next_time() = postgres::timestamp_of(row[9].c_str());
    }
    return response;
}

rpc::Result<v1::ReportRefetchResponse> report_refetch(pqxx::connection& connection,
                                                      const v1::ReportRefetchRequest& request) {
    pqxx::work transaction(connection);
    if (request.result() == "agreed") {
        transaction.exec_params0(
            "DELETE FROM refetches WHERE stripe_invoice_id = $1 AND account = $2 AND reason = 'unrepaired'",
            request.stripe_invoice_id(), request.account());
    } else {
        // A draft that was deleted is where it should be: Stripe does not have it.
        if (request.result() == "not_found")
            transaction.exec_params0(
                "DELETE FROM refetches r USING invoices i WHERE i.stripe_invoice_id = $1 AND i.account = $2 AND i.rank "
                "= 4"
                " AND (r.stripe_invoice_id, r.account, r.livemode) = (i.stripe_invoice_id, i.account, i.livemode)",
                request.stripe_invoice_id(), request.account());
        // From one minute after the first report, twice as long after each further one, up to a day.
        transaction.exec_params0(R"(
            INSERT INTO refetches AS r (stripe_invoice_id, account, livemode, reason, answer_from, attempts, last_result,
                                        detail, next_at)
            SELECT stripe_invoice_id, account, livemode, $3, date_trunc('second', now()), 1, $3, $4,
                   now() + interval '1 minute'
            FROM invoices WHERE stripe_invoice_id = $1 AND account = $2 AND ($3 <> 'not_found' OR rank <> 4)
            ORDER BY livemode
            ON CONFLICT (stripe_invoice_id, account, livemode) DO UPDATE SET
                reason = CASE WHEN excluded.reason = 'unrepaired' THEN 'unrepaired' ELSE r.reason END,
                attempts = r.attempts + 1, last_result = excluded.last_result, detail = excluded.detail,
                next_at = now() + least(interval '1 minute' * 2 ^ least(r.attempts, 20), interval '1 day'))",
                                 request.stripe_invoice_id(), request.account(), request.result(), request.detail());
    }
    transaction.commit();
    return v1::ReportRefetchResponse();
}

}  // namespace quittance::invoice_store
