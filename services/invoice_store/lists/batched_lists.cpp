// One statement for all lists of a form: their parameters travel as arrays, a row of them a list, and a LATERAL
// subquery reads each one's page in the order of its index, as its own statement would.
#include "invoice_store/lists/batched_lists.hpp"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "base/object_id.hpp"
#include "invoice_store/invoices/invoice_lookup.hpp"
#include "invoice_store/lists/list_filter.hpp"
#include "invoice_store/lists/listing.hpp"
#include "invoice_store/lists/page_builder.hpp"
#include "invoice_store/lists/page_statements.hpp"
#include "invoice_store/lists/page_token.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

using Lists = std::vector<v1::ListInvoicesResponse*>;
using Statuses = std::vector<grpc::Status>;

// The first column of a page's row, behind the list's number and, where it is wanted, its total.
int first_column(bool with_total) {
    return with_total ? 2 : 1;
}

// One of several that share a statement.
struct Member {
    std::size_t place;  // among the requests
    Page page;
    Condition condition;
    bool there = false;        // the list has a row, if only one that says that it is empty
    bool lacks_entry = false;  // one of its rows has none
};

// By the condition's form, the page's, and whether a total is wanted.
using Form = std::tuple<unsigned, std::string, bool>;

bool counted_by_status_alone(const v1::InvoiceFilter& filter) {
    return filter.user_id().empty() && filter.stripe_customer_id().empty() && filter.account().empty() &&
           !filter.has_created_from() && !filter.has_created_to();
}

// The first page or one by cursor, of all invoices or one team's, with a total only where it is a sum.
bool can_share(const v1::ListInvoicesRequest& request, const Teams& teams, const Page& page) {
    return page.skip == 0 && (teams.all || teams.ids.size() == 1) &&
           (!request.with_total() || counted_by_status_alone(request.filter()));
}

// Leaves out a list whose start is not of its scope, as start_of would. LIMIT keeps it a look-up for each list.
std::string named_start(const Condition& condition) {
    if ((condition.form & kNamedStart) == 0) return "";
    return " CROSS JOIN LATERAL (SELECT FROM invoices r WHERE r.id = w.p" +
           std::to_string(condition.parameters.size()) +
           ((condition.form & kOneTeam) == 0 ? "" : " AND r.team_id = w.p1") + " LIMIT 1) s";
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
    std::string total;
    if (with_total)
        total =
            " CROSS JOIN LATERAL (SELECT greatest(coalesce(sum(c.invoices), 0), 0)::bigint AS total"
            " FROM invoice_totals c WHERE " +
            std::string(all_teams ? "c.scope = 'all' AND c.scope_id = ''" : "c.scope = 'team' AND c.scope_id = w.p1") +
            " AND c.status <> 'deleted' AND (w.counted_status = '' OR c.status = w.counted_status)) t";
    return "SELECT w.n, " + std::string(with_total ? "t.total, " : "") + "p.* FROM unnest(" + arrays +
           ") WITH ORDINALITY AS w(" + names + ")" + total + named_start(member.condition) + " LEFT JOIN LATERAL (" +
           rows_in_order(member.condition, member.page) + ") p ON true";
}

pqxx::result rows_of(pqxx::connection& connection, const Form& form, const std::vector<Member>& members,
                     const std::vector<const v1::ListInvoicesRequest*>& requests, bool all_teams) {
    const auto& first = members.front();
    const auto& [bits, page, with_total] = form;
    std::vector<postgres::ArrayLiteral> arrays(first.condition.parameters.size() + 1);
    for (const auto& member : members) {
        for (std::size_t i = 0; i < member.condition.parameters.size(); ++i)
            arrays[i].add_text(member.condition.parameters[i]);
        arrays.back().add_text(requests[member.place]->filter().status());
    }
    std::vector<std::string> parameters;
    for (auto& array : arrays) parameters.push_back(array.take());
    const auto name = "lists_" + std::to_string(bits) + "_" + page + (with_total ? "_total" : "");
    pqxx::nontransaction session(connection);
    postgres::prepare(connection, name, shared_statement(first, with_total, all_teams));  // again: nothing happens
    return postgres::exec_prepared(session, name, pqxx::prepare::make_dynamic_params(parameters));
}

void read_form(pqxx::connection& connection, const Form& form, std::vector<Member>& members,
               const std::vector<const v1::ListInvoicesRequest*>& requests, const Lists& lists, Statuses& statuses,
               WithoutEntry* without_entry) {
    const bool all_teams = (std::get<0>(form) & kOneTeam) == 0;
    const bool with_total = std::get<2>(form);
    const int first = first_column(with_total);
    std::vector<PageAnswer> answers;
    answers.reserve(members.size());
    for (const auto& member : members) answers.emplace_back(*requests[member.place], member.page, *lists[member.place]);
    // Rows come list by list, each in its order: the join keeps both, as it is made of loops.
    for (const auto& row : rows_of(connection, form, members, requests, all_teams)) {
        const auto place = row[0].as<std::size_t>() - 1;
        auto& member = members[place];
        member.there = true;
        if (member.lacks_entry) continue;
        auto& list = *lists[member.place];
        if (with_total) list.set_total_size(row[1].as<std::int64_t>());
        if (row[first].is_null() || !list.next_page_token().empty()) continue;
        member.lacks_entry = answers[place].add(row, first) == Added::kNoEntry;
    }
    for (const auto& member : members) {
        auto& list = *lists[member.place];
        if (!member.there) statuses[member.place] = no_such_start();
        if (!member.lacks_entry) continue;
        list.Clear();
        read_list_by_columns(connection, *requests[member.place], member.page.after, list, without_entry);
    }
}

// The id that a page starts after, empty: from the newest; nothing where only the database can tell, and not in the
// same statement.
std::optional<std::string> start_in_statement(const v1::ListInvoicesRequest& request) {
    if (!request.page_token().empty()) return read_page_token(request);
    if (request.after_id().empty()) return std::string();
    // Where the list is of the whole scope, what it may start after is what it may show.
    const bool all_of_scope = !request.has_scope() || request.scope().all_teams()
                                  ? request.filter().team_id().empty()
                                  : request.scope().team_ids_size() == 1;
    if (!all_of_scope || !base::is_object_id(request.after_id())) return std::nullopt;
    return request.after_id();
}

// None: the list has to be read by itself.
std::optional<Member> sharing(const v1::ListInvoicesRequest& request, std::size_t place) {
    auto start = start_in_statement(request);
    if (!start) return std::nullopt;
    const auto teams = teams_of_list(request);
    auto page = page_of(request, std::move(*start));
    if (!can_share(request, teams, page)) return std::nullopt;
    auto condition = condition_in_order(teams, request.filter(), page.after, "w.p");
    if (!worth_preparing(condition.form, page.limit)) return std::nullopt;
    if (request.page_token().empty() && !request.after_id().empty()) condition.form |= kNamedStart;
    return Member{place, std::move(page), std::move(condition), false, false};
}

}  // namespace

std::vector<grpc::Status> list_together(pqxx::connection& connection,
                                        const std::vector<const v1::ListInvoicesRequest*>& requests,
                                        const std::vector<v1::ListInvoicesResponse*>& lists,
                                        WithoutEntry* without_entry) {
    for (auto* list : lists) list->Clear();  // where a read is tried again
    Statuses statuses(requests.size());
    std::map<Form, std::vector<Member>> forms;
    std::vector<std::size_t> alone;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        auto member = sharing(*requests[i], i);
        if (!member) {
            alone.push_back(i);
            continue;
        }
        Form form{member->condition.form, member->page.form_name(), requests[i]->with_total()};
        forms[std::move(form)].push_back(std::move(*member));
    }
    for (auto& [form, members] : forms) {
        if (members.size() == 1)
            alone.push_back(members.front().place);
        else
            read_form(connection, form, members, requests, lists, statuses, without_entry);
    }
    for (const auto place : alone) {
        auto start = start_of(connection, *requests[place]);
        if (start.has_error())
            statuses[place] = start.error();
        else
            read_list(connection, *requests[place], std::move(*start), *lists[place], without_entry);
    }
    return statuses;
}

}  // namespace quittance::invoice_store
