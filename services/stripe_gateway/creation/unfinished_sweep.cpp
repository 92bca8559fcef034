#include "stripe_gateway/creation/unfinished_sweep.hpp"

#include <random>

#include "base/jitter.hpp"
#include "runtime/log.hpp"
#include "runtime/pause.hpp"
#include "stripe_gateway/invoices/unacknowledged_invoices.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kRunTime{60};

bool is_unfinished(const Draft& draft) {
    return !draft.key.empty() && !draft.auto_advance && !draft.released;
}

}  // namespace

Sweep::Sweep(const Invoices& invoices, SweepOptions options, runtime::Metrics& metrics)
    : invoices_(invoices),
      options_(options),
      deleted_(metrics.counter("quittance_sweep_drafts_deleted_total", "Unfinished drafts that the sweep deleted",
                               {{"account", invoices.account()}})),
      voided_(metrics.counter("quittance_sweep_invoices_voided_total",
                              "Issued invoices that were never acknowledged and that the sweep voided",
                              {{"account", invoices.account()}})),
      failed_(metrics.counter("quittance_sweep_failures_total",
                              "Runs of the sweep that could not list drafts or invoices",
                              {{"account", invoices.account()}})) {}

asio::awaitable<int> Sweep::once() {
    const CallBudget budget{steady_clock::now() + kRunTime, true};
    const int deleted = co_await delete_drafts(budget);
    const int voided = co_await void_issued(budget);
    co_return deleted + voided;
}

asio::awaitable<int> Sweep::void_issued(CallBudget budget) {
    const auto voided = co_await void_unacknowledged(invoices_, options_.after, options_.pages, budget);
    if (!voided) {
        failed_.increment();
        runtime::log_warn("the sweep could not list invoices", {{"code", rpc::code_name(voided.error().error_code())}});
        co_return 0;
    }
    voided_.increment(*voided);
    co_return *voided;
}

asio::awaitable<int> Sweep::delete_drafts(CallBudget budget) {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    DraftQuery query{{}, now - options_.after.count(), {}};
    int deleted = 0;
    for (int n = 0; n < options_.pages; ++n) {
        const auto page = co_await invoices_.drafts(query, budget);
        if (!page) {
            failed_.increment();
            runtime::log_warn("the sweep could not list drafts", {{"code", rpc::code_name(page.error().error_code())}});
            co_return deleted;
        }
        for (const auto& draft : page->drafts) {
            if (!is_unfinished(draft)) continue;
            const bool gone = co_await invoices_.remove_draft(draft.id, budget);
            if (!gone) continue;
            ++deleted;
            deleted_.increment();
            runtime::log_info("deleted an unfinished draft", {{"invoice", draft.id}});
        }
        if (!page->has_more || page->drafts.empty()) co_return deleted;
        query.starting_after = page->drafts.back().id;
    }
    runtime::log_warn("the sweep did not look at the oldest drafts: there are too many",
                      {{"account", invoices_.account()}, {"pages", options_.pages}});
    co_return deleted;
}

asio::awaitable<void> Sweep::forever() {
    for (;;) {
        co_await runtime::pause(base::jittered(options_.every));
        co_await once();
    }
}

}  // namespace quittance::stripe_gateway
