// The one table that says which column holds which field of an invoice, how it is written, read and merged. A new field
// is a migration and a line here.
#pragma once

#include <array>
#include <pqxx/pqxx>
#include <span>
#include <string_view>

#include "postgres/literal.hpp"
#include "quittance/v1/invoice.pb.h"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

// What the SQL guard does with a column where a row meets a snapshot (see merge.hpp).
enum class Join {
    kIdentity,  // the row's, for ever
    kSnapshot,  // of the snapshot that stands
    kMaximum,   // the greater one, whichever stands
    kEntry,     // of the snapshot that stands, where the row says then what it says; else null
    kFlag,      // refetch_needed
};

struct Column {
    const char* name;
    const char* type;  // of the parameter: "text", "timestamptz" …
    Join join;
    unsigned views;  // that show it, FULL aside, which shows all: a bit for each (columns.cpp)
    void (*add)(postgres::ArrayLiteral& literal, const v1::Invoice& invoice);
    void (*read)(const pqxx::field& field, v1::Invoice& invoice);  // null: no view has it
};

std::span<const Column> invoice_columns();

constexpr std::array kViews = {v1::VIEW_BASIC, v1::VIEW_FULL, v1::VIEW_SUMMARY, v1::VIEW_BILLING};

// The view that answers a request for `view`: one of kViews.
v1::View answering_view(v1::View view);

// "i.id, i.status, …", and the settlement: what read_invoice reads of a row "i" of invoices. `view`: one of kViews.
std::string_view select_list(v1::View view);

// The message of a row whose fields from `first` on are those of select_list(view), in an empty `invoice`.
void read_invoice(const pqxx::row& row, int first, v1::View view, v1::Invoice& invoice);
v1::Invoice read_invoice(const pqxx::row& row, int first, v1::View view);

}  // namespace quittance::invoice_store
