// The statements of lists. An id begins with the creation time, so one column gives the order, the cursor and the range
// of times. Each form of a list is a statement of its own, prepared when first used: a bound LIMIT would be planned
// anew each time, and a condition that may or may not hold cannot use its index.
//
// What a page costs does not depend on where it is, with a cursor always, by number for the whole list and for one
// team's, with or without a range of time: a walk through the tree of counts finds its start (counted_page.hpp). Any
// other numbered page skips what is before it, in the index alone.
#include "invoice_store/listing.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>

#include "invoice_store/columns.hpp"
#include "invoice_store/counted_page.hpp"
#include "invoice_store/page_token.hpp"
#include "invoice_store/repository.hpp"
#include "invoice_store/selection.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

constexpr const char* kTotals = "invoice_totals";
constexpr const char* kRangeTotal = "range_total";
constexpr const char* kTeamsRangeTotal = "range_total_of_teams";
constexpr int kDefaultPageSize = 10;
constexpr std::int64_t kShortSkip = 100;                 // so many rows are skipped sooner than counted
constexpr const char* kOfTeam = " AND i.team_id <> ''";  // as the index has it

struct Page {
    int limit;          // one more than shown
    std::int64_t skip;  // rows before it
    std::string after;  // or the id before it; empty: none
    v1::View view;
};

struct Statement {
    std::string text;
    Condition condition;  // its parameters and its form
};

// Prepared are the forms that are worth it: at most two filters, a usual page size. So their number stays small, and a
// caller that varies everything cannot fill the server's memory with plans.
bool worth_preparing(unsigned form, int limit) {
    return std::popcount(form & kFilters) <= 2 &&
           (limit == 2 || limit == 11 || limit == 21 || limit == 26 || limit == 51 || limit == 101);
}

std::string columns_of(v1::View view) {
    return "SELECT " + std::string(select_list(view));
}

std::string ends(int limit) {
    return " ORDER BY i.id DESC LIMIT " + std::to_string(limit);
}

// The rows of the ids that `ids` selects.
std::string rows_of_ids(v1::View view, const std::string& ids) {
    return columns_of(view) + " FROM (" + ids + ") page JOIN invoices i ON i.id = page.id ORDER BY i.id DESC";
}

Statement counted_page(const Teams& teams, const v1::InvoiceFilter& filter, const Page& page) {
    Condition condition;
    std::string scope = "''";
    if (!teams.all) {
        condition.add(kOneTeam, "i.team_id = ", teams.ids.front());
        condition.text += kOfTeam;
        scope = "$1";
    }
    const auto of_scope = teams.all ? std::string() : " AND i.team_id = $1" + std::string(kOfTeam);
    const auto range = time_range_of(filter);
    add_from(condition, range);
    condition.form |= kCounted;
    condition.parameters.push_back(std::to_string(page.skip));
    auto skip = "$" + std::to_string(condition.parameters.size()) + "::bigint";
    if (range.to) {
        // What is newer than the range is left out by counting it too, and not by a condition.
        condition.form |= kCreatedTo;
        condition.parameters.push_back(*range.to);
        skip += " + " + newer_than(scope, of_scope, "$" + std::to_string(condition.parameters.size()) + "::text");
    }
    const auto ids = "SELECT i.id FROM invoices i WHERE " + condition.text + " AND i.id < (SELECT below FROM start)" +
                     ends(page.limit) + " OFFSET (SELECT rest FROM start)";
    return {page_start(scope, skip) + " " + rows_of_ids(page.view, ids), std::move(condition)};
}

// Of each team the first ids, and the first of them all: no more than the teams times the page are sorted.
Statement page_of_several_teams(const Teams& teams, const v1::InvoiceFilter& filter, const Page& page) {
    Condition condition;
    condition.parameters.push_back(array_of(teams.ids));
    condition.form = kSeveralTeams;
    condition.text += " AND i.team_id = t.id" + std::string(kOfTeam);
    const auto range = time_range_of(filter);
    add_filters(condition, filter);
    add_from(condition, range);
    add_to(condition, range);
    if (!page.after.empty()) condition.add(kAfter, "i.id < ", page.after);
    std::string most = std::to_string(page.limit);
    std::string offset;
    if (page.skip > 0) {
        condition.form |= kSkip;
        condition.parameters.push_back(std::to_string(page.skip));
        const auto skip = "$" + std::to_string(condition.parameters.size()) + "::bigint";
        most += " + " + skip;
        offset = " OFFSET " + skip;
    }
    const auto ids =
        "SELECT p.id FROM unnest($1::text[]) AS t(id) CROSS JOIN LATERAL (SELECT i.id FROM invoices i WHERE " +
        condition.text + " ORDER BY i.id DESC LIMIT " + most + ") p ORDER BY p.id DESC LIMIT " +
        std::to_string(page.limit) + offset;
    return {rows_of_ids(page.view, ids), std::move(condition)};
}

Statement page_in_order(const Teams& teams, const v1::InvoiceFilter& filter, const Page& page) {
    Condition condition;
    if (!teams.all) {
        condition.add(kOneTeam, "i.team_id = ", teams.ids.front());
        condition.text += kOfTeam;
    }
    const auto range = time_range_of(filter);
    add_filters(condition, filter);
    add_from(condition, range);
    add_to(condition, range);
    if (!page.after.empty()) condition.add(kAfter, "i.id < ", page.after);
    if (page.skip == 0)
        return {columns_of(page.view) + " FROM invoices i WHERE " + condition.text + ends(page.limit),
                std::move(condition)};
    condition.form |= kSkip;
    condition.parameters.push_back(std::to_string(page.skip));
    const auto ids = "SELECT i.id FROM invoices i WHERE " + condition.text + ends(page.limit) + " OFFSET $" +
                     std::to_string(condition.parameters.size()) + "::bigint";
    return {rows_of_ids(page.view, ids), std::move(condition)};
}

pqxx::result rows_of(pqxx::connection& connection, const Statement& statement, const Page& page) {
    const auto form = statement.condition.form;
    pqxx::nontransaction session(connection);
    const auto parameters = pqxx::prepare::make_dynamic_params(statement.condition.parameters);
    if (!worth_preparing(form, page.limit)) return session.exec_params(statement.text, parameters);
    const auto name =
        "list_" + std::to_string(form) + "_" + std::to_string(page.limit) + "_" + std::to_string(page.view);
    postgres::prepare(connection, name, statement.text);  // again with the same text: nothing happens
    return postgres::exec_prepared(session, name, parameters);
}

// For filters that nothing counts beforehand: read from an index, with what it does not hold looked up in the rows.
std::int64_t counted_total(pqxx::connection& connection, const Teams& teams, const v1::InvoiceFilter& filter) {
    Condition condition;
    if (!teams.all) {
        condition.add(kSeveralTeams, "i.team_id = ANY (", array_of(teams.ids));
        condition.text += std::string("::text[])") + kOfTeam;
    }
    const auto range = time_range_of(filter);
    add_filters(condition, filter);
    add_from(condition, range);
    add_to(condition, range);
    pqxx::nontransaction session(connection);
    return session
        .exec_params("SELECT count(*) FROM invoices i WHERE " + condition.text,
                     pqxx::prepare::make_dynamic_params(condition.parameters))[0][0]
        .as<std::int64_t>();
}

std::int64_t total_of(pqxx::connection& connection, const Teams& teams, const v1::InvoiceFilter& filter) {
    const bool ranged = filter.has_created_from() || filter.has_created_to();
    const bool by_status = !filter.status().empty() && !ranged && filter.user_id().empty() &&
                           filter.stripe_customer_id().empty() && filter.account().empty();
    if (!is_plain(filter) && !by_status) return counted_total(connection, teams, filter);
    pqxx::nontransaction session(connection);
    if (!ranged) {
        const std::string scope = teams.all ? "all" : "team";
        const auto ids = array_of(teams.all ? std::vector<std::string>{""} : teams.ids);
        return postgres::exec_prepared(session, kTotals, scope, ids, filter.status())[0][0].as<std::int64_t>();
    }
    const auto range = time_range_of(filter);
    const auto from = range.from.value_or("00000000");
    const auto to = range.to.value_or("g");
    const auto rows = teams.all ? postgres::exec_prepared(session, kRangeTotal, from, to)
                                : postgres::exec_prepared(session, kTeamsRangeTotal, from, to, array_of(teams.ids));
    return rows[0][0].as<std::int64_t>();
}

grpc::Status violation(const char* field, const char* message) {
    v1::FieldViolation violation;
    violation.set_field(field);
    violation.set_message(message);
    return rpc::invalid_argument({violation});
}

// The id that the page starts after; empty: it starts at the newest.
rpc::Result<std::string> start_of(pqxx::connection& connection, const v1::ListInvoicesRequest& request) {
    if (!request.page_token().empty()) {
        if (auto id = read_page_token(request)) return *id;
        return violation("page_token", "is not a token of this list");
    }
    if (request.after_id().empty()) return std::string();
    v1::GetInvoiceRequest last;
    last.set_id(request.after_id());
    if (request.has_scope()) *last.mutable_scope() = request.scope();
    if (const auto found = get_invoices(connection, {last}).front()) return found->id();
    return violation("after_id", "names no invoice");
}

// The rows before a numbered page; the greatest number where it would overflow.
std::int64_t offset_of(const v1::ListInvoicesRequest& request, int page_size) {
    const auto pages = std::max<std::int64_t>(request.page() - 1, 0);
    if (pages > std::numeric_limits<std::int64_t>::max() / page_size) return std::numeric_limits<std::int64_t>::max();
    return pages * page_size;
}

}  // namespace

void prepare_lists(pqxx::connection& connection) {
    postgres::prepare(connection, kTotals, R"(
        SELECT greatest(coalesce(sum(invoices), 0), 0)::bigint FROM invoice_totals
        WHERE scope = $1 AND scope_id = ANY ($2::text[]) AND status <> 'deleted' AND ($3 = '' OR status = $3))");
    static const std::string kOfAll =
        "SELECT greatest(" + newer_than("''", "", "$1::text") + " - " + newer_than("''", "", "$2::text") + ", 0)";
    postgres::prepare(connection, kRangeTotal, kOfAll);
    const std::string of_team = " AND i.team_id = t.id" + std::string(kOfTeam);
    static const std::string kOfTeams = "SELECT coalesce(sum(greatest(" + newer_than("t.id", of_team, "$1::text") +
                                        " - " + newer_than("t.id", of_team, "$2::text") +
                                        ", 0)), 0)::bigint FROM unnest($3::text[]) AS t(id)";
    postgres::prepare(connection, kTeamsRangeTotal, kOfTeams);
}

rpc::Result<v1::ListInvoicesResponse> list_invoices(pqxx::connection& connection,
                                                    const v1::ListInvoicesRequest& request) {
    auto start = start_of(connection, request);
    if (start.has_error()) return start.error();
    const int page_size = request.page_size() == 0 ? kDefaultPageSize : request.page_size();
    const auto& filter = request.filter();
    const auto teams = teams_of_list(request);
    // One more than asked for tells whether there is a next page.
    const Page page{page_size + 1, offset_of(request, page_size), std::move(*start),
                    request.view() == v1::VIEW_FULL ? v1::VIEW_FULL : v1::VIEW_BASIC};

    v1::ListInvoicesResponse response;
    if (!teams.all && teams.ids.empty()) return response;
    const bool several = !teams.all && teams.ids.size() > 1;
    const bool counted = !several && is_plain(filter) && page.skip > kShortSkip;
    if (request.with_total() || (page.skip > 0 && !counted)) {
        const auto total = total_of(connection, teams, filter);
        if (request.with_total()) response.set_total_size(total);
        if (page.skip > 0 && page.skip >= total) return response;  // past the end: nothing to skip through
    }
    const auto statement = counted   ? counted_page(teams, filter, page)
                           : several ? page_of_several_teams(teams, filter, page)
                                     : page_in_order(teams, filter, page);
    for (const auto& row : rows_of(connection, statement, page)) {
        if (response.invoices_size() == page_size) {
            response.set_next_page_token(make_page_token(response.invoices(page_size - 1).id(), request));
            break;
        }
        *response.add_invoices() = read_invoice(row, 0, page.view);
    }
    return response;
}

}  // namespace quittance::invoice_store
