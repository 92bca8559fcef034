// The table of the columns of `invoices`: the field that each column holds, and how it is written, read and merged.
// To add a field, add a migration and one line here. Its effect on the upsert shows in
// tests/data/golden/invoice_upsert.sql.
#pragma once

#include <array>
#include <pqxx/pqxx>
#include <span>
#include <string_view>

#include "postgres/literal.hpp"
#include "quittance/v1/invoice.pb.h"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

// How the upsert merges a column of a snapshot into an existing row. merge.hpp defines which of the two wins.
enum class MergeRule {
    kIdentity,    // the row keeps its value
    kWinner,      // the value of the winner
    kMaximum,     // the greater value, whichever wins
    kProjection,  // list_entry: the winner's, if it equals the merged row in every other column; else null
    kContest,     // whether two contents claim the second that stands
    kNamed,       // a payment that an invoice names: of the latest statement that names one
    kNamedTime,   // when that was, if another statement stands
    kFurthest,    // the greatest furthest_key of the row, the snapshot and the status that stands in the row
};

struct Column {
    const char* name;
    const char* type;  // of the parameter: "text", "timestamptz" …
    MergeRule merge_rule;
    unsigned views;  // one bit for each view that shows it; VIEW_FULL shows every column
    void (*add)(postgres::ArrayLiteral& literal, const v1::Invoice& invoice);
    void (*read)(const pqxx::field& field, v1::Invoice& invoice);  // null: no view shows it
};

std::span<const Column> invoice_columns();

constexpr std::array kViews = {v1::VIEW_BASIC, v1::VIEW_FULL, v1::VIEW_SUMMARY, v1::VIEW_BILLING};

// The view that answers a request for `view`: one of kViews.
v1::View answering_view(v1::View view);

// The select list that read_invoice reads from a row "i" of invoices: "i.id, i.status, …" and the settlement.
// `view`: one of kViews.
std::string_view select_list(v1::View view);

// Reads the fields of select_list(view), which begin at `first`. `invoice` is empty before.
void read_invoice(const pqxx::row& row, int first, v1::View view, v1::Invoice& invoice);
v1::Invoice read_invoice(const pqxx::row& row, int first, v1::View view);

}  // namespace quittance::invoice_store
