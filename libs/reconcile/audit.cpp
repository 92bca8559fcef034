#include "reconcile/audit.hpp"

#include <array>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "reconcile/refetch.hpp"
#include "reconcile/snapshot_event.hpp"

namespace quittance::reconcile {
namespace {

constexpr std::array<const char*, 3> kNotFinal{"draft", "open", "uncollectible"};
constexpr int kPageSize = 100;
constexpr int kMostPages = 100'000;

using Rows = std::unordered_map<std::string, v1::Invoice>;

// The store's rows of these invoices, by Stripe's id.
Answer<Rows> rows_of(StoreClient& store, const std::string& account, const std::vector<v1::Invoice>& invoices) {
    v1::BatchGetInvoicesRequest request;
    for (const auto& invoice : invoices) {
        auto& get = *request.add_requests();
        get.set_id(invoice.stripe_invoice_id());
        get.set_view(v1::VIEW_FULL);
        get.set_read_after(kLatest);
    }
    auto answer = co_await store.batch_get(request);
    if (answer.has_error()) co_return answer.error();
    Rows rows;
    for (auto& result : *answer->mutable_results())
        if (result.has_invoice() && result.invoice().account() == account)
            rows.emplace(result.invoice().stripe_invoice_id(), std::move(*result.mutable_invoice()));
    co_return rows;
}

// Those that the store lacks or says otherwise.
std::vector<Drift> compare(const Rows& rows, const std::vector<v1::Invoice>& invoices) {
    std::vector<Drift> drifts;
    for (const auto& invoice : invoices) {
        Drift drift{invoice.stripe_invoice_id(), false, {}, false};
        const auto row = rows.find(invoice.stripe_invoice_id());
        if (row == rows.end())
            drift.missing = true;
        else
            drift.fields = differences(row->second, invoice);
        if (drift.missing || !drift.fields.empty()) drifts.push_back(std::move(drift));
    }
    return drifts;
}

void keep(AuditReport& report, Drift drift) {
    ++report.drifted;
    if (drift.repaired) ++report.repaired;
    if (report.drifts.size() < kMostDrifts) report.drifts.push_back(std::move(drift));
}

// Asks both sides once more about one invoice, and repairs it where they still differ.
Answer<bool> confirm(StoreClient& store, GatewayClient& gateway, const AuditOptions& options, const std::string& id,
                     AuditReport& report) {
    auto answer = co_await gateway.retrieve_invoice(options.account, id);
    const bool gone = answer.has_error() && answer.error().error_code() == grpc::StatusCode::NOT_FOUND;
    if (answer.has_error() && !gone) co_return answer.error();
    std::vector<v1::Invoice> invoices;
    if (gone)
        invoices.emplace_back().set_stripe_invoice_id(id);
    else
        invoices.push_back(answer->invoice());
    auto rows = co_await rows_of(store, options.account, invoices);
    if (rows.has_error()) co_return rows.error();
    std::vector<Drift> drifts;
    if (!gone)
        drifts = compare(*rows, invoices);
    else if (const auto row = rows->find(id); row != rows->end() && row->second.status() != "deleted")
        drifts.push_back({id, false, {{"status", row->second.status(), "deleted"}}, false});
    if (drifts.empty()) co_return true;
    if (options.repair) {
        const auto told = co_await refetch(store, gateway, options.account, id);
        if (told.has_error()) co_return told.error();
        drifts.front().repaired = *told != RefetchResult::kUnknown;
    }
    keep(report, std::move(drifts.front()));
    co_return true;
}

// What Stripe lists with this status; its ids are kept in `seen`.
Answer<bool> audit_listed(StoreClient& store, GatewayClient& gateway, const AuditOptions& options, const char* status,
                          std::set<std::string>& seen, AuditReport& report) {
    v1::ListStripeInvoicesRequest request;
    request.set_account(options.account);
    request.set_status(status);
    request.set_page_size(kPageSize);
    for (int n = 0; n < kMostPages; ++n) {
        auto page = co_await gateway.list_invoices(request);
        if (page.has_error()) co_return page.error();
        std::vector<v1::Invoice> invoices(std::make_move_iterator(page->mutable_invoices()->begin()),
                                          std::make_move_iterator(page->mutable_invoices()->end()));
        for (const auto& invoice : invoices) seen.insert(invoice.stripe_invoice_id());
        if (invoices.empty()) co_return true;
        request.set_starting_after(invoices.back().stripe_invoice_id());
        Comparison comparison{report, options, page->answer_time()};
        auto compared = co_await compare_and_repair(store, gateway, std::move(invoices), std::move(comparison));
        if (compared.has_error()) co_return compared.error();
        if (!page->has_more()) co_return true;
    }
    co_return rpc::make_status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many invoices", "audit_too_large");
}

// What the store has with this status and Stripe did not list with any that is not final.
Answer<bool> audit_stored(StoreClient& store, GatewayClient& gateway, const AuditOptions& options, const char* status,
                          const std::set<std::string>& seen, AuditReport& report) {
    v1::ListInvoicesRequest request;
    request.set_read_after(kLatest);
    request.mutable_filter()->set_status(status);
    request.mutable_filter()->set_account(options.account);
    request.set_page_size(kPageSize);
    for (int n = 0; n < kMostPages; ++n) {
        auto page = co_await store.list_invoices(request);
        if (page.has_error()) co_return page.error();
        for (const auto& row : page->invoices()) {
            if (seen.contains(row.stripe_invoice_id())) continue;
            ++report.compared;
            const auto confirmed = co_await confirm(store, gateway, options, row.stripe_invoice_id(), report);
            if (confirmed.has_error()) co_return confirmed.error();
        }
        if (page->next_page_token().empty()) co_return true;
        request.set_page_token(page->next_page_token());
    }
    co_return rpc::make_status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many invoices", "audit_too_large");
}

}  // namespace

Answer<bool> compare_and_repair(StoreClient& store, GatewayClient& gateway, std::vector<v1::Invoice> invoices,
                                Comparison comparison) {
    auto& report = comparison.report;
    const auto& options = comparison.options;
    report.compared += static_cast<std::int64_t>(invoices.size());
    auto rows = co_await rows_of(store, options.account, invoices);
    if (rows.has_error()) co_return rows.error();
    const auto suspects = compare(*rows, invoices);
    if (suspects.empty()) co_return true;
    co_await pause(options.settle);
    for (const auto& suspect : suspects) {
        const auto confirmed = co_await confirm(store, gateway, options, suspect.stripe_invoice_id, report);
        if (confirmed.has_error()) co_return confirmed.error();
    }
    co_return true;
}

Answer<AuditReport> audit(StoreClient& store, GatewayClient& gateway, const AuditOptions& options) {
    AuditReport report;
    std::set<std::string> seen;
    for (const auto* status : kNotFinal) {
        const auto listed = co_await audit_listed(store, gateway, options, status, seen, report);
        if (listed.has_error()) co_return listed.error();
    }
    for (const auto* status : kNotFinal) {
        const auto stored = co_await audit_stored(store, gateway, options, status, seen, report);
        if (stored.has_error()) co_return stored.error();
    }
    co_return report;
}

}  // namespace quittance::reconcile
