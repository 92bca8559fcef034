// Keeps the totals (migrations/0001_invoices_and_inbox.sql) and the tree that counts invoices by the beginning of their
// ids (0005_page_counts.sql), which numbered pages and the totals of ranges of time are found by.
#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace quittance::invoice_store {

// What a write did to one row, as far as it is counted.
struct CountedChange {
    std::string invoice_id;
    std::string status;
    std::string team_id;                         // empty: nobody's
    std::optional<std::string> previous_status;  // unset: the row is new
    std::string previous_team_id;
};

// SQL, one value: which splits there are. To be read after the lock of registrations was taken, by a statement that
// began afterwards.
constexpr std::string_view kSplitsVersion =
    "(SELECT number || ' ' || split_at FROM invoice_count_splits ORDER BY number DESC LIMIT 1)";

void prepare_counting(pqxx::connection& connection);

// Counts in one slot, and remembers which nodes of the tree have children, so that the database is asked only for what
// is new. For one thread.
class InvoiceCounts {
  public:
    // `slot`, 0 to 15: writers in different slots do not wait for each other.
    explicit InvoiceCounts(int slot) : slot_(slot) {}

    // Counts the changes in their transaction, which holds the lock of registrations, shared or alone. Touches only
    // what changes its number, all of it in one order. `splits_version`: kSplitsVersion as the transaction sees it,
    // empty for null.
    void count(pqxx::transaction_base& transaction, const std::vector<CountedChange>& changes,
               const std::string& splits_version);

    // Gives the nodes children that `count` found crowded. A transaction of its own, to run after the one that counted
    // has committed; it keeps batches out for some milliseconds. Never throws: a node that stays crowded is found again
    // by the next write below it.
    void split_crowded(pqxx::connection& connection) noexcept;

  private:
    struct Step;
    struct Numbers;
    using Nodes = std::set<std::pair<std::string, std::string>>;  // scope and prefix

    bool is_split(const std::string& scope_id, std::string_view prefix) const;
    // The first node on the path of each step of which it is not known whether it is split, with those below it.
    Nodes unknown_nodes(const std::vector<Step>& steps) const;
    void learn_splits(pqxx::transaction_base& transaction, const std::vector<Step>& steps,
                      const std::string& splits_version);
    Numbers numbers_of(const std::vector<CountedChange>& changes, const std::vector<Step>& steps) const;

    int slot_;
    std::string version_;
    std::unordered_map<std::string, bool> splits_;  // by "scope/prefix"; what is missing was not asked yet
    std::string crowded_;                           // "scope/prefix,scope/prefix"
};

}  // namespace quittance::invoice_store
