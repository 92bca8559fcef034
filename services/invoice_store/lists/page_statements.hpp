// The statements of pages. Each form of a list is a statement of its own, prepared when first used: a bound LIMIT would
// be planned anew each time, and a condition that may or may not hold cannot use its index.
#pragma once

#include <cstdint>
#include <string>

#include "invoice_store/lists/list_filter.hpp"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

struct Page {
    int limit;          // one more than shown
    std::int64_t skip;  // rows before it
    std::string after;  // or the id before it; empty: none
    v1::View view;
    bool by_entry;  // the rows are read by their list entries (list_entry.hpp), not by columns

    // Tells pages of different fields or sizes apart, in a statement's name.
    std::string form_name() const;
};

struct Statement {
    std::string text;
    Condition condition;  // its parameters and its form
};

// As the index has it.
constexpr const char* kOfTeam = " AND i.team_id <> ''";

// The page that the request asks for, after the invoice with this id of ours (empty: from the newest).
Page page_of(const v1::ListInvoicesRequest& request, std::string after);

// Prepared are the forms that are worth it: at most two filters, a usual page size. So their number stays small, and a
// caller that varies everything cannot fill the server's memory with plans.
bool worth_preparing(unsigned form, int limit);

// The page at an offset, found through the tree of counts: of all invoices or one team's, of a plain filter.
Statement counted_page(const Teams& teams, const v1::InvoiceFilter& filter, const Page& page);
Statement page_of_several_teams(const Teams& teams, const v1::InvoiceFilter& filter, const Page& page);
// Of all invoices or one team's, read in the order of an index.
Statement page_in_order(const Teams& teams, const v1::InvoiceFilter& filter, const Page& page);

// The condition of such a page, its parameters named `parameter` and their number; and what shows the page.
Condition condition_in_order(const Teams& teams, const v1::InvoiceFilter& filter, const std::string& after,
                             std::string_view parameter);
std::string rows_in_order(const Condition& condition, const Page& page);

}  // namespace quittance::invoice_store
