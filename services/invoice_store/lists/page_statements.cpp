// An id begins with the creation time, so one column gives the order, the cursor and the range of times.
//
// The cost of a page does not depend on its depth if a cursor gives its start. It does not depend on it either for a
// numbered page of all invoices or of one team, with or without a range of time: the tree of counts gives the start
// (offset_lookup_sql.hpp). Any other numbered page scans the rows before it, in the index alone.
#include "invoice_store/lists/page_statements.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "invoice_store/counts/offset_lookup_sql.hpp"
#include "invoice_store/invoices/columns.hpp"
#include "invoice_store/invoices/list_projection.hpp"

namespace quittance::invoice_store {
namespace {

constexpr int kDefaultPageSize = 10;

// The rows before a numbered page; the greatest number where it would overflow.
std::int64_t offset_of(const v1::ListInvoicesRequest& request, int page_size) {
    const auto pages = std::max<std::int64_t>(request.page() - 1, 0);
    if (pages > std::numeric_limits<std::int64_t>::max() / page_size) return std::numeric_limits<std::int64_t>::max();
    return pages * page_size;
}

std::string columns_of(const Page& page) {
    return "SELECT " + std::string(page.by_projection ? ListProjection::sql() : select_list(page.view));
}

std::string ends(int limit) {
    return " ORDER BY i.id DESC LIMIT " + std::to_string(limit);
}

// The rows of the ids that `ids` selects.
std::string rows_of_ids(const Page& page, const std::string& ids) {
    return columns_of(page) + " FROM (" + ids + ") page JOIN invoices i ON i.id = page.id ORDER BY i.id DESC";
}

}  // namespace

bool has_projection(v1::View view) {
    return view == v1::VIEW_BILLING;
}

Page page_of(const v1::ListInvoicesRequest& request) {
    const int page_size = request.page_size() == 0 ? kDefaultPageSize : request.page_size();
    const auto view = answering_view(request.view());
    return {page_size + 1, offset_of(request, page_size), "", view, has_projection(view)};
}

std::string Page::form_name() const {
    return std::to_string(limit) + "_" + std::to_string(view) + (by_projection ? "_entries" : "");
}

bool worth_preparing(unsigned form, int limit) {
    return std::popcount(form & kFilters) <= 2 &&
           (limit == 2 || limit == 11 || limit == 21 || limit == 26 || limit == 51 || limit == 101);
}

PageStatement counted_page(const Teams& teams, const v1::InvoiceFilter& filter, const Page& page) {
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
        // The offset also skips the invoices that are newer than the range, so no condition is needed for them.
        condition.form |= kCreatedTo;
        condition.parameters.push_back(*range.to);
        skip += " + " + newer_than(scope, of_scope, "$" + std::to_string(condition.parameters.size()) + "::text");
    }
    const auto ids = "SELECT i.id FROM invoices i WHERE " + condition.text + " AND i.id < (SELECT below FROM start)" +
                     ends(page.limit) + " OFFSET (SELECT rest FROM start)";
    return {page_start(scope, skip) + " " + rows_of_ids(page, ids), std::move(condition)};
}

// Takes the first ids of each team, and of those the first: the sort sees at most one page for each team.
PageStatement page_of_several_teams(const Teams& teams, const v1::InvoiceFilter& filter, const Page& page) {
    Condition condition;
    condition.parameters.push_back(array_of(teams.ids));
    condition.form = kSeveralTeams;
    condition.text += " AND i.team_id = t.id" + std::string(kOfTeam);
    const auto range = time_range_of(filter);
    add_filters(condition, filter);
    add_from(condition, range);
    add_to(condition, range);
    if (!page.after.empty()) condition.add(kAfter, "i.id < ", page.after);
    std::string ids_per_team = std::to_string(page.limit);
    std::string offset;
    if (page.skip > 0) {
        condition.form |= kSkip;
        condition.parameters.push_back(std::to_string(page.skip));
        const auto skip = "$" + std::to_string(condition.parameters.size()) + "::bigint";
        ids_per_team += " + " + skip;
        offset = " OFFSET " + skip;
    }
    const auto ids =
        "SELECT p.id FROM unnest($1::text[]) AS t(id) CROSS JOIN LATERAL (SELECT i.id FROM invoices i WHERE " +
        condition.text + " ORDER BY i.id DESC LIMIT " + ids_per_team + ") p ORDER BY p.id DESC LIMIT " +
        std::to_string(page.limit) + offset;
    return {rows_of_ids(page, ids), std::move(condition)};
}

Condition condition_in_order(const Teams& teams, const v1::InvoiceFilter& filter, const std::string& after,
                             std::string_view parameter) {
    Condition condition;
    condition.parameter = parameter;
    if (!teams.all) {
        condition.add(kOneTeam, "i.team_id = ", teams.ids.front());
        condition.text += kOfTeam;
    }
    const auto range = time_range_of(filter);
    add_filters(condition, filter);
    add_from(condition, range);
    add_to(condition, range);
    if (!after.empty()) condition.add(kAfter, "i.id < ", after);
    return condition;
}

std::string pages_in_order(const Condition& condition, const Page& page, bool with_total, bool all_teams) {
    const auto count = condition.parameters.size();
    std::string arrays;
    std::string names;
    for (std::size_t i = 1; i <= count; ++i) {
        arrays += "$" + std::to_string(i) + "::text[], ";
        names += "p" + std::to_string(i) + ", ";
    }
    arrays += "$" + std::to_string(count + 1) + "::text[]";
    const std::string counted_scope =
        all_teams ? "c.scope = 'all' AND c.scope_id = ''" : "c.scope = 'team' AND c.scope_id = w.p1";
    const auto total =
        " CROSS JOIN LATERAL (SELECT greatest(coalesce(sum(c.invoices), 0), 0)::bigint AS total"
        " FROM invoice_totals c WHERE " +
        counted_scope + " AND c.status <> 'deleted' AND (w.counted_status = '' OR c.status = w.counted_status)) t";
    // Drops a list whose after_id is not of its scope. LIMIT makes it one index look-up for each list.
    const auto start = " CROSS JOIN LATERAL (SELECT FROM invoices r WHERE r.id = w.p" + std::to_string(count) +
                       (all_teams ? "" : " AND r.team_id = w.p1") + " LIMIT 1) s";
    return std::string("SELECT w.n, ") + (with_total ? "t.total, " : "") + "p.* FROM unnest(" + arrays +
           ") WITH ORDINALITY AS w(" + names + "counted_status, n)" + (with_total ? total : "") +
           ((condition.form & kNamedStart) == 0 ? "" : start) + " LEFT JOIN LATERAL (" + columns_of(page) +
           " FROM invoices i WHERE " + condition.text + ends(page.limit) + ") p ON true";
}

PageStatement numbered_page(const Teams& teams, const v1::InvoiceFilter& filter, const Page& page) {
    auto condition = condition_in_order(teams, filter, page.after, "$");
    condition.form |= kSkip;
    condition.parameters.push_back(std::to_string(page.skip));
    const auto ids = "SELECT i.id FROM invoices i WHERE " + condition.text + ends(page.limit) + " OFFSET $" +
                     std::to_string(condition.parameters.size()) + "::bigint";
    return {rows_of_ids(page, ids), std::move(condition)};
}

}  // namespace quittance::invoice_store
