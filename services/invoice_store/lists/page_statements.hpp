// Builds the statements that read pages. Each form of a list has a statement of its own, prepared at its first use. A
// bound LIMIT would be planned anew each time, and an optional condition could not use its index.
#pragma once

#include <cstdint>
#include <string>

#include "invoice_store/lists/list_filter.hpp"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

struct Page {
    int limit;          // one row more than shown: that row says that a next page exists
    std::int64_t skip;  // the number of rows before a numbered page
    std::string after;  // the id before the page; empty: it starts at the newest, or `skip` says where
    v1::View view;
    bool by_projection;  // read the list projection (list_projection.hpp) instead of the columns

    // Distinguishes pages of different fields or sizes in the name of a statement.
    std::string form_name() const;
};

struct PageStatement {
    std::string text;
    Condition condition;  // its parameters and its form
};

// The partial indexes by team have this condition.
constexpr const char* kOfTeam = " AND i.team_id <> ''";

// True if lists with this view can be read by their projection.
bool has_projection(v1::View view);

// The requested page, without `after`.
Page page_of(const v1::ListInvoicesRequest& request);

// True for forms with at most two filters and a usual page size. Only these are prepared, so a caller that varies
// every parameter cannot fill the server's memory with plans.
bool worth_preparing(unsigned form, int limit);

// A numbered page of all invoices or one team's, for a filter without conditions beside a range of time. The tree of
// counts gives its start.
PageStatement counted_page(const Teams& teams, const v1::InvoiceFilter& filter, const Page& page);
PageStatement page_of_several_teams(const Teams& teams, const v1::InvoiceFilter& filter, const Page& page);
// A numbered page of all invoices or one team's. The statement scans the rows before it.
PageStatement numbered_page(const Teams& teams, const v1::InvoiceFilter& filter, const Page& page);

// The condition of a page of all invoices or one team's. Its parameters are named `parameter` and their number.
Condition condition_in_order(const Teams& teams, const v1::InvoiceFilter& filter, const std::string& after,
                             std::string_view parameter);

// Reads such pages for many lists at once. The parameters are arrays with one element a list: those of `condition`,
// which is named with "w.p", and the status that the total counts (empty: any). The rows come list by list: the number
// of the list from 1, the total if `with_total`, and the fields of the page, all null for an empty list.
std::string pages_in_order(const Condition& condition, const Page& page, bool with_total, bool all_teams);

}  // namespace quittance::invoice_store
