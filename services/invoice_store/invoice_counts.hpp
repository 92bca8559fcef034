// Keeps the tree that counts invoices by the beginning of their ids (migrations/0005_page_counts.sql), which numbered
// pages and the totals of ranges of time are found by.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <string_view>

namespace quittance::invoice_store {

// Common table expressions that count in the statement that writes: to stand behind one called `written`, with the
// columns id, status, team_id, previous_status and previous_team_id of each row it changed (previous: null where the
// row is new). `slot`: the expression of the slot to count in. Nodes are touched only where their number changes, and
// in one order. The last one, `crowded`, has one row with one column, `nodes`: what split_crowded wants, null where
// there is none.
std::string counting_expressions(std::string_view slot);

// Gives crowded nodes children. A transaction of its own, to run after the one that wrote has committed; it keeps
// batches out for some milliseconds. Never throws: a node that stays crowded is named again by the next write below it.
// `nodes`: "scope/prefix,scope/prefix", or empty.
void split_crowded(pqxx::connection& connection, std::string_view nodes) noexcept;

}  // namespace quittance::invoice_store
