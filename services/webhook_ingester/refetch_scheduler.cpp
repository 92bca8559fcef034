#include "webhook_ingester/refetch_scheduler.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "reconcile/refetch.hpp"
#include "runtime/log.hpp"
#include "runtime/pause.hpp"

namespace quittance::webhook_ingester {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kMostQueued = 10'000;
constexpr std::size_t kAtOnce = 4;    // questions to Stripe; other callers share the gateway's rate limit
constexpr std::size_t kMostDue = 64;  // rows that are read together
// Events have whole seconds, and so has the Date of Stripe's answer. An answer is surely of a later second than the
// event if Stripe is asked two seconds after it.
constexpr std::chrono::milliseconds kSecondOver{2'200};

std::string key_of(const Followup& followup) {
    if (!followup.payment) return followup.account + "/" + followup.stripe_invoice_id;
    const auto& fact = followup.payment->payment_fact();
    return followup.account + "/" + fact.payment_intent_id() + "/" + fact.charge_id();
}

// True if the row leaves no question. The get was by Stripe's id, so the row may be another account's.
bool answers(const v1::BatchGetInvoicesResponse::Result& row, const Followup& followup) {
    const auto& invoice = row.invoice();
    return row.has_invoice() && invoice.account() == followup.account && invoice.has_provenance() &&
           !invoice.provenance().refetch_needed() && invoice.lines_complete();
}

}  // namespace

std::optional<Followup> followup_of(const v1::InvoiceEvent& event, const v1::EventOutcome& outcome) {
    Followup followup;
    followup.account = event.account();
    followup.stripe_invoice_id = outcome.refetch_stripe_invoice_id();
    followup.shown_by_row = event.has_invoice();
    if (!followup.stripe_invoice_id.empty()) return followup;
    const auto& fact = event.payment_fact();
    const bool names_payment = !fact.payment_intent_id().empty() || !fact.charge_id().empty();
    if (outcome.state() != v1::EventOutcome::APPLIED || !fact.stripe_invoice_id().empty() || !names_payment)
        return std::nullopt;
    followup.payment.emplace(event);
    followup.payment->clear_payload();
    return followup;
}

RefetchScheduler::RefetchScheduler(asio::io_context& loop, clients::Services& services, runtime::Metrics& metrics)
    : loop_(loop),
      services_(services),
      asked_(metrics.counter("quittance_refetches_total", "Invoices that Stripe was asked for.", {{"result", "told"}})),
      failed_(
          metrics.counter("quittance_refetches_total", "Invoices that Stripe was asked for.", {{"result", "failed"}})),
      not_found_(metrics.counter("quittance_refetches_total", "Invoices that Stripe was asked for.",
                                 {{"result", "not_found"}})),
      unrepaired_(metrics.counter("quittance_refetches_total", "Invoices that Stripe was asked for.",
                                  {{"result", "unrepaired"}})),
      spared_(metrics.counter("quittance_refetches_spared_total",
                              "Invoices in doubt that a later event settled before Stripe was asked.")) {}

void RefetchScheduler::add(Followup followup) {
    if (keys_.size() >= kMostQueued) return;
    const auto [place, fresh] = keys_.try_emplace(key_of(followup), followup.shown_by_row);
    place->second = place->second && followup.shown_by_row;
    if (!fresh) return;
    waiting_.push_back({std::move(followup), std::chrono::steady_clock::now() + kSecondOver});
    if (queue_runs_) return;
    queue_runs_ = true;
    asio::co_spawn(loop_, run_queue(), asio::detached);
}

// Runs while anything waits.
asio::awaitable<void> RefetchScheduler::run_queue() {
    while (!waiting_.empty()) {
        const auto early = waiting_.front().not_before - std::chrono::steady_clock::now();
        if (early.count() > 0) {
            const auto wait = std::chrono::ceil<std::chrono::milliseconds>(early);
            co_await runtime::pause(wait);
        }
        auto due = take_due();
        auto open = co_await still_open(std::move(due));
        for (auto& followup : open) due_.push_back(std::move(followup));
        start_asking();
    }
    queue_runs_ = false;
}

std::vector<Followup> RefetchScheduler::take_due() {
    std::vector<Followup> due;
    const auto now = std::chrono::steady_clock::now();
    while (!waiting_.empty() && waiting_.front().not_before <= now && due.size() < kMostDue) {
        due.push_back(std::move(waiting_.front().followup));
        waiting_.pop_front();
    }
    return due;
}

asio::awaitable<std::vector<Followup>> RefetchScheduler::still_open(std::vector<Followup> due) {
    v1::BatchGetInvoicesRequest request;
    for (const auto& followup : due) {
        if (followup.payment) continue;
        *request.add_requests() = reconcile::get_whole_row(followup.stripe_invoice_id);
    }
    if (request.requests().empty()) co_return due;
    const auto rows = co_await services_.store.batch_get_invoices(request);
    if (rows.has_error() || rows->results_size() != request.requests_size()) co_return due;
    std::vector<Followup> open;
    int row = 0;
    for (auto& followup : due) {
        const auto key = keys_.find(key_of(followup));
        const bool answered = !followup.payment && answers(rows->results(row++), followup);
        if (answered && key->second) {
            spared_.increment();
            keys_.erase(key);
        } else {
            open.push_back(std::move(followup));
        }
    }
    co_return open;
}

void RefetchScheduler::start_asking() {
    while (in_flight_ < kAtOnce && !due_.empty()) {
        auto next = std::move(due_.front());
        due_.pop_front();
        ++in_flight_;
        asio::co_spawn(loop_, ask(std::move(next)), asio::detached);
    }
}

asio::awaitable<void> RefetchScheduler::ask(Followup followup) {
    if (followup.payment) {
        const auto result = co_await reconcile::resolve_payment(services_, *followup.payment);
        result.has_error() ? count_failure(followup, result.error()) : asked_.increment();
    } else {
        const auto refetched = co_await reconcile::refetch(services_, followup.account, followup.stripe_invoice_id,
                                                           followup.was_unrepaired);
        refetched.has_error() ? count_failure(followup, refetched.error()) : count_result(followup, *refetched);
    }
    keys_.erase(key_of(followup));
    --in_flight_;
    start_asking();
}

void RefetchScheduler::count_failure(const Followup& followup, const grpc::Status& status) {
    failed_.increment();
    runtime::log_warn("Stripe could not be asked about an invoice", {{"invoice", followup.stripe_invoice_id},
                                                                     {"account", followup.account},
                                                                     {"code", rpc::code_name(status.error_code())},
                                                                     {"reason", status.error_message()}});
}

void RefetchScheduler::count_result(const Followup& followup, const reconcile::Refetched& refetched) {
    switch (refetched.result) {
        case reconcile::RefetchResult::kDelivered:
            asked_.increment();
            return;
        case reconcile::RefetchResult::kNotFound:
            not_found_.increment();
            runtime::log_warn("Stripe has no such invoice: its row stays, and Stripe is asked again later",
                              {{"invoice", followup.stripe_invoice_id}, {"account", followup.account}});
            return;
        case reconcile::RefetchResult::kUnrepaired:
            unrepaired_.increment();
            runtime::log_error(
                "an invoice still differs from Stripe after a repair",
                {{"invoice", followup.stripe_invoice_id}, {"account", followup.account}, {"fields", refetched.fields}});
            return;
    }
}

}  // namespace quittance::webhook_ingester
