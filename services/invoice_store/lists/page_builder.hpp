// A page of a list on its way into the answer, row by row.
#pragma once

#include <pqxx/pqxx>
#include <string>

#include "invoice_store/lists/page_statements.hpp"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

enum class Added {
    kInvoice,
    kNextPage,  // not the row: the page was full, and knows now that more follows
    kNoEntry,   // the row has none: the page is to be read anew, by columns
};

class PageAnswer {
  public:
    // They outlive it. `response` has no invoices yet.
    PageAnswer(const v1::ListInvoicesRequest& request, const Page& page, v1::ListInvoicesResponse& response)
        : request_(request), page_(page), response_(response) {}

    // The row's fields begin at `first_column`.
    Added add(const pqxx::row& row, int first_column);

  private:
    bool add_message(const pqxx::row& row, int first_column);
    bool add_serialised(const pqxx::row& row, int first_column);
    std::string last_id() const;

    const v1::ListInvoicesRequest& request_;
    const Page& page_;
    v1::ListInvoicesResponse& response_;
    int added_ = 0;
    std::string bytes_;  // of the invoice that was added last, where it was added serialised
};

}  // namespace quittance::invoice_store
