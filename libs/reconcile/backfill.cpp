#include "reconcile/backfill.hpp"

#include <algorithm>
#include <utility>

#include "base/timestamps.hpp"
#include "reconcile/delivery.hpp"
#include "reconcile/differences.hpp"
#include "reconcile/money_audit.hpp"
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
           std::to_string(slice.changed) + ", refunds and disputes " + std::to_string(slice.money);
}

// Delivers the invoices that the store lacks or that differ from its rows. It needs no second look as the audit does:
// no webhook is on its way for invoices that old.
Answer<bool> deliver_page(clients::InvoiceStoreClient& store, const v1::ListStripeInvoicesResponse& page,
                          SliceResult& slice) {
    slice.listed += page.invoices_size();
    v1::BatchGetInvoicesRequest gets;
    for (const auto& invoice : page.invoices()) *gets.add_requests() = get_whole_row(invoice.stripe_invoice_id());
    const auto rows = co_await store.batch_get_invoices(gets);
    if (rows.has_error()) co_return rows.error();
    std::vector<v1::InvoiceEvent> events;
    for (int i = 0; i < page.invoices_size(); ++i) {
        const auto& invoice = page.invoices(i);
        const bool known = i < rows->results_size() && rows->results(i).has_invoice() &&
                           rows->results(i).invoice().account() == invoice.account();
        if (known && differences(rows->results(i).invoice(), invoice).empty()) continue;
        ++(known ? slice.changed : slice.added);
        events.push_back(snapshot_event(invoice, page.answer_time()));
    }
    const auto delivered = co_await deliver(store, std::move(events));
    if (delivered.has_error()) co_return delivered.error();
    co_return true;
}

// The refunds and disputes created in the slice. They may be of invoices of any age.
Answer<bool> compare_money(clients::Services& services, const std::string& account, SliceResult& slice) {
    MoneyOptions options;
    options.account = account;
    options.from = slice.from;
    options.to = slice.to;
    options.confirm_after = std::chrono::milliseconds(0);
    const auto report = co_await audit_money(services, options);
    if (report.has_error()) co_return report.error();
    slice.money = report->drifted;
    if (report->repaired < report->drifted)
        co_return rpc::make_status(grpc::StatusCode::INTERNAL, "a refund or dispute still differs", "unrepaired");
    co_return true;
}

Answer<bool> run_slice(clients::Services& services, const std::string& account, SliceResult& slice) {
    v1::ListStripeInvoicesRequest request;
    request.set_account(account);
    request.mutable_created_from()->set_seconds(slice.from);
    request.mutable_created_to()->set_seconds(slice.to);
    request.set_page_size(kPageSize);
    for (int n = 0; n < kMostPages; ++n) {
        const auto page = co_await services.gateway.list_invoices(request);
        if (page.has_error()) co_return page.error();
        if (page->invoices().empty()) co_return co_await compare_money(services, account, slice);
        const auto delivered = co_await deliver_page(services.store, *page, slice);
        if (delivered.has_error()) co_return delivered.error();
        if (!page->has_more()) co_return co_await compare_money(services, account, slice);
        request.set_starting_after(page->invoices().rbegin()->stripe_invoice_id());
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
    report.money += slice.money;
}

}  // namespace

Answer<BackfillReport> backfill(clients::Services& services, const BackfillOptions& options,
                                const std::function<void(const SliceResult&)>& report_slice) {
    BackfillReport report;
    const auto started = base::unix_now();
    for (auto from = options.from; from < options.to; from += options.slice_seconds) {
        SliceResult slice;
        slice.from = from;
        slice.to = std::min(from + options.slice_seconds, options.to);
        const auto name = cursor_name(options, slice);
        const auto before = co_await get_cursor(services.store, name);
        if (before.has_error()) co_return before.error();
        slice.skipped = !options.again && before->value().starts_with("done");
        if (!slice.skipped) {
            const auto done = co_await run_slice(services, options.account, slice);
            if (done.has_error()) slice.error = done.error().error_message();
            const auto value = cursor_value(slice);
            const auto kept = co_await move_cursor(services.store, name, before->value(), value);
            if (kept.has_error() && slice.error.empty()) slice.error = kept.error().error_message();
        }
        add(report, slice);
        if (report_slice) report_slice(slice);
    }
    if (options.to < started || report.failed > 0) co_return report;
    if (report.skipped == 0) {
        const auto noted = co_await note_money_asked(services.store, options.account, options.from, started);
        if (noted.has_error()) co_return noted.error();
    } else {
        // An earlier run did some slices, and refunds and disputes may have changed since then.
        MoneyOptions all;
        all.account = options.account;
        all.from = options.from;
        all.confirm_after = std::chrono::milliseconds(0);
        const auto asked = co_await audit_money(services, all);
        if (asked.has_error()) co_return asked.error();
        report.money += asked->drifted;
    }
    co_return report;
}

}  // namespace quittance::reconcile
