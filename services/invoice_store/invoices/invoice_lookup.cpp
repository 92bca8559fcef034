// Look-ups by id. A lateral join keeps them index look-ups, one an id, whatever the planner thinks of the array.
#include "invoice_store/invoices/invoice_lookup.hpp"

#include <algorithm>
#include <compare>
#include <map>

#include "base/object_id.hpp"
#include "invoice_store/invoices/columns.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

// Whose id a look-up has, and what it is for: they decide its statement.
struct Kind {
    bool is_own;
    std::optional<v1::View> view;  // none: our id alone

    auto operator<=>(const Kind&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14's false alarm
    std::string statement_name() const {
        return (is_own ? "get_by_id_" : "get_by_stripe_id_") + (view ? std::to_string(*view) : "alone");
    }
};

std::string statement(const Kind& kind) {
    return "SELECT w.n, " + (kind.view ? std::string(select_list(*kind.view)) : "i.id") +
           " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(id, teams, n)"
           " CROSS JOIN LATERAL (SELECT * FROM invoices r WHERE " +
           (kind.is_own ? "r.id = w.id" : "r.stripe_invoice_id = w.id") +
           " AND (w.teams = '*' OR r.team_id = ANY (string_to_array(w.teams, ',')))" +
           // Only one invoice has an id of ours; Stripe's may be met in several accounts and modes. The mode of the key
           // that the gateway has for the account comes first.
           (kind.is_own ? ""
                        : " ORDER BY (SELECT a.recorded_at FROM stripe_accounts a"
                          " WHERE a.account = r.account AND a.livemode = r.livemode) DESC NULLS LAST,"
                          " r.livemode DESC, r.account") +
           " LIMIT 1) i";
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

// Calls `found` with the place of a request and the row of its invoice.
template <class Found>
void run(pqxx::connection& connection, const Kind& kind, Lookup& lookup, Found found) {
    pqxx::nontransaction session(connection);
    for (const auto& row :
         postgres::exec_prepared(session, kind.statement_name(), lookup.ids.take(), lookup.teams.take()))
        found(lookup.places[row[0].as<std::size_t>() - 1], row);
}

}  // namespace

std::string teams_of(const v1::Scope& scope, bool has_scope) {
    if (!has_scope || scope.all_teams()) return "*";
    std::string teams;
    for (const auto& team : scope.team_ids()) {
        if (!base::is_object_id(team)) continue;
        if (!teams.empty()) teams += ',';
        teams += team;
    }
    return teams;
}

void prepare_gets(pqxx::connection& connection) {
    const auto prepare = [&connection](const Kind& kind) {
        postgres::prepare(connection, kind.statement_name(), statement(kind));
    };
    for (const bool is_own : {true, false}) {
        prepare({is_own, std::nullopt});
        for (const auto view : kViews) prepare({is_own, view});
    }
}

std::vector<std::optional<v1::Invoice>> get_invoices(pqxx::connection& connection,
                                                     const std::vector<v1::GetInvoiceRequest>& requests) {
    std::map<Kind, Lookup> lookups;
    for (std::size_t i = 0; i < requests.size(); ++i)
        lookups[{base::is_object_id(requests[i].id()), answering_view(requests[i].view())}].add(requests[i], i);
    std::vector<std::optional<v1::Invoice>> answers(requests.size());
    for (auto& [kind, lookup] : lookups) {
        const auto view = *kind.view;
        run(connection, kind, lookup, [&answers, view](std::size_t place, const pqxx::row& row) {
            read_invoice(row, 1, view, answers[place].emplace());
        });
    }
    return answers;
}

std::optional<std::string> find_id(pqxx::connection& connection, const v1::GetInvoiceRequest& request) {
    Lookup lookup;
    lookup.add(request, 0);
    std::optional<std::string> id;
    run(connection, {base::is_object_id(request.id()), std::nullopt}, lookup,
        [&id](std::size_t, const pqxx::row& row) { id = row[1].c_str(); });
    return id;
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
