// A difference counts as drift only if Stripe and the store still differ some seconds later. By then a webhook that was
// on its way has arrived. A drift is repaired by a refetch.
#include "reconcile/audit.hpp"

#include <array>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "reconcile/refetch.hpp"
#include "runtime/pause.hpp"

namespace quittance::reconcile {
namespace {

constexpr std::array<const char*, 3> kNotFinal{"draft", "open", "uncollectible"};
constexpr int kPageSize = 100;
constexpr int kMostPages = 100'000;

grpc::Status too_large() {
    return rpc::make_status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many invoices", "audit_too_large");
}

// One audit of one account.
class Audit {
  public:
    Audit(clients::Services& services, const AuditOptions& options) : services_(services), options_(options) {}

    Answer<AuditReport> run() {
        for (const auto* status : kNotFinal) {
            const auto listed = co_await compare_listed(status);
            if (listed.has_error()) co_return listed.error();
        }
        for (const auto* status : kNotFinal) {
            const auto stored = co_await compare_stored(status);
            if (stored.has_error()) co_return stored.error();
        }
        co_return take_report();
    }

    // `starting_after` is where the pages begin, and afterwards where they ended: empty at the end of Stripe's list.
    Answer<bool> compare_pages(int pages, std::string& starting_after) {
        v1::ListStripeInvoicesRequest request;
        request.set_account(options_.account);
        request.set_page_size(kPageSize);
        for (int n = 0; n < pages; ++n) {
            request.set_starting_after(starting_after);
            const auto page = co_await services_.gateway.list_invoices(request);
            if (page.has_error()) co_return page.error();
            starting_after.clear();
            if (page->invoices().empty()) co_return true;
            const auto compared = co_await compare_page(page->invoices());
            if (compared.has_error()) co_return compared.error();
            if (!page->has_more()) co_return true;
            starting_after = page->invoices().rbegin()->stripe_invoice_id();
        }
        co_return true;
    }

    AuditReport take_report() { return std::move(report_); }

  private:
    // What Stripe lists with this status.
    Answer<bool> compare_listed(const char* status) {
        v1::ListStripeInvoicesRequest request;
        request.set_account(options_.account);
        request.set_status(status);
        request.set_page_size(kPageSize);
        for (int n = 0; n < kMostPages; ++n) {
            const auto page = co_await services_.gateway.list_invoices(request);
            if (page.has_error()) co_return page.error();
            if (page->invoices().empty()) co_return true;
            for (const auto& invoice : page->invoices()) seen_.insert(invoice.stripe_invoice_id());
            const auto compared = co_await compare_page(page->invoices());
            if (compared.has_error()) co_return compared.error();
            if (!page->has_more()) co_return true;
            request.set_starting_after(page->invoices().rbegin()->stripe_invoice_id());
        }
        co_return too_large();
    }

    // What the store has with this status, and Stripe listed with no status that is not final.
    Answer<bool> compare_stored(const char* status) {
        v1::ListInvoicesRequest request;
        request.set_read_after(clients::kLatest);
        request.mutable_filter()->set_status(status);
        request.mutable_filter()->set_account(options_.account);
        request.set_page_size(kPageSize);
        for (int n = 0; n < kMostPages; ++n) {
            const auto page = co_await services_.store.list_invoices(request);
            if (page.has_error()) co_return page.error();
            for (const auto& row : page->invoices()) {
                if (seen_.contains(row.stripe_invoice_id())) continue;
                ++report_.compared;
                const auto confirmed = co_await confirm(row.stripe_invoice_id());
                if (confirmed.has_error()) co_return confirmed.error();
            }
            if (page->next_page_token().empty()) co_return true;
            request.set_page_token(page->next_page_token());
        }
        co_return too_large();
    }

    template <class Invoices>
    Answer<bool> compare_page(const Invoices& invoices) {
        report_.compared += invoices.size();
        v1::BatchGetInvoicesRequest gets;
        for (const auto& invoice : invoices) *gets.add_requests() = get_whole_row(invoice.stripe_invoice_id());
        const auto rows = co_await services_.store.batch_get_invoices(gets);
        if (rows.has_error()) co_return rows.error();
        std::unordered_map<std::string_view, const v1::Invoice*> row_of;
        for (const auto& result : rows->results())
            if (result.invoice().account() == options_.account)
                row_of.emplace(result.invoice().stripe_invoice_id(), &result.invoice());
        std::vector<std::string> suspects;
        for (const auto& invoice : invoices) {
            const auto row = row_of.find(invoice.stripe_invoice_id());
            if (row == row_of.end() || !differences(*row->second, invoice).empty())
                suspects.push_back(invoice.stripe_invoice_id());
        }
        if (suspects.empty()) co_return true;
        co_await runtime::pause(options_.confirm_after);
        for (const auto& id : suspects) {
            const auto confirmed = co_await confirm(id);
            if (confirmed.has_error()) co_return confirmed.error();
        }
        co_return true;
    }

    // Reads the invoice from both sides again, and repairs it if they still differ.
    Answer<bool> confirm(const std::string& id) {
        const auto at_stripe = co_await retrieve_invoice(services_.gateway, options_.account, id);
        const bool gone = at_stripe.has_error() && at_stripe.error().error_code() == grpc::StatusCode::NOT_FOUND;
        if (at_stripe.has_error() && !gone) co_return at_stripe.error();
        const auto get = get_whole_row(id);
        const auto row = co_await services_.store.get_invoice(get);
        const bool unknown = row.has_error() && row.error().error_code() == grpc::StatusCode::NOT_FOUND;
        if (row.has_error() && !unknown) co_return row.error();

        Drift drift;
        drift.stripe_invoice_id = id;
        drift.missing = unknown || row->account() != options_.account;
        drift.not_found = gone && !drift.missing && row->status() != "deleted";
        if (!gone && !drift.missing) drift.fields = differences(*row, at_stripe->invoice());
        if (gone ? !drift.not_found : !drift.missing && drift.fields.empty()) co_return true;
        if (options_.repair) {
            const auto refetched = co_await refetch(services_, options_.account, id);
            if (refetched.has_error()) co_return refetched.error();
            drift.repaired = refetched->result == RefetchResult::kDelivered;
            drift.unrepaired_fields = refetched->fields;
        }
        add(std::move(drift));
        co_return true;
    }

    void add(Drift drift) {
        ++report_.drifted;
        if (drift.repaired) ++report_.repaired;
        if (!drift.unrepaired_fields.empty()) ++report_.unrepaired;
        if (drift.not_found) ++report_.not_found;
        if (report_.drifts.size() < kMostDrifts) report_.drifts.push_back(std::move(drift));
    }

    clients::Services& services_;
    const AuditOptions& options_;
    AuditReport report_;
    std::set<std::string> seen_;  // ids that Stripe listed
};

}  // namespace

Answer<AuditReport> audit(clients::Services& services, const AuditOptions& options) {
    Audit audit(services, options);
    co_return co_await audit.run();
}

Answer<AuditReport> walk_invoices(clients::Services& services, const AuditOptions& options, int pages) {
    Audit audit(services, options);
    const auto name = "audit-invoices/" + options.account;
    const auto cursor = co_await get_cursor(services.store, name);
    if (cursor.has_error()) co_return cursor.error();
    auto place = cursor->value();
    const auto compared = co_await audit.compare_pages(pages, place);
    // The draft that the walk had come to may be deleted: then the walk begins again.
    if (compared.has_error() && place.empty()) co_return compared.error();
    if (compared.has_error()) place.clear();
    if (place != cursor->value()) {
        const auto moved = co_await move_cursor(services.store, name, cursor->value(), place);
        if (moved.has_error()) co_return moved.error();
    }
    co_return audit.take_report();
}

}  // namespace quittance::reconcile
