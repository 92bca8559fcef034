// Builds the answer with a page of a list, row by row.
#pragma once

#include <pqxx/pqxx>
#include <string>

#include "invoice_store/lists/page_statements.hpp"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

enum class RowOutcome {
    kAdded,
    kNextPage,      // not added: the page was full, and its next_page_token is set now
    kNoProjection,  // not added: the row has no list projection; the caller reads the page again, by columns
};

class PageBuilder {
  public:
    // The arguments must outlive the builder. `response` has no invoices yet.
    PageBuilder(const v1::ListInvoicesRequest& request, const Page& page, v1::ListInvoicesResponse& response)
        : request_(request), page_(page), response_(response) {}

    // Adds a row whose fields begin at `first_column`.
    RowOutcome add(const pqxx::row& row, int first_column);

  private:
    bool add_message(const pqxx::row& row, int first_column);
    bool add_serialised(const pqxx::row& row, int first_column);
    std::string last_id() const;

    const v1::ListInvoicesRequest& request_;
    const Page& page_;
    v1::ListInvoicesResponse& response_;
    int added_ = 0;
    std::string bytes_;  // the serialised invoice that was added last
};

}  // namespace quittance::invoice_store
