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
constexpr const char* kAnswer = "answer_refetches";
constexpr int kDefaultPageSize = 20;

// The latest note of each invoice, in the order of the keys.
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
    postgres::prepare(connection, kQueue, R"(
        INSERT INTO refetches AS r (stripe_invoice_id, account, livemode, reason, answer_from)
        SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::timestamptz[])
        ON CONFLICT (stripe_invoice_id, account, livemode)
            DO UPDATE SET reason = CASE excluded.reason WHEN 'tie' THEN r.reason ELSE excluded.reason END,
                answer_from = greatest(excluded.answer_from, r.answer_from)
            WHERE excluded.answer_from > r.answer_from OR (r.reason = 'tie' AND excluded.reason <> 'tie'))");
    // An answer that lost to a newer event counts too, if the winning row is not in doubt. A same-second conflict ends
    // with the row's doubt, whichever event ended it.
    postgres::prepare(connection, kAnswer, R"(
        WITH answered AS (
            SELECT q.stripe_invoice_id, q.account, q.livemode
            FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::timestamptz[])
                AS a(stripe_invoice_id, account, livemode, reason, time)
            JOIN refetches q USING (stripe_invoice_id, account, livemode)
            JOIN invoices i USING (stripe_invoice_id, account, livemode)
            WHERE (q.answer_from <= a.time OR q.reason = 'tie')
                AND (i.deleted OR (i.lines_complete AND NOT i.refetch_needed))
            ORDER BY q.stripe_invoice_id, q.account, q.livemode
            FOR UPDATE OF q)
        DELETE FROM refetches r USING answered a
        WHERE (r.stripe_invoice_id, r.account, r.livemode) = (a.stripe_invoice_id, a.account, a.livemode))");
}

google::protobuf::Timestamp surely_after(const google::protobuf::Timestamp& event_time) {
    google::protobuf::Timestamp after;
    after.set_seconds(event_time.seconds() + 1);
    return after;
}

void note_refetches(pqxx::transaction_base& transaction, std::vector<RefetchNote> doubts,
                    std::vector<RefetchNote> answers) {
    if (!doubts.empty()) execute(transaction, kQueue, latest(std::move(doubts)));
    if (!answers.empty()) execute(transaction, kAnswer, latest(std::move(answers)));
}

rpc::Result<v1::ListRefetchesResponse> list_refetches(pqxx::connection& connection,
                                                      const v1::ListRefetchesRequest& request) {
    const int page_size = request.page_size() == 0 ? kDefaultPageSize : request.page_size();
    pqxx::nontransaction session(connection);
    const auto rows = session.exec_params(
        "SELECT account, livemode, stripe_invoice_id, reason, since, count(*) OVER () FROM refetches"
        " WHERE ($1 = '' OR account = $1) AND since <= now() - $2::bigint * interval '1 millisecond'"
        " ORDER BY since, stripe_invoice_id, account, livemode LIMIT $3::bigint",
        request.account(), request.waited_ms(), page_size);
    v1::ListRefetchesResponse response;
    for (const auto& row : rows) {
        auto& refetch = *response.add_refetches();
        refetch.set_account(row[0].c_str());
        refetch.set_livemode(row[1].c_str()[0] == 't');
        refetch.set_stripe_invoice_id(row[2].c_str());
        refetch.set_reason(row[3].c_str());
        *refetch.mutable_since() = postgres::timestamp_of(row[4].c_str());
        response.set_total_size(row[5].as<std::int64_t>());
    }
    return response;
}

}  // namespace quittance::invoice_store
