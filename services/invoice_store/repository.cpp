// Look-ups by id. A lateral join keeps them index look-ups, one an id, whatever the planner thinks of the array.
#include "invoice_store/repository.hpp"

#include <algorithm>

#include "invoice_store/columns.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

constexpr const char* kByOwnId[] = {"get_by_id_basic", "get_by_id_full"};
constexpr const char* kByStripeId[] = {"get_by_stripe_id_basic", "get_by_stripe_id_full"};

constexpr v1::View kViews[] = {v1::VIEW_BASIC, v1::VIEW_FULL};

std::string statement(v1::View view, const std::string& condition) {
    return "SELECT w.n, " + std::string(select_list(view)) +
           " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(id, teams, n)"
           " CROSS JOIN LATERAL (SELECT * FROM invoices r WHERE " +
           condition +
           " AND (w.teams = '*' OR r.team_id = ANY (string_to_array(w.teams, ',')))"
           " ORDER BY r.livemode DESC, r.account LIMIT 1) i";
}

// The requests of one kind, and where their answers go.
struct Lookup {
    postgres::ArrayLiteral ids;
    postgres::ArrayLiteral teams;
    std::vector<std::size_t> places;

    void add(const v1::GetInvoiceRequest& request, std::size_t place) {
        ids.add_text(request.id());
        teams.add_text(teams_of(request.scope(), request.has_scope()));
        places.push_back(place);
    }
};

void run(pqxx::connection& connection, const char* statement_name, Lookup& lookup, v1::View view,
         std::vector<std::optional<v1::Invoice>>& answers) {
    if (lookup.places.empty()) return;
    pqxx::nontransaction session(connection);
    for (const auto& row : postgres::exec_prepared(session, statement_name, lookup.ids.take(), lookup.teams.take()))
        answers[lookup.places[row[0].as<std::size_t>() - 1]] = read_invoice(row, 1, view);
}

// A batch that mixes views is read in full; who asked for less gets less.
void strip(v1::Invoice& invoice) {
    invoice.clear_lines();
    invoice.clear_metadata();
    invoice.clear_provenance();
}

}  // namespace

bool is_own_id(std::string_view id) {
    return id.size() == 24 &&
           std::all_of(id.begin(), id.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string teams_of(const v1::Scope& scope, bool has_scope) {
    if (!has_scope || scope.all_teams()) return "*";
    std::string teams;
    for (const auto& team : scope.team_ids()) {
        if (!is_own_id(team)) continue;
        if (!teams.empty()) teams += ',';
        teams += team;
    }
    return teams;
}

void prepare_gets(pqxx::connection& connection) {
    for (std::size_t i = 0; i < std::size(kViews); ++i) {
        postgres::prepare(connection, kByOwnId[i], statement(kViews[i], "r.id = w.id"));
        postgres::prepare(connection, kByStripeId[i], statement(kViews[i], "r.stripe_invoice_id = w.id"));
    }
}

std::vector<std::optional<v1::Invoice>> get_invoices(pqxx::connection& connection,
                                                     const std::vector<v1::GetInvoiceRequest>& requests) {
    Lookup own;
    Lookup stripe;
    bool full = false;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        (is_own_id(requests[i].id()) ? own : stripe).add(requests[i], i);
        full = full || requests[i].view() == v1::VIEW_FULL;
    }
    std::vector<std::optional<v1::Invoice>> answers(requests.size());
    const auto view = full ? v1::VIEW_FULL : v1::VIEW_BASIC;
    run(connection, kByOwnId[full ? 1 : 0], own, view, answers);
    run(connection, kByStripeId[full ? 1 : 0], stripe, view, answers);
    for (std::size_t i = 0; full && i < requests.size(); ++i)
        if (answers[i] && requests[i].view() != v1::VIEW_FULL) strip(*answers[i]);
    return answers;
}

rpc::Result<std::optional<v1::Invoice>> find_created(pqxx::connection& connection,
                                                     const v1::FindByCreationKeyRequest& request) {
    // Last of all come a draft that was not released, which a creation that met a failure at Stripe may have left
    // beside the invoice, and an invoice that the gateway's sweep voided, in whose place there may be a new one.
    // Without an account in the request, "default" comes before the others: a gateway with one account of another label
    // calls that one the default.
    static const std::string kText = "SELECT " + std::string(select_list(v1::VIEW_FULL)) +
                                     " FROM invoices i WHERE i.metadata ? 'quittance_key'"
                                     " AND i.metadata ->> 'quittance_key' = $2 AND (i.account = $1 OR $1 = '')"
                                     " AND NOT i.deleted"
                                     " ORDER BY i.account = 'default' DESC,"
                                     " i.status = 'draft' AND NOT i.metadata ? 'quittance_released'"
                                     " OR i.status = 'void' AND i.metadata ? 'quittance_abandoned',"
                                     " i.livemode DESC, i.id DESC LIMIT 1";
    pqxx::nontransaction session(connection);
    const auto rows = session.exec_params(kText, request.account(), request.idempotency_key());
    if (!rows.empty()) return read_invoice(rows[0], 0, v1::VIEW_FULL);
    // Stripe knows a key for a day. That nobody here knows it counts only where no older event can be missing here: a
    // database that was restored from a backup has forgotten what came after it until the events are followed again.
    constexpr std::int64_t kMostBehindSeconds = 23 * 3'600;
    const auto cursors = session.exec_params(
        "SELECT extract(epoch FROM now())::bigint - value::bigint FROM cursors"
        " WHERE name LIKE 'events/%' AND ($1 = '' OR name = 'events/' || $1) AND value ~ '^[0-9]{1,12}$'"
        " ORDER BY name = 'events/default' DESC, moved_at DESC LIMIT 1",
        request.account());
    if (!cursors.empty() && cursors[0][0].as<std::int64_t>() > kMostBehindSeconds)
        return rpc::make_status(
            grpc::StatusCode::UNAVAILABLE,
            "Stripe's events have not been followed for a day: the key may be of an invoice that is "
            "not known here yet",
            "events_behind");
    return std::optional<v1::Invoice>();
}

}  // namespace quittance::invoice_store
