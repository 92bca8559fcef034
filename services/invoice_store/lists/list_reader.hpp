// Reads pages of lists, newest invoice first, by cursor or by number, and their totals.
//
// Lists of one form, with the same conditions and page size, share one statement, also if there is only one of them.
// Only lists of several teams and lists by page number have statements of their own.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "quittance/v1/invoice_store.pb.h"
#include "rpc/status.hpp"

namespace quittance::invoice_store {

void prepare_lists(pqxx::connection& connection);

class ListReader {
  public:
    enum class Source {
        kProjection,  // rich lists read the list projection, and the columns where it is missing
        kColumns,     // every list reads the columns
    };
    using Answers = std::vector<rpc::Result<v1::ListInvoicesResponse>>;

    explicit ListReader(Source source = Source::kProjection) : source_(source) {}

    // Reads the lists; the answers are in the order of the requests. The requests must be free of violations
    // (validation.hpp). INVALID_ARGUMENT: the page_token belongs to another filter, or after_id names no invoice of the
    // scope.
    Answers read(pqxx::connection& connection, const std::vector<const v1::ListInvoicesRequest*>& requests);

    // The ids of the invoices on those pages of the last `read` where a list projection was missing, for the backfill.
    const std::vector<std::string>& missing() const { return missing_; }

  private:
    struct PendingList;
    struct Form;
    using Lists = std::vector<PendingList*>;

    void read_together(pqxx::connection& connection, const Form& form, const Lists& lists);
    void read_alone(pqxx::connection& connection, PendingList& list);
    // False: a row has no list projection.
    bool read_page_alone(pqxx::connection& connection, PendingList& list);
    void note_missing(const PendingList& list, const pqxx::row& row, int first_column);

    Source source_;
    std::vector<std::string> missing_;
};

// Reads one list.
rpc::Result<v1::ListInvoicesResponse> list_invoices(pqxx::connection& connection,
                                                    const v1::ListInvoicesRequest& request);

}  // namespace quittance::invoice_store
