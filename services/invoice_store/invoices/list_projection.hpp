// The list projection: all that a list with VIEW_BILLING shows of an invoice, stored as one text in the column
// `list_entry`. Reading one text costs less than writing out, parsing and assembling twenty columns.
//
// The other columns are the truth. The upsert writes them and the projection in one statement. If another writer (an
// older store, or a person) changes them without the projection, a trigger sets the projection to null. A list that
// meets a row without a projection reads its columns instead. The settlement is not part of the projection, because
// other statements write it.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <string_view>

#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

// The one place that knows what the column holds.
class ListProjection {
  public:
    // The column's value for a row whose columns of VIEW_BILLING are those of `invoice`.
    static std::string write(const v1::Invoice& invoice);

    // The select list that `read` reads, for a row "i" of invoices.
    static std::string_view sql();

    // Sets `bytes` to the serialised Invoice of the row whose fields of sql() begin at `first`. False: the row has no
    // projection, or one that is damaged or of another version. The caller parses the bytes only if it needs to.
    static bool read(const pqxx::row& row, int first, std::string& bytes);

    // A condition in SQL on a row "i" of invoices: its projection is missing, or this version of the store may replace
    // it. A projection of a later version is left alone.
    static std::string missing();
};

}  // namespace quittance::invoice_store
