// SQL over the tree of counts (migrations/0005_page_counts.sql): where the page at an offset starts, and how many
// invoices are newer than a moment. The texts are parts of a statement that reads the invoices too, so that both come
// from one snapshot and agree.
#pragma once

#include <string>

namespace quittance::invoice_store {

// How many invoices of a scope have ids of `from` (an expression: 8 hex digits, or "g") or greater: an expression of
// type bigint. `scope`: the expression of the scope's id, '' for all; `of_scope`: what its rows of `invoices i` are.
std::string newer_than(const std::string& scope, const std::string& of_scope, const std::string& from);

// "WITH RECURSIVE …": makes `start(below, rest)`: the row at offset `skip` (an expression of type bigint) of the scope,
// newest first, is found by leaving out `rest` rows of those whose ids are less than `below`; `rest` is small. No row
// where the scope ends before it.
std::string page_start(const std::string& scope, const std::string& skip);

}  // namespace quittance::invoice_store
