// What a list with VIEW_BILLING shows of an invoice, kept beside the columns as one text: to write twenty columns out,
// to read them and to put them together costs more than to find the row.
//
// The columns are what counts. A row's entry is of the snapshot that stands, because both are written by one statement;
// where the columns change without it (by a store that does not know it yet, or by hand) a trigger takes it away, and
// a list that meets a row without an entry reads columns. The settlement is not in it, which others write.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <string_view>

#include "quittance/v1/invoice.pb.h"

namespace quittance::invoice_store {

// A version, a checksum, and a serialised Invoice, each byte as the character of that number, which PostgreSQL takes as
// text and gives back as it is; zero, which it does not take, as U+0100. It belongs to a row that says in all columns
// of VIEW_BILLING what `invoice` says.
std::string list_entry(const v1::Invoice& invoice);

// True, in SQL, for a row "i" of invoices without an entry or with one of this version or an older one.
std::string is_ours_to_write();

// The entry of a row "i" of invoices (without one: empty, and not null) and its settlement: what read_list_entry reads.
std::string_view entry_select_list();

// Sets `bytes` to the serialised Invoice of a row whose fields from `first` on are those of entry_select_list(). False:
// the row has no entry, or one of another version, or a damaged one. A caller that only sends it on saves reading it.
bool read_list_entry(const pqxx::row& row, int first, std::string& bytes);

}  // namespace quittance::invoice_store
