// The numbers that a write changes are added up here, so that the database gets one small statement for a batch, and
// none where no number changes.
#include "invoice_store/counts/invoice_counts.hpp"

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "invoice_store/database/advisory_locks.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"
#include "runtime/log.hpp"

namespace quittance::invoice_store {
namespace {

// A node with more invoices of one slot is crowded: so many are skipped one by one at most, times the slots in use.
// Skipping 500 in an index costs PostgreSQL less than the rows of a page. The migration has the same number.
constexpr long kCrowd = 500;
constexpr std::size_t kLeastDigits = 2;
constexpr std::size_t kMostDigits = 12;
constexpr std::size_t kSecondDigits = 8;  // of an id, before the hash
constexpr std::size_t kRememberedNodes = 50'000;

constexpr const char* kCount = "count_invoices";
constexpr const char* kFindSplits = "find_count_splits";

std::string node_of(const std::string& scope_id, std::string_view prefix) {
    std::string node;
    node.reserve(scope_id.size() + 1 + prefix.size());
    return node.append(scope_id).append("/").append(prefix);
}

bool is_live(const std::string& status) {
    return status != "deleted";
}

}  // namespace

// An invoice that comes to a scope ('' or a team) or leaves it.
struct InvoiceCounts::Step {
    std::string scope_id;
    std::string invoice_id;
    int n = 0;
};

// What is added to whom, in the order of the keys.
struct InvoiceCounts::Numbers {
    std::map<std::tuple<std::string, std::string, std::string>, int> totals;  // by scope, scope_id and status
    std::map<std::tuple<std::string, std::size_t, std::string>, int> nodes;   // by scope_id, digits and prefix
};

void prepare_counting(pqxx::connection& connection) {
    postgres::prepare(connection, kFindSplits, R"(
        SELECT s.scope_id, s.prefix FROM unnest($1::text[], $2::text[]) AS n(scope_id, prefix)
        JOIN invoice_count_splits s USING (scope_id, prefix))");
    postgres::prepare(connection, kCount, R"(
        WITH totalled AS (
            INSERT INTO invoice_totals AS t (scope, scope_id, status, slot, invoices)
            SELECT n.scope, n.scope_id, n.status, $5, n.invoices
            FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS n(scope, scope_id, status, invoices)
            ON CONFLICT (scope, scope_id, status, slot) DO UPDATE SET invoices = t.invoices + excluded.invoices)
        INSERT INTO invoice_counts AS c (scope_id, digits, prefix, slot, invoices)
        SELECT n.scope_id, n.digits, n.prefix, $5, n.invoices
        FROM unnest($6::text[], $7::smallint[], $8::text[], $9::bigint[]) AS n(scope_id, digits, prefix, invoices)
        ON CONFLICT (scope_id, digits, prefix, slot) DO UPDATE SET invoices = c.invoices + excluded.invoices
        RETURNING c.scope_id, c.prefix, c.invoices)");
}

bool InvoiceCounts::is_split(const std::string& scope_id, std::string_view prefix) const {
    const auto found = splits_.find(node_of(scope_id, prefix));
    return found != splits_.end() && found->second;
}

InvoiceCounts::Nodes InvoiceCounts::unknown_nodes(const std::vector<Step>& steps) const {
    Nodes unknown;
    for (const auto& [scope_id, id, n] : steps) {
        auto digits = kLeastDigits;
        while (digits < kMostDigits && is_split(scope_id, std::string_view(id).substr(0, digits))) ++digits;
        const auto prefix = id.substr(0, digits);
        if (digits == kMostDigits || splits_.contains(node_of(scope_id, prefix))) continue;
        unknown.emplace(scope_id, prefix);
        // Down to the second at once. Below it level by level, because ids have nothing in common there.
        for (auto more = digits + 1; more <= kSecondDigits; ++more) unknown.emplace(scope_id, id.substr(0, more));
    }
    return unknown;
}

void InvoiceCounts::learn_splits(pqxx::transaction_base& transaction, const std::vector<Step>& steps,
                                 const std::string& splits_version) {
    if (version_ != splits_version || splits_.size() > kRememberedNodes) splits_.clear();
    version_ = splits_version;
    // Each round learns at least one node of each path, so there are at most as many rounds as levels.
    for (auto nodes = unknown_nodes(steps); !nodes.empty(); nodes = unknown_nodes(steps)) {
        postgres::ArrayLiteral scopes;
        postgres::ArrayLiteral prefixes;
        for (const auto& [scope_id, prefix] : nodes) {
            scopes.add_text(scope_id);
            prefixes.add_text(prefix);
            splits_[node_of(scope_id, prefix)] = false;
        }
        for (const auto& row : postgres::exec_prepared(transaction, kFindSplits, scopes.take(), prefixes.take()))
            splits_[node_of(row[0].c_str(), row[1].c_str())] = true;
    }
}

InvoiceCounts::Numbers InvoiceCounts::numbers_of(const std::vector<CountedChange>& changes,
                                                 const std::vector<Step>& steps) const {
    Numbers numbers;
    const auto total = [&](const std::string& team_id, const std::string& status, int n) {
        numbers.totals[{"all", "", status}] += n;
        if (!team_id.empty()) numbers.totals[{"team", team_id, status}] += n;
    };
    for (const auto& change : changes) {
        total(change.team_id, change.status, 1);
        if (change.previous_status) total(change.previous_team_id, *change.previous_status, -1);
    }
    for (const auto& [scope_id, id, n] : steps) {
        for (auto digits = kLeastDigits; digits <= kMostDigits; ++digits) {
            numbers.nodes[{scope_id, digits, id.substr(0, digits)}] += n;
            if (!is_split(scope_id, std::string_view(id).substr(0, digits))) break;
        }
    }
    std::erase_if(numbers.totals, [](const auto& entry) { return entry.second == 0; });
    std::erase_if(numbers.nodes, [](const auto& entry) { return entry.second == 0; });
    return numbers;
}

void InvoiceCounts::count(pqxx::transaction_base& transaction, const std::vector<CountedChange>& changes,
                          const std::string& splits_version) {
    std::vector<Step> steps;
    for (const auto& change : changes) {
        const bool live = is_live(change.status);
        const bool was_live = change.previous_status && is_live(*change.previous_status);
        if (live != was_live) steps.push_back({"", change.invoice_id, live ? 1 : -1});
        const auto team_id = live ? change.team_id : "";
        const auto previous_team_id = was_live ? change.previous_team_id : "";
        if (team_id == previous_team_id) continue;
        if (!team_id.empty()) steps.push_back({team_id, change.invoice_id, 1});
        if (!previous_team_id.empty()) steps.push_back({previous_team_id, change.invoice_id, -1});
    }
    if (!steps.empty()) learn_splits(transaction, steps, splits_version);
    const auto numbers = numbers_of(changes, steps);
    if (numbers.totals.empty() && numbers.nodes.empty()) return;

    postgres::ArrayLiteral scopes, total_scope_ids, statuses, invoices;
    for (const auto& [key, n] : numbers.totals) {
        scopes.add_text(std::get<0>(key));
        total_scope_ids.add_text(std::get<1>(key));
        statuses.add_text(std::get<2>(key));
        invoices.add_integer(n);
    }
    postgres::ArrayLiteral scope_ids, digits, prefixes, node_invoices;
    for (const auto& [key, n] : numbers.nodes) {
        scope_ids.add_text(std::get<0>(key));
        digits.add_integer(static_cast<std::int64_t>(std::get<1>(key)));
        prefixes.add_text(std::get<2>(key));
        node_invoices.add_integer(n);
    }
    const auto rows = postgres::exec_prepared(transaction, kCount, scopes.take(), total_scope_ids.take(),
                                              statuses.take(), invoices.take(), slot_, scope_ids.take(), digits.take(),
                                              prefixes.take(), node_invoices.take());
    for (const auto& row : rows) {
        const std::string_view prefix(row[1].c_str(), row[1].size());
        if (row[2].as<long>() <= kCrowd || prefix.size() >= kMostDigits || is_split(row[0].c_str(), prefix)) continue;
        crowded_.append(crowded_.empty() ? "" : ",").append(node_of(row[0].c_str(), prefix));
    }
}

void InvoiceCounts::split_crowded(pqxx::connection& connection) noexcept {
    if (crowded_.empty()) return;
    try {
        const auto nodes = std::exchange(crowded_, "");
        pqxx::work transaction(connection);
        // Alone: a batch that is under way does not know of the children, and they would miss what it writes.
        transaction.exec_params("SELECT pg_advisory_xact_lock($1)", kRegistrationLock);
        transaction.exec_params(
            "SELECT split_invoice_counts(split_part(node, '/', 1), split_part(node, '/', 2), $2)"
            " FROM unnest(string_to_array($1, ',')) AS node",
            nodes, kCrowd);
        transaction.commit();
    } catch (const std::exception& failure) {
        try {
            runtime::log_warn("page counts stay crowded for now", {{"detail", failure.what()}});
        } catch (const std::exception&) {
            // A log that cannot be written is no reason to fail a batch that is committed.
        }
    }
}

}  // namespace quittance::invoice_store
