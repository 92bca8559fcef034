// One statement for all lists of a form: their parameters travel as arrays, a row of them a list, and a LATERAL
// subquery reads each one's page in the order of its index, as its own statement would.
#include "invoice_store/list_batch.hpp"

#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "invoice_store/list_statement.hpp"
#include "invoice_store/listing.hpp"
#include "invoice_store/selection.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

using Lists = std::vector<v1::ListInvoicesResponse*>;

// One of several that share a statement.
struct Member {
    std::size_t place;  // among the requests
    Page page;
    Condition condition;
};

// By the condition's form, the limit, the view, and whether a total is wanted.
using Form = std::tuple<unsigned, int, int, bool>;

bool counted_by_status_alone(const v1::InvoiceFilter& filter) {
    return filter.user_id().empty() && filter.stripe_customer_id().empty() && filter.account().empty() &&
           !filter.has_created_from() && !filter.has_created_to();
}

// The first page or one by cursor, of all invoices or one team's, with a total only where it is a sum.
bool can_share(const v1::ListInvoicesRequest& request, const Teams& teams, const Page& page) {
    return page.skip == 0 && (teams.all || teams.ids.size() == 1) &&
           (!request.with_total() || counted_by_status_alone(request.filter()));
}

std::string shared_statement(const Member& member, bool with_total, bool all_teams) {
    const auto count = member.condition.parameters.size();
    std::string arrays;
    std::string names;
    for (std::size_t i = 1; i <= count; ++i) {
        arrays += "$" + std::to_string(i) + "::text[], ";
        names += "p" + std::to_string(i) + ", ";
    }
    // The status of the total, which may be empty.
    arrays += "$" + std::to_string(count + 1) + "::text[]";
    names += "counted_status, n";
    std::string total = "(SELECT 0::bigint AS total) t";
    if (with_total)
        total =
            "LATERAL (SELECT greatest(coalesce(sum(c.invoices), 0), 0)::bigint AS total FROM invoice_totals c WHERE " +
            std::string(all_teams ? "c.scope = 'all' AND c.scope_id = ''" : "c.scope = 'team' AND c.scope_id = w.p1") +
            " AND c.status <> 'deleted' AND (w.counted_status = '' OR c.status = w.counted_status)) t";
    return "SELECT w.n, t.total, p.* FROM unnest(" + arrays + ") WITH ORDINALITY AS w(" + names + ") CROSS JOIN " +
           total + " LEFT JOIN LATERAL (" + rows_in_order(member.condition, member.page) + ") p ON true";
}

pqxx::result rows_of(pqxx::connection& connection, const Form& form, const std::vector<Member>& members,
                     const std::vector<const v1::ListInvoicesRequest*>& requests, bool all_teams) {
    const auto& first = members.front();
    const auto [bits, limit, view, with_total] = form;
    std::vector<postgres::ArrayLiteral> arrays(first.condition.parameters.size() + 1);
    for (const auto& member : members) {
        for (std::size_t i = 0; i < member.condition.parameters.size(); ++i)
            arrays[i].add_text(member.condition.parameters[i]);
        arrays.back().add_text(requests[member.place]->filter().status());
    }
    std::vector<std::string> parameters;
    for (auto& array : arrays) parameters.push_back(array.take());
    const auto name = "lists_" + std::to_string(bits) + "_" + std::to_string(limit) + "_" + std::to_string(view) +
                      (with_total ? "_total" : "");
    pqxx::nontransaction session(connection);
    postgres::prepare(connection, name, shared_statement(first, with_total, all_teams));  // again: nothing happens
    return postgres::exec_prepared(session, name, pqxx::prepare::make_dynamic_params(parameters));
}

void read_form(pqxx::connection& connection, const Form& form, const std::vector<Member>& members,
               const std::vector<const v1::ListInvoicesRequest*>& requests, const Lists& lists) {
    constexpr int kFirstColumn = 2;
    const bool all_teams = (std::get<0>(form) & kOneTeam) == 0;
    // Rows come list by list, each in its order: the join keeps both, as it is made of loops.
    for (const auto& row : rows_of(connection, form, members, requests, all_teams)) {
        const auto& member = members[row[0].as<std::size_t>() - 1];
        const auto& request = *requests[member.place];
        auto& list = *lists[member.place];
        if (request.with_total()) list.set_total_size(row[1].as<std::int64_t>());
        if (row[kFirstColumn].is_null() || !list.next_page_token().empty()) continue;
        add_row(list, row, kFirstColumn, member.page, request);
    }
}

}  // namespace

std::vector<grpc::Status> list_together(pqxx::connection& connection,
                                        const std::vector<const v1::ListInvoicesRequest*>& requests,
                                        const std::vector<v1::ListInvoicesResponse*>& lists) {
    for (auto* list : lists) list->Clear();  // where a read is tried again
    std::vector<grpc::Status> statuses(requests.size());
    auto starts = starts_of(connection, requests);
    std::map<Form, std::vector<Member>> forms;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const auto& request = *requests[i];
        if (starts[i].has_error()) {
            statuses[i] = starts[i].error();
            continue;
        }
        const auto teams = teams_of_list(request);
        if (!teams.all && teams.ids.empty()) continue;
        auto page = page_of(request, *starts[i]);
        if (can_share(request, teams, page)) {
            auto condition = condition_in_order(teams, request.filter(), page.after, "w.p");
            if (worth_preparing(condition.form, page.limit)) {
                const Form form{condition.form, page.limit, page.view, request.with_total()};
                forms[form].push_back({i, std::move(page), std::move(condition)});
                continue;
            }
        }
        read_list(connection, request, std::move(*starts[i]), *lists[i]);
    }
    for (const auto& [form, members] : forms) {
        const auto first = members.front().place;
        if (members.size() == 1)
            read_list(connection, *requests[first], std::move(*starts[first]), *lists[first]);
        else
            read_form(connection, form, members, requests, lists);
    }
    return statuses;
}

}  // namespace quittance::invoice_store
