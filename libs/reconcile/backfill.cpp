#include "reconcile/backfill.hpp"

#include <algorithm>
#include <utility>

#include "reconcile/snapshot_event.hpp"

namespace quittance::reconcile {
namespace {

constexpr int kPageSize = 100;
constexpr int kMostPages = 100'000;

std::string cursor_name(const BackfillOptions& options, const SliceResult& slice) {
    return "backfill/" + options.account + "/" + std::to_string(slice.from) + "-" + std::to_string(slice.to);
}

std::string cursor_value(const SliceResult& slice) {
    if (!slice.error.empty()) return "failed: " + slice.error;
    return "done: listed " + std::to_string(slice.listed) + ", added " + std::to_string(slice.added) + ", changed " +
           std::to_string(slice.changed);
}

// Delivers those of the page that the store lacks or has otherwise. No second look as in the audit: what is that old
// has no webhook on its way, and a snapshot of Stripe's is never wrong.
Answer<bool> take_page(StoreClient& store, std::vector<v1::Invoice> page, const google::protobuf::Timestamp& time,
                       SliceResult& slice) {
    slice.listed += static_cast<std::int64_t>(page.size());
    v1::BatchGetInvoicesRequest request;
    for (const auto& invoice : page) {
        auto& get = *request.add_requests();
        get.set_id(invoice.stripe_invoice_id());
        get.set_view(v1::VIEW_FULL);
        get.set_read_after(kLatest);
    }
    const auto rows = co_await store.batch_get(request);
    if (rows.has_error()) co_return rows.error();
    std::vector<v1::InvoiceEvent> events;
    for (int i = 0; i < static_cast<int>(page.size()); ++i) {
        auto& invoice = page[static_cast<std::size_t>(i)];
        const bool known = i < rows->results_size() && rows->results(i).has_invoice() &&
                           rows->results(i).invoice().account() == invoice.account();
        if (known && differences(rows->results(i).invoice(), invoice).empty()) continue;
        ++(known ? slice.changed : slice.added);
        events.push_back(snapshot_event(std::move(invoice), time));
    }
    auto told = co_await deliver(store, std::move(events));
    if (told.has_error()) co_return told.error();
    co_return true;
}

Answer<bool> run_slice(StoreClient& store, GatewayClient& gateway, const std::string& account, SliceResult& slice) {
    v1::ListStripeInvoicesRequest request;
    request.set_account(account);
    request.mutable_created_from()->set_seconds(slice.from);
    request.mutable_created_to()->set_seconds(slice.to);
    request.set_page_size(kPageSize);
    for (int n = 0; n < kMostPages; ++n) {
        auto page = co_await gateway.list_invoices(request);
        if (page.has_error()) co_return page.error();
        std::vector<v1::Invoice> invoices(std::make_move_iterator(page->mutable_invoices()->begin()),
                                          std::make_move_iterator(page->mutable_invoices()->end()));
        if (invoices.empty()) co_return true;
        request.set_starting_after(invoices.back().stripe_invoice_id());
        const auto time = page->answer_time();
        const auto taken = co_await take_page(store, std::move(invoices), time, slice);
        if (taken.has_error()) co_return taken.error();
        if (!page->has_more()) co_return true;
    }
    co_return rpc::make_status(grpc::StatusCode::RESOURCE_EXHAUSTED, "the slice holds too many invoices",
                               "slice_too_large");
}

void add(BackfillReport& report, const SliceResult& slice) {
    ++report.slices;
    if (slice.skipped) ++report.skipped;
    if (!slice.error.empty()) ++report.failed;
    report.listed += slice.listed;
    report.added += slice.added;
    report.changed += slice.changed;
}

}  // namespace

Answer<BackfillReport> backfill(StoreClient& store, GatewayClient& gateway, const BackfillOptions& options,
                                const std::function<void(const SliceResult&)>& told) {
    BackfillReport report;
    for (auto from = options.from; from < options.to; from += options.slice_seconds) {
        SliceResult slice;
        slice.from = from;
        slice.to = std::min(from + options.slice_seconds, options.to);
        const auto name = cursor_name(options, slice);
        const auto before = co_await store.get_cursor(name);
        if (before.has_error()) co_return before.error();
        slice.skipped = !options.again && before->value().starts_with("done");
        if (!slice.skipped) {
            const auto done = co_await run_slice(store, gateway, options.account, slice);
            if (done.has_error()) slice.error = done.error().error_message();
            const auto value = cursor_value(slice);
            const auto kept = co_await store.move_cursor(name, before->value(), value);
            if (kept.has_error() && slice.error.empty()) slice.error = kept.error().error_message();
        }
        add(report, slice);
        if (told) told(slice);
    }
    co_return report;
}

}  // namespace quittance::reconcile
